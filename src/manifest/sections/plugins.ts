import { annotations, entries, env, list, mapping, name, own, text } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { Config, Location, ManifestMapping, PluginType } from '../manifest.ts';
import { refuseColon } from '../names.ts';
import { entryKeys, readPluginFields } from './plugin-fields.ts';
import type { PluginFields } from './plugin-fields.ts';
import { pluginLists } from './plugin-lists.ts';
import { fail, locate } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** A plugin as its entry says, before anything is inherited. */
export interface PluginEntry extends PluginFields {
  type: PluginType;
  name: string;
  inheritFrom: string | null;
  config: Config;
  env: Record<string, string>;
  mappings: ManifestMapping[];
  annotations: Record<string, unknown>;
  location: Location;
}

/**
 * The entries under `plugins` (meltano/core/plugin/project_plugin.py). Wrong entries are recorded and left
 * out.
 */
export function readPlugins(reading: Reading, project: Entry): PluginEntry[] {
  return pluginLists(reading, project).flatMap(({ type, noun, items }) =>
    entries(reading, items, noun).flatMap((entry) => {
      const plugin = readPlugin(reading, entry, type);
      return plugin ? [plugin] : [];
    }),
  );
}

function readPlugin(reading: Reading, entry: Entry, type: PluginType): PluginEntry | null {
  const plugin = name(reading, entry, 'name');
  const isMapper = type === 'MAPPER';
  const known = [...entryKeys, ...(isMapper ? ['mappings'] : [])];
  if (own(entry, 'plugin_type') !== undefined) {
    const at = locate(reading, entry.value, 'plugin_type');
    fail(
      reading,
      at,
      `Meltano refuses \`plugin_type\` in the ${entry.label}; the list that it is in says it. Remove it.`,
    );
  }
  const parent = text(reading, entry, 'inherit_from');
  const read = {
    ...readPluginFields(reading, entry, known),
    config: mapping(reading, entry, 'config'),
    env: env(reading, entry),
    mappings: isMapper ? readMappings(reading, entry) : [],
    annotations: annotations(entry),
    location: entry.at,
  };
  if (plugin === null) return null;
  refuseColon(reading, entry, plugin);
  // Meltano ignores the plugin's own name here, and also an empty one.
  const inheritFrom = parent === plugin || parent === '' ? null : parent;
  return { type, name: plugin, inheritFrom, ...read };
}

function readMappings(reading: Reading, mapper: Entry): ManifestMapping[] {
  if (own(mapper, 'mappings') === null) {
    const at = locate(reading, mapper.value, 'mappings');
    fail(
      reading,
      at,
      `\`mappings\` of the ${mapper.label} is empty, which Meltano refuses; remove it or write \`[]\`.`,
    );
  }
  const items = list(reading, mapper, 'mappings');
  return entries(reading, items, `mapping of the ${mapper.label}`).flatMap((entry) => {
    const mappingName = name(reading, entry, 'name');
    const config = mapping(reading, entry, 'config');
    return mappingName === null ? [] : [{ name: mappingName, config }];
  });
}
