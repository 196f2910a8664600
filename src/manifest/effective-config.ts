import type { Config, ManifestEnvironment, ManifestPlugin } from './manifest.ts';
import { isMapping } from './mappings.ts';

/**
 * The values that the project's files give a plugin's settings, by dotted name; extras by their name with a `_`
 * before it, as Meltano calls them. Null values count as absent. Per setting, the environment's value wins over
 * the plugin's own, and that over the value the plugin it inherits from has in the same way
 * (meltano/core/settings_store.py). Defaults are not included: they are in `settings` and `extraDefaults`.
 */
export function effectiveConfig(
  plugin: ManifestPlugin,
  plugins: readonly ManifestPlugin[],
  environment: ManifestEnvironment | null = null,
): Config {
  const values = new Map<string, unknown>();
  for (const ancestor of lineage(plugin, plugins)) {
    const config = environment?.pluginConfig.find(
      ({ type, name }) => type === ancestor.type && name === ancestor.name,
    );
    for (const layer of [ancestor, ...(config ? [config] : [])]) {
      for (const [key, value] of [...flatten(layer.config, ''), ...flatten(layer.extras, '_')]) {
        if (value !== null) values.set(settingName(plugin, key), value);
      }
    }
  }
  return Object.fromEntries(values);
}

/** The plugin after all that it inherits from, the farthest first. */
function lineage(plugin: ManifestPlugin, plugins: readonly ManifestPlugin[]): ManifestPlugin[] {
  const line = [plugin];
  for (let next = plugin; next.definition === 'INHERITED';) {
    const { type, inheritFrom } = next;
    const parent = plugins.find((candidate) => candidate.type === type && candidate.name === inheritFrom);
    if (!parent || line.includes(parent)) break;
    line.unshift(parent);
    next = parent;
  }
  return line;
}

/** Meltano also finds a value under any alias of its setting. */
function settingName(plugin: ManifestPlugin, key: string): string {
  return plugin.settings.find(({ name, aliases }) => name === key || aliases.includes(key))?.name ?? key;
}

/** Mappings become dotted names, except empty ones (meltano/core/utils, `flatten`). */
function flatten(config: Config, prefix: string): [string, unknown][] {
  return Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    const isNested = isMapping(value) && Object.keys(value).length > 0;
    return isNested ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]];
  });
}
