import type { InputCheck } from '../errors.ts';
import type { PluginType } from '../store/index.ts';
import { typesInOrder } from './blocks.ts';
import { quoted } from './names.ts';
import type { StoredCommand } from './plugin.ts';

/** A plugin as far as its tests are concerned. */
export interface TestedPlugin {
  type: PluginType;
  name: string;
  /** As `StoredCommand`s. */
  commands: unknown;
}

/** A test of a plugin: a command of it whose name begins with `test`. */
export interface PluginTest<Plugin extends TestedPlugin = TestedPlugin> {
  /** `<plugin>:<command>`, as `meltano test` takes it. */
  name: string;
  plugin: Plugin;
  command: StoredCommand;
}

/**
 * The tests of plugins, by the names of these. Meltano gathers tests by the names of plugins and passes over file
 * bundles, so of several plugins with one name only the last in the order of types can be tested. A name with a
 * further `:` or with blanks it would not find again. Source: Meltano `core/validation_service.py`, `cli/validate.py`.
 *
 * @param plugins all of a project, or at least those that have tests and are not hidden by another
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

/** Those of the plugins that the tasks of a job name: by themselves, by a command, or by a mapping of theirs. */
export function pluginsIn<Plugin extends { name: string; mappings: readonly string[] }>(
  tasks: readonly (readonly string[])[],
  plugins: readonly Plugin[],
): Plugin[] {
  const blocks = new Set(tasks.flat());
  const names = new Set([...blocks].map((block) => block.split(':')[0]));
  return plugins.filter(({ name, mappings }) => names.has(name) || mappings.some((one) => blocks.has(one)));
}

/**
 * Notes tests that there are not.
 *
 * @param pathOf where in the input a name stands
 */
export function checkTests(
  check: InputCheck,
  names: readonly string[],
  known: readonly PluginTest[],
  pathOf: (index: number) => string,
): void {
  names.forEach((name, i) => {
    if (known.some((test) => test.name === name)) return;
    const others =
      known.length > 0 ? `there are ${known.map((test) => test.name).join(', ')}` : 'there are none';
    check.add(pathOf(i), 'UNKNOWN_TEST', `There is no test ${quoted(name)} here; ${others}.`);
  });
}
