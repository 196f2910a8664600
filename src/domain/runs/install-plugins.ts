import { InputCheck } from '../../errors.ts';
import type { Run } from '../../store/index.ts';
import type { RunContext, ContextPlugin } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import type { Gateway } from '../gateway.ts';
import { quoted } from '../../lib/quoted.ts';
import { submitRun, type WhatToRun } from './submit-run.ts';

export interface InstallPluginsInput extends Rules {
  /** Id or path of the project. */
  project: string;
  /** Names of plugins. When absent, all plugins that have something to install. */
  plugins?: readonly string[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/**
 * Starts a run that installs plugins with `meltano install`.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function installPlugins(gateway: Gateway, input: InstallPluginsInput): Promise<Run> {
  const context = { type: 'Project', text: input.project, at: ['input', 'project'] } as const;
  return submitRun(gateway, { mutation: 'installPlugins', input, context }, (found) =>
    choosePlugins(found, input),
  );
}

function choosePlugins({ plugins: known }: RunContext, input: InstallPluginsInput): WhatToRun {
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

/** Notes plugins that the project does not have. @param pathOf where a name is in the input */
export function checkPluginsToInstall(
  check: InputCheck,
  names: readonly string[],
  known: readonly ContextPlugin[],
  pathOf: (index: number) => string,
): void {
  names.forEach((name, i) => {
    if (known.some((plugin) => plugin.name === name)) return;
    check.add(pathOf(i), 'UNKNOWN_PLUGIN', `The project has no plugin ${quoted(name)}.`);
  });
}
