import { isEmpty, own } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { PluginType } from '../manifest.ts';
import { isObject } from '../../lib/is-object.ts';
import { nounOf, pluralNames, typeOfPlural } from '../plugin-types.ts';
import { fail, locate, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

interface PluginList {
  type: PluginType;
  noun: string;
  items: readonly unknown[];
}

/** The lists under the key `plugins`, by type (meltano/core/meltano_file.py, `load_plugins`). */
export function pluginLists(reading: Reading, holder: Entry): PluginList[] {
  const plugins = own(holder, 'plugins');
  if (isEmpty(plugins)) return [];
  if (!isObject(plugins)) {
    const message = `\`plugins\` of the ${holder.label} has to be a mapping of types such as \`extractors\`.`;
    fail(reading, locate(reading, holder.value, 'plugins'), message);
    return [];
  }
  return Object.entries(plugins).flatMap(([plural, items]): PluginList[] => {
    const at = locate(reading, plugins, plural);
    const type = typeOfPlural(plural);
    if (plural === 'mappings') {
      // `mappings` is a type inside of Meltano. Meltano accepts the key and does not use its content.
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
