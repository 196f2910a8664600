import type {
  Config,
  EnvironmentPlugin,
  Manifest,
  ManifestEnvironment,
  ManifestPlugin,
  ManifestSetting,
} from './manifest.ts';
import { firstBy, groupBy, once } from '../lib/grouped.ts';
import { isObject } from '../lib/is-object.ts';
import { pluginKey } from './plugin-types.ts';
import { settingEnvNames } from './setting-env-name.ts';

/**
 * The place in the files that gives a value. The names are Meltano's (meltano/core/settings_store.py,
 * `SettingValueStore`).
 */
export type FileSource = 'ENV' | 'DOTENV' | 'MELTANO_ENVIRONMENT' | 'MELTANO_YML' | 'INHERITED';

/** What the files say about the value of a setting. */
export interface EffectiveValue {
  /** Null when the value of a variable wins. */
  value: unknown;
  /** Whether the configuration has a value, even if a variable wins. */
  isSet: boolean;
  source: FileSource;
}

/** Values by the names of settings. */
type Values = Map<string, EffectiveValue>;

/** What gives values to a plugin, and to what it inherits from. */
type Given = Pick<Manifest, 'env' | 'dotEnvNames' | 'plugins'>;

/**
 * The values that the project's files give to a plugin's settings, by dotted name. An extra has its name with
 * a leading `_`, as in Meltano. Null values count as absent.
 *
 * For each setting, the first of these wins (meltano/core/settings_store.py,
 * meltano/core/plugin/settings_service.py):
 * - a variable that an `env` or `.env` sets
 * - the environment's value
 * - the plugin's own value
 * - the value of the plugin that it inherits from, found in the same way. What only an environment sets there is
 *   inherited when the setting belongs to the definition
 *
 * Defaults are not included: they are in `settings` and `extraDefaults`.
 */
export function effectiveConfig(
  plugin: ManifestPlugin,
  { env, dotEnvNames, plugins }: Given,
  environment: ManifestEnvironment | null = null,
): Values {
  let values: Values = new Map();
  const layers: Variables[] = [
    { ...variablesOf(dotEnvNames), source: 'DOTENV' },
    { ...variablesOf(env), source: 'ENV' },
    ...(environment ? [{ ...variablesOf(environment.env), source: 'ENV' } as const] : []),
  ];
  const addVariables = (added: Record<string, string>): void => {
    layers.push({ ...variablesOf(added), source: 'ENV' });
  };
  const defined = new Set<string>();
  for (const ancestor of lineage(plugin, plugins)) {
    const own = environment ? entriesOf(environment.pluginConfig).get(pluginKey(ancestor)) : undefined;
    addVariables(ancestor.env);
    if (own) addVariables(own.env);
    for (const { name } of ancestor.settings) defined.add(name);
    values = inheritedBy(defined, values);
    for (const name of setValues(values, ancestor, ancestor, 'MELTANO_YML')) defined.add(name);
    if (own) setValues(values, ancestor, own, 'MELTANO_ENVIRONMENT');
    for (const [setting, source] of settingsBy(layers, ancestor, values)) {
      values.set(setting, { value: null, isSet: values.get(setting)?.isSet ?? false, source });
    }
    composeObjects(values, ancestor.settings);
  }
  return values;
}

/** The extras that Meltano itself defines, each for plugins of some types (`EXTRA_SETTINGS` in meltano/core/plugin). */
const definedExtra =
  /^_(?:log_parser|catalog|state|load_schema|select|select_filter|use_cached_catalog|dialect|package_name|(?:metadata|schema|vars|update)(?:\..*)?)$/;

/** The values that a plugin takes over from its parent. */
function inheritedBy(defined: ReadonlySet<string>, values: Values): Values {
  const inherited = [...values].filter(([name]) => defined.has(name) || definedExtra.test(name));
  return new Map(inherited.map(([name, value]) => [name, { ...value, source: 'INHERITED' }]));
}

/** Takes over the values that are written in one place. @returns the names of the settings */
function setValues(
  values: Values,
  { settings }: ManifestPlugin,
  { config, extras }: { config: Config; extras: Config },
  source: FileSource,
): string[] {
  const names: string[] = [];
  for (const [key, value] of [...flatten(config, ''), ...flatten(extras, '_')]) {
    const name = nameByKey(settings).get(key) ?? key;
    if (value !== null) values.set(name, { value, isSet: true, source });
    names.push(name);
  }
  return names;
}

/** From the strongest to the weakest (meltano/core/settings_store.py, `SettingValueStore`). */
const strength: readonly FileSource[] = ['ENV', 'DOTENV', 'MELTANO_ENVIRONMENT', 'MELTANO_YML', 'INHERITED'];

/**
 * Gives each object of which only parts are set its value: all its parts by their dotted names, with their defaults
 * (meltano/core/settings_service.py, `get_with_metadata`).
 */
