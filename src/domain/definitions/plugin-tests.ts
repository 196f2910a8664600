import type { InputCheck } from '../../errors.ts';
import type { PluginType } from '../../store/index.ts';
import { typesInOrder } from '../../manifest/plugin-types.ts';
import { listed, quoted } from '../../lib/quoted.ts';
import type { StoredCommand } from './plugin-settings.ts';

/** What is needed of a plugin to find its tests. */
export interface TestedPlugin {
  type: PluginType;
  name: string;
  /** A list of `StoredCommand`. */
  commands: unknown;
}

/** A test of a plugin: a command whose name begins with `test`. */
export interface PluginTest<Plugin extends TestedPlugin = TestedPlugin> {
  /** `<plugin>:<command>`, as `meltano test` takes it. */
  name: string;
  plugin: Plugin;
  command: StoredCommand;
}

/**
 * The tests of plugins, sorted by the plugins' names. Meltano collects tests by the names of plugins, without
 * file bundles. So when several plugins have the same name, only the last one in the order of types can be
 * tested. Meltano does not find a test whose name contains a second `:` or a blank. Source: Meltano
 * `core/validation_service.py`, `cli/validate.py`.
 *
 * @param plugins all plugins of a project, or at least all that can be tested
 */
export function testsOf<Plugin extends TestedPlugin>(plugins: readonly Plugin[]): PluginTest<Plugin>[] {
  const testable = typesInOrder
    .filter((type) => type !== 'FILE')
    .flatMap((type) => plugins.filter((plugin) => plugin.type === type));
  const lastOfName = new Map(testable.map((plugin) => [plugin.name, plugin]));
  return plugins
    .filter((plugin) => lastOfName.get(plugin.name) === plugin)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((plugin) =>
      (plugin.commands as StoredCommand[])
        .filter(({ name }) => /^test[^:\s]*$/.test(name))
        .map((command) => ({ name: `${plugin.name}:${command.name}`, plugin, command })),
    );
}

/** The plugins that the tasks of a job name: directly, by a command, or by a mapping. */
export function pluginsIn<Plugin extends { name: string; mappings: readonly string[] }>(
  tasks: readonly (readonly string[])[],
  plugins: readonly Plugin[],
): Plugin[] {
  const blocks = new Set(tasks.flat());
  const names = new Set([...blocks].map((block) => block.split(':')[0]));
  return plugins.filter(({ name, mappings }) => names.has(name) || mappings.some((one) => blocks.has(one)));
}

/** Notes names of tests that do not exist. @param pathOf where a name is in the input */
export function checkTests(
  check: InputCheck,
  names: readonly string[],
  known: readonly PluginTest[],
  pathOf: (index: number) => string,
): void {
  names.forEach((name, i) => {
    if (known.some((test) => test.name === name)) return;
    const others =
      known.length > 0 ? `there are ${listed(known.map((test) => test.name))}` : 'there are none';
    check.add(pathOf(i), 'UNKNOWN_TEST', `There is no test ${quoted(name)} here; ${others}.`);
  });
}
