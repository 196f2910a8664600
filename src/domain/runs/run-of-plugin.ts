import { InputCheck } from '../../errors.ts';
import type { Run, RunKind } from '../../store/index.ts';
import type { ContextPlugin } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import type { Variable } from '../definitions/environment-variables.ts';
import { findPluginsOf } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { submitRun } from './submit-run.ts';

/** The input of a verb that starts a run of one plugin. */
export interface RunOfPluginInput extends Rules {
  /** Id or path of the plugin. */
  plugin: string;
  /** Id or path of the environment. */
  environment: string;
  env?: readonly Variable[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/**
 * Checks the plugin to run, or notes why there is none.
 *
 * @param called the plugins that can be meant; those with the same name have different types
 * @param text how it was named
 * @param path where it is in the input
 * @returns its name
 */
export type PluginCheck = (
  check: InputCheck,
  called: readonly ContextPlugin[],
  text: string,
  plugins: readonly ContextPlugin[],
  path: string,
) => string;

/** Starts a run of one plugin. @throws NotFound, InvalidInput, Conflict */
export function submitRunOfPlugin(
  gateway: Gateway,
  { mutation, kind, input }: { mutation: string; kind: RunKind; input: RunOfPluginInput },
  checkPlugin: PluginCheck,
): Promise<Run> {
  const context = { type: 'Environment', text: input.environment, at: ['input', 'environment'] } as const;
  return submitRun(gateway, { mutation, input, context }, async ({ project, plugins }) => {
    const check = new InputCheck();
    const called = await findPluginsOf(gateway.db, project, plugins, [input.plugin], () => [
      'input',
      'plugin',
    ]);
    const name = checkPlugin(check, called, input.plugin, plugins, 'plugin');
    return { kind, names: [name], path: 'plugin', check };
  });
}

/** Checks the plugin of a run that is repeated, by its name. */
export function checkPluginOfRun(
  check: InputCheck,
  name: string,
  plugins: readonly ContextPlugin[],
  checkPlugin: PluginCheck,
): void {
  checkPlugin(
    check,
    plugins.filter((plugin) => plugin.name === name),
    name,
    plugins,
    'run',
  );
}
