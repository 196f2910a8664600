import type { Config, Manifest, ManifestEnvironment, ManifestPlugin } from './manifest.ts';
import { isMapping } from './mappings.ts';
import { settingEnvNames } from './setting-env-name.ts';

/** Where the files give a value: the names are Meltano's (meltano/core/settings_store.py, `SettingValueStore`). */
export type FileSource = 'ENV' | 'DOTENV' | 'MELTANO_ENVIRONMENT' | 'MELTANO_YML' | 'INHERITED';

/** What the files say of the value of a setting. */
export interface EffectiveValue {
  /** Null when it is that of a variable. */
  value: unknown;
  /** Whether it is configured, even if a variable wins. */
  isSet: boolean;
  source: FileSource;
}

/**
 * The values that the project's files give a plugin's settings, by dotted name; extras by their name with a `_`
 * before it, as Meltano calls them. Null values count as absent. Per setting, a variable that an `env` or `.env` sets
 * wins over the environment's value, that over the plugin's own, and that over the value the plugin it inherits from
 * has in the same way (meltano/core/settings_store.py, meltano/core/plugin/settings_service.py). Defaults are not
 * included: they are in `settings` and `extraDefaults`.
 */
export function effectiveConfig(
  plugin: ManifestPlugin,
  { env, dotEnvNames, plugins }: Pick<Manifest, 'env' | 'dotEnvNames' | 'plugins'>,
  environment: ManifestEnvironment | null = null,
): Map<string, EffectiveValue> {
  const values = new Map<string, EffectiveValue>();
  const variables = new Map<string, FileSource>(dotEnvNames.map((name) => [name, 'DOTENV']));
  const setAll = (set: Record<string, string>): void =>
    Object.keys(set).forEach((name) => variables.set(name, 'ENV'));
  setAll({ ...env, ...environment?.env });
  for (const ancestor of lineage(plugin, plugins)) {
    const { type, name } = ancestor;
    const own = environment?.pluginConfig.find((config) => config.type === type && config.name === name);
    setAll({ ...ancestor.env, ...own?.env });
    const from = (source: FileSource): FileSource => (ancestor === plugin ? source : 'INHERITED');
    const layers = [
      { ...ancestor, source: from('MELTANO_YML') },
      ...(own ? [{ ...own, source: from('MELTANO_ENVIRONMENT') }] : []),
    ];
    for (const { config, extras, source } of layers) {
      for (const [key, value] of [...flatten(config, ''), ...flatten(extras, '_')]) {
        if (value !== null) values.set(settingName(plugin, key), { value, isSet: true, source });
      }
    }
    for (const [setting, source] of settingsBy(variables, ancestor, plugin, values)) {
      values.set(setting, { value: null, isSet: values.get(setting)?.isSet ?? false, source: from(source) });
    }
  }
  return values;
}

/** The settings whose values are those of variables, by the names that these have for one of a plugin's ancestors. */
function settingsBy(
  variables: ReadonlyMap<string, FileSource>,
  ancestor: ManifestPlugin,
  { settings }: ManifestPlugin,
  values: ReadonlyMap<string, unknown>,
): [string, FileSource][] {
  const prefixes = settingEnvNames(ancestor, { name: '', aliases: [] });
  // Most plugins have none, and to name the variables of all settings takes a while.
  if (![...variables.keys()].some((name) => prefixes.some((prefix) => name.startsWith(prefix)))) return [];
  const defined = new Set(settings.map(({ name }) => name));
  const others = [...values.keys()]
    .filter((name) => !defined.has(name))
    .map((name) => ({ name, aliases: [] }));
  return [...settings, ...others].flatMap((setting): [string, FileSource][] => {
    const sources = settingEnvNames(ancestor, setting).flatMap((name) => variables.get(name) ?? []);
    const source = sources.find((one) => one === 'ENV') ?? sources[0];
    return source === undefined ? [] : [[setting.name, source]];
  });
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
