import { InputCheck } from '../../errors.ts';
import type { Run, RunKind } from '../../store/index.ts';
import type { ContextPlugin } from '../../store/runs/run-context.ts';
import type { Rules } from '../rules/apply-rules.ts';
import type { Variable } from '../definitions/environment-variables.ts';
import { decodeGlobalId } from '../naming/global-id.ts';
import type { Gateway } from '../gateway.ts';
import { submitRun } from './submit-run.ts';

/** The input of a verb that starts a run of one plugin. */
export interface RunOfPluginInput extends Rules {
  /** Id of the plugin, or its name. */
  plugin: string;
  /** Id or path of the environment. */
  environment: string;
  env?: readonly Variable[] | null | undefined;
  timeoutSeconds?: number | null | undefined;
}

/**
 * Finds the plugin to run, or notes why there is none.
 *
 * @param text its id or its name
 * @param path where it is in the input
 * @returns its name
 */
export type PluginCheck = (
  check: InputCheck,
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
  return submitRun(gateway, { mutation, input, context }, ({ plugins }) => {
    const check = new InputCheck();
    const name = checkPlugin(check, input.plugin, plugins, 'plugin');
    return { kind, names: [name], path: 'plugin', check };
  });
}

/** The plugins with an id or a name. Plugins with the same name have different types. */
export function pluginsCalled(text: string, plugins: readonly ContextPlugin[]): ContextPlugin[] {
  const globalId = decodeGlobalId(text);
  const id = globalId?.type === 'Plugin' ? globalId.id : null;
  return plugins.filter((plugin) => plugin.id === id || plugin.name === text);
}
