import { InputCheck } from '../../errors.ts';
import type { Run } from '../../store/index.ts';
import type { RunContext, ContextPlugin } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import { findPluginsOf } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { quoted } from '../../lib/quoted.ts';
import { submitRun, type WhatToRun } from './submit-run.ts';

export interface InstallPluginsInput extends Rules {
  /** Id or path of the project. */
  project: string;
  /** Ids or paths of plugins. When absent, all plugins that have something to install. */
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
    choosePlugins(gateway, found, input),
  );
}

async function choosePlugins(
  { db }: Gateway,
  { project, plugins }: RunContext,
  input: InstallPluginsInput,
): Promise<WhatToRun> {
  const check = new InputCheck();
  const chosen = input.plugins
    ? await findPluginsOf(db, project, plugins, input.plugins, (i) => ['input', 'plugins', String(i)])
    : plugins.filter((plugin) => plugin.pipUrl !== null);
  const names = [...new Set(chosen.map((plugin) => plugin.name))];
  if (names.length === 0) {
    check.add(
      'plugins',
      'NO_PLUGINS',
      'No plugin of the project has a `pip_url`, so there is nothing to install.',
    );
  }
  return { kind: 'INSTALL', names, path: 'plugins', check };
}

/** Notes plugins of a repeated installation that the project no longer has. */
export function checkPluginsToInstall(
  check: InputCheck,
  names: readonly string[],
  known: readonly ContextPlugin[],
): void {
  const present = new Set(known.map(({ name }) => name));
  for (const name of names) {
    if (!present.has(name)) check.add('run', 'UNKNOWN_PLUGIN', `The project has no plugin ${quoted(name)}.`);
  }
}
