import { mapping, refuseOtherKeys, text } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { ManifestCommand } from '../manifest.ts';
import { isObject } from '../../lib/is-object.ts';
import { fail, locate } from '../reading.ts';
import type { Reading } from '../reading.ts';

const keys = ['args', 'description', 'executable', 'container_spec'];

/**
 * A plugin's `commands`: each is the arguments as text, or a mapping with them
 * (meltano/core/plugin/command.py).
 */
export function readCommands(reading: Reading, plugin: Entry): ManifestCommand[] {
  const commands = mapping(reading, plugin, 'commands');
  return Object.entries(commands).flatMap(([name, value]): ManifestCommand[] => {
    const at = locate(reading, commands, name);
    if (typeof value === 'string') return [{ name, args: value, description: null, executable: null }];
    if (!isObject(value)) {
      fail(
        reading,
        at,
        `The command \`${name}\` of the ${plugin.label} has to be its arguments as text, or a mapping.`,
      );
      return [];
    }
    const entry: Entry = { value, at, label: `command \`${name}\` of the ${plugin.label}` };
    refuseOtherKeys(reading, entry, keys);
    const args = text(reading, entry, 'args') ?? '';
    const description = text(reading, entry, 'description');
    return [{ name, args, description, executable: text(reading, entry, 'executable') }];
  });
}
