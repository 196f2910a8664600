import { InputCheck } from '../errors.ts';
import type { Run } from '../store/index.ts';
import type { Place, PlacePlugin } from '../store/place.ts';
import type { Rules } from './carry-out.ts';
import type { Services } from './services.ts';
import { quoted } from './names.ts';
import { submitRun, type RunSubject } from './submit-run.ts';

export interface InstallPluginsInput extends Rules {
  /** Id or path of the project. */
  project: string;
  /** Names of plugins; all that have something to install when absent. */
  plugins?: readonly string[] | null | undefined;
  timeout?: number | null | undefined;
}

/**
 * Starts a run that installs plugins with `meltano install`.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function installPlugins(services: Services, input: InstallPluginsInput): Promise<Run> {
  const place = { type: 'Project', text: input.project, path: ['input', 'project'] } as const;
  return submitRun(services, { mutation: 'installPlugins', input, place }, (found) =>
    choosePlugins(found, input),
  );
}

function choosePlugins({ plugins: known }: Place, input: InstallPluginsInput): RunSubject {
  const check = new InputCheck();
  checkPluginsToInstall(check, input.plugins ?? [], known, (i) => `plugins.${i}`);
  const installable = known.filter((plugin) => plugin.pipUrl !== null);
  const names = [...new Set(input.plugins ?? installable.map((plugin) => plugin.name))];
  if (names.length === 0) {
    check.add(
      'plugins',
      'NO_PLUGINS',
      'No plugin of the project has a `pip_url`, so there is nothing to install.',
    );
  }
  return { kind: 'INSTALL', names, path: 'plugins', check };
}

/**
 * Notes plugins that the project does not have.
 *
 * @param pathOf where in the input a name stands
 */
export function checkPluginsToInstall(
  check: InputCheck,
  names: readonly string[],
  known: readonly PlacePlugin[],
  pathOf: (index: number) => string,
): void {
  names.forEach((name, i) => {
    if (known.some((plugin) => plugin.name === name)) return;
    check.add(pathOf(i), 'UNKNOWN_PLUGIN', `The project has no plugin ${quoted(name)}.`);
  });
}
