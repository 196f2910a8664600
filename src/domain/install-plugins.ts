import { InputCheck } from '../errors.ts';
import type { Run, Statements } from '../store/index.ts';
import type { Services } from './services.ts';
import { quoted } from './names.ts';
import { findProject } from './references.ts';
import { submitRun, type RunSubject } from './submit-run.ts';

export interface InstallPluginsInput {
  /** Id or path of the project. */
  project: string;
  /** Names of plugins; all that have something to install when absent. */
  plugins?: readonly string[] | null | undefined;
  timeout?: number | null | undefined;
  clientRequestId?: string | null | undefined;
}

/**
 * Starts a run that installs plugins with `meltano install`.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function installPlugins(services: Services, input: InstallPluginsInput): Promise<Run> {
  return submitRun(services, { mutation: 'installPlugins', input }, (tx) => findPlugins(tx, input));
}

async function findPlugins(tx: Statements, input: InstallPluginsInput): Promise<RunSubject> {
  const project = await findProject(tx, input.project, ['input', 'project']);
  const known = await tx.pluginsOf(project.id);
  const check = new InputCheck();
  input.plugins?.forEach((name, i) => {
    if (!known.some((plugin) => plugin.name === name)) {
      check.add(`plugins.${i}`, 'UNKNOWN_PLUGIN', `The project has no plugin ${quoted(name)}.`);
    }
  });
  const installable = known.filter((plugin) => plugin.pipUrl !== null);
  const names = [...new Set(input.plugins ?? installable.map((plugin) => plugin.name))];
  if (names.length === 0) {
    check.add(
      'plugins',
      'NO_PLUGINS',
      'No plugin of the project has a `pip_url`, so there is nothing to install.',
    );
  }
  return { project, environment: null, jobId: null, kind: 'INSTALL', names, path: 'plugins', check };
}
