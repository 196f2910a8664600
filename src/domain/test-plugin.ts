import { InputCheck } from '../errors.ts';
import type { Run } from '../store/index.ts';
import type { PlacePlugin } from '../store/place.ts';
import type { Rules } from './carry-out.ts';
import type { Variable } from './environment-variables.ts';
import { decodeGlobalId } from './global-id.ts';
import { quoted } from './names.ts';
import type { Services } from './services.ts';
import { submitRun } from './submit-run.ts';

export interface TestPluginInput extends Rules {
  /** Id of an extractor or a loader, or its name. */
  plugin: string;
  /** Id or path of the environment. */
  environment: string;
  env?: readonly Variable[] | null | undefined;
  timeout?: number | null | undefined;
}

/**
 * Starts a run that tries the configuration of an extractor or a loader, with `meltano config test`.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function testPlugin(services: Services, input: TestPluginInput): Promise<Run> {
  const place = { type: 'Environment', text: input.environment, path: ['input', 'environment'] } as const;
  return submitRun(services, { mutation: 'testPlugin', input, place }, ({ plugins }) => {
    const check = new InputCheck();
    const name = checkTestedPlugin(check, input.plugin, plugins, 'plugin');
    return { kind: 'PLUGIN_TEST', names: [name], path: 'plugin', check };
  });
}

/**
 * Finds the plugin to test, and notes why it cannot be. Only these two types can be, and Meltano finds them by
 * their name, the extractor first. Source: Meltano `core/plugin_test_service.py`, `core/project_plugins_service.py`.
 *
 * @param text its id or its name
 * @param path where in the input that stands
 * @returns its name
 */
export function checkTestedPlugin(
  check: InputCheck,
  text: string,
  plugins: readonly PlacePlugin[],
  path: string,
): string {
  const globalId = decodeGlobalId(text);
  const id = globalId?.type === 'Plugin' ? globalId.id : null;
  const called = plugins.filter((plugin) => plugin.id === id || plugin.name === text);
  const plugin = called.find(isTestable) ?? called[0];
  if (!plugin) {
    const message = `The project has no plugin ${quoted(text)}; give the id or the name of an extractor or a loader.`;
    check.add(path, 'UNKNOWN_PLUGIN', message);
    return text;
  }
  if (!isTestable(plugin)) {
    const noun = plugin.type.toLowerCase();
    check.add(
      path,
      'NOT_TESTABLE',
      `"${plugin.name}" is of the type ${noun}; only extractors and loaders can be tested. Its own tests, if it has any, are run by runTests.`,
    );
  } else if (
    plugin.type === 'LOADER' &&
    plugins.some(({ type, name }) => type === 'EXTRACTOR' && name === plugin.name)
  ) {
    check.add(
      path,
      'AMBIGUOUS_PLUGIN',
      `There is an extractor "${plugin.name}" as well, which Meltano would test in place of the loader; rename one.`,
    );
  }
  return plugin.name;
}

function isTestable({ type }: PlacePlugin): boolean {
  return type === 'EXTRACTOR' || type === 'LOADER';
}
