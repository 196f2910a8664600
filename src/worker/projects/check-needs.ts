import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { missingValues } from '../../domain/projects/missing-values.ts';
import { largeManifest } from '../../manifest/sections/size.ts';
import { inheritedEnvironment, inheritedByInstalls } from '../../runner/environment.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';

/**
 * Looks whether a run of a managed project, or of one from a repository, finds what the configuration of its plugins names. Of an imported project only
 * its owner knows what else sets variables and makes files.
 *
 * @param env the variables that the run gets
 * @throws Error that names what is missing
 */
export async function checkNeeds(
  { baseEnv, passEnv }: Execution,
  run: RunToExecute,
  env: readonly StoredVariable[],
): Promise<void> {
  const { project, environment, kind, command } = run;
  const isOfGateway = project.manifestMode === 'MANAGED' || run.commit !== null;
  if (!isOfGateway || kind === 'INSTALL') return;
  const inherited = inheritedEnvironment(baseEnv, [...inheritedByInstalls, ...passEnv]);
  const found = await stat(join(project.directory, 'meltano.yml')).catch(() => null);
  const missing = await missingValues({
    directory: project.directory,
    environment: environment?.name ?? null,
    names: command.split(' ').map((name) => name.split(':')[0] ?? ''),
    variables: [...env.map(({ name }) => name), ...Object.keys(inherited)],
    isManaged: project.manifestMode === 'MANAGED',
    makesFiles: run.blocks.some((block) => block.kind === 'COMMAND'),
    isLarge: (found?.size ?? 0) > largeManifest,
  });
  if (missing.length > 0) throw new Error(missing.join(' '));
}