function composeObjects(values: Values, settings: readonly ManifestSetting[]): void {
  const objects = settings.filter(
    ({ kind, name }) => kind === 'object' && (values.get(name)?.source ?? 'INHERITED') === 'INHERITED',
  );
  if (objects.length === 0) return;
  const all = new Map<string, EffectiveValue | null>([
    ...settings.map(({ name }) => [name, null] as const),
    ...values,
  ]);
  const defaults = new Map(settings.map(({ name, value }) => [name, value]));
  const keys = new Set(objects.flatMap(({ name, aliases }) => [name, ...aliases]));
  const longest = [...keys].reduce((length, key) => Math.max(length, key.length), 0);
  const partsOf = groupBy(
    [...all].flatMap(([name, value]) =>
      prefixesOf(name, longest)
        .filter((prefix) => keys.has(prefix))
        .map((prefix) => ({ prefix, name, value })),
    ),
    ({ prefix }) => prefix,
  );
  for (const { name, aliases } of objects) {
    const parts = [name, ...aliases].flatMap((key) => partsOf.get(key) ?? []);
    const set = parts.flatMap(({ value }) => value ?? []);
    if (set.length === 0) continue;
    const entries = parts.map((part) => [
      part.name.slice(part.prefix.length + 1),
      part.value ? part.value.value : (defaults.get(part.name) ?? null),
    ]);
    const source = strength.find((one) => set.some((part) => part.source === one)) ?? 'INHERITED';
    values.set(name, {
      value: Object.fromEntries(entries) as unknown,
      isSet: set.some(({ isSet }) => isSet),
      source,
    });
  }
}

/** The beginnings of a dotted name, such as `a` and `a.b` of `a.b.c`, that are not longer than `longest`. */
function prefixesOf(name: string, longest: number): string[] {
  const prefixes: string[] = [];
  for (let dot = name.indexOf('.'); dot !== -1 && dot <= longest; dot = name.indexOf('.', dot + 1)) {
    prefixes.push(name.slice(0, dot));
  }
  return prefixes;
}

/** Whether an environment says anything about a plugin or about what it inherits from. */
export function isConfiguredIn(
  { env, pluginConfig }: ManifestEnvironment,
  plugin: ManifestPlugin,
  plugins: readonly ManifestPlugin[],
): boolean {
  const variables = variablesOf(env);
  return lineage(plugin, plugins).some(
    (ancestor) => entriesOf(pluginConfig).has(pluginKey(ancestor)) || hasVariableOf(variables, ancestor),
  );
}

/** The names of the variables of one place. */
interface Names {
  names: ReadonlySet<string>;
  sorted: readonly string[];
}

interface Variables extends Names {
  source: FileSource;
}

// These are asked for each plugin in each environment, so they are computed once.
const variablesOf = once((variables: readonly string[] | Record<string, string>): Names => {
  const names = Array.isArray(variables) ? (variables as string[]) : Object.keys(variables);
  return { names: new Set(names), sorted: names.toSorted() };
});
const pluginsByKey = once((plugins: readonly ManifestPlugin[]) => firstBy(plugins, pluginKey));
const entriesOf = once((entries: readonly EnvironmentPlugin[]) => firstBy(entries, pluginKey));

/** The name of the setting that a key stands for. Meltano also accepts any alias of a setting. */
const nameByKey = once((settings: readonly ManifestSetting[]): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  for (const { name, aliases } of settings) {
    for (const key of [name, ...aliases]) if (!names.has(key)) names.set(key, name);
  }
  return names;
});

/** Whether a variable may be that of one of the plugin's settings. */
function hasVariableOf({ sorted }: Names, plugin: ManifestPlugin): boolean {
  return settingEnvNames(plugin, { name: '', aliases: [] }).some((prefix) => {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((sorted[middle] as string) < prefix) from = middle + 1;
      else to = middle;
    }
    return sorted[from]?.startsWith(prefix) ?? false;
  });
}

/**
 * The settings whose value is that of a variable. A variable may have the name that the setting has for one
 * of the plugin's ancestors.
 */
function settingsBy(
  layers: readonly Variables[],
  ancestor: ManifestPlugin,
  values: ReadonlyMap<string, unknown>,
): [string, FileSource][] {
  // Most plugins have no such variable, and computing the variable names of all settings is slow.
  const telling = layers.filter((layer) => hasVariableOf(layer, ancestor));
  if (telling.length === 0) return [];
  const { settings } = ancestor;
  const defined = new Set(settings.map(({ name }) => name));
  const others = [...values.keys()]
    .filter((name) => !defined.has(name))
    .map((name) => ({ name, aliases: [] }));
  return [...settings, ...others].flatMap((setting): [string, FileSource][] => {
    const names = settingEnvNames(ancestor, setting);
    const giving = telling.filter((layer) => names.some((name) => layer.names.has(name)));
    const source = giving.find((layer) => layer.source === 'ENV') ?? giving[0];
    return source === undefined ? [] : [[setting.name, source.source]];
  });
}

/** The plugins that it inherits from, the farthest first, and then the plugin itself. */
function lineage(plugin: ManifestPlugin, plugins: readonly ManifestPlugin[]): ManifestPlugin[] {
  const line = [plugin];
  for (let next = plugin; next.definition === 'INHERITED';) {
    const { type, inheritFrom } = next;
    const parent = pluginsByKey(plugins).get(pluginKey({ type, name: inheritFrom ?? '' }));
    if (!parent || line.includes(parent)) break;
    line.unshift(parent);
    next = parent;
  }
  return line;
}

/** Turns nested mappings into dotted names, except empty mappings (meltano/core/utils, `flatten`). */
function flatten(config: Config, prefix: string): [string, unknown][] {
  return Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    const isNested = isObject(value) && Object.keys(value).length > 0;
    return isNested ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]];
  });
}
