import { quoted } from '../../lib/quoted.ts';
import type { FileVariable } from '../../domain/runs/kept-variables.ts';
import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { variablesInFiles } from '../../domain/secrets/schedule-variables.ts';
import type { Prisma } from '../../store/index.ts';
import type { RunToExecute } from '../../store/runs/runs.ts';
import type { Execution } from '../execution.ts';

/**
 * The variables of a run, with the values of those that only the project's files have: the secrets of an imported
 * schedule. They are never stored. Call it when the files are written.
 *
 * @throws Error when the files do not have them any more, or cannot be read
 */
export async function withFileVariables(
  { store, persist }: Execution,
  { env, scheduleId, project }: RunToExecute,
): Promise<Prisma.JsonValue> {
  const variables = env as unknown as (StoredVariable | FileVariable)[];
  if (!variables.some((variable) => 'fromFile' in variable)) return env;
  const key = scheduleId && (await persist(() => store.schedules.manifestKeyOf(scheduleId)));
  const name = key?.slice(key.indexOf('/') + 1) ?? '';
  const inFiles = await variablesInFiles(project.directory, name);
  const filled: StoredVariable[] = variables.map((variable) => {
    if (!('fromFile' in variable)) return variable;
    const value = Object.hasOwn(inFiles, variable.name) ? inFiles[variable.name] : undefined;
    if (value === undefined) {
      throw new Error(
        `The variable ${quoted(variable.name)} of the schedule is a secret that is kept in meltano.yml only, and is not there any more; import the project again.`,
      );
    }
    return { name: variable.name, value, sensitive: true };
  });
  return filled;
}
