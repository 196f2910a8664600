import type { Run } from '../../store/index.ts';
import type { ContextPlugin } from '../../store/runs/run-context.ts';
import { quoted } from '../../lib/quoted.ts';
import type { Gateway } from '../gateway.ts';
import { submitRunOfPlugin, type PluginCheck, type RunOfPluginInput } from './run-of-plugin.ts';

/**
 * Starts a run that tests the configuration of an extractor or a loader, with `meltano config test`.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export function testPlugin(gateway: Gateway, input: RunOfPluginInput): Promise<Run> {
  return submitRunOfPlugin(
    gateway,
    { mutation: 'testPlugin', kind: 'PLUGIN_TEST', input },
    checkTestedPlugin,
  );
}

/**
 * Finds the plugin to test, see `PluginCheck`. Only extractors and loaders can be tested. Meltano finds them
 * by name, an extractor before a loader. Source: Meltano `core/plugin_test_service.py`,
 * `core/project_plugins_service.py`.
 */
export const checkTestedPlugin: PluginCheck = (check, called, text, plugins, path) => {
  const plugin = called.find(isTestable) ?? called[0];
  if (!plugin) {
    const message = `The project has no plugin ${quoted(text)} any more.`;
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
};

function isTestable({ type }: ContextPlugin): boolean {
  return type === 'EXTRACTOR' || type === 'LOADER';
}
