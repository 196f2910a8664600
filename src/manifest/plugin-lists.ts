import { isEmpty, own } from './fields.ts';
import type { Entry } from './fields.ts';
import type { PluginType } from './manifest.ts';
import { isMapping } from './mappings.ts';
import { nounOf, pluralNames, typeOfPlural } from './plugin-types.ts';
import { fail, locate, warn } from './reading.ts';
import type { Reading } from './reading.ts';

interface PluginList {
  type: PluginType;
  noun: string;
  items: readonly unknown[];
}

/** What is under the key `plugins`, by type (meltano/core/meltano_file.py, `load_plugins`). */
export function pluginLists(reading: Reading, holder: Entry): PluginList[] {
  const plugins = own(holder, 'plugins');
  if (isEmpty(plugins)) return [];
  if (!isMapping(plugins)) {
    const message = `\`plugins\` of the ${holder.label} has to be a mapping of types such as \`extractors\`.`;
    fail(reading, locate(reading, holder.value, 'plugins'), message);
    return [];
  }
  return Object.entries(plugins).flatMap(([plural, items]): PluginList[] => {
    const at = locate(reading, plugins, plural);
    const type = typeOfPlural(plural);
    if (plural === 'mappings') {
      // A type inside Meltano, which accepts the key and then has no use for what is in it.
      warn(reading, at, 'Meltano does not use `plugins.mappings`; put mappings into their mapper.');
      return [];
    }
    if (!type) {
      fail(reading, at, `There is no plugin type \`${plural}\`; there are ${pluralNames.join(', ')}.`);
      return [];
    }
    if (!Array.isArray(items)) {
      fail(
        reading,
        at,
        `\`${plural}\` has to be a list, and Meltano refuses an empty value; remove it or write \`[]\`.`,
      );
      return [];
    }
    return [{ type, noun: nounOf(type), items }];
  });
}
