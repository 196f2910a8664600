import type { InputCheck } from '../errors.ts';
import { mapUnder, setKey, setSetting, type ManifestMap } from '../manifest/document.ts';
import { isMapping } from '../manifest/mappings.ts';
import { pluginKeys } from '../manifest/plugin-fields.ts';
import { checkVariables, type Variable } from './environment-variables.ts';
import { quoted } from './names.ts';

type Optional<T> = T | null | undefined;

/** What a plugin is configured with, in its own entry or in that of an environment. Absent fields stay. */
export interface PluginValues {
  /** Values of settings by their names; null removes one, and those that are absent stay. */
  config?: unknown;
  /** Patterns of streams and properties; null removes them. */
  select?: Optional<readonly string[]>;
  /** Other extras, such as `metadata`, by their names; null removes one. */
  extras?: unknown;
  /** All of them; null for none. */
  env?: Optional<readonly Variable[]>;
}

/** What else a plugin's own entry says. Absent fields stay, null removes one. */
export interface PluginFields extends PluginValues {
  inheritFrom?: Optional<string>;
  variant?: Optional<string>;
  pipUrl?: Optional<string>;
  executable?: Optional<string>;
  namespace?: Optional<string>;
  label?: Optional<string>;
  description?: Optional<string>;
  capabilities?: Optional<readonly string[]>;
  settings?: Optional<readonly SettingFields[]>;
  commands?: Optional<readonly CommandFields[]>;
  mappings?: Optional<readonly { name: string; config?: unknown }[]>;
}

interface SettingFields {
  name: string;
  kind?: Optional<string>;
  label?: Optional<string>;
  description?: Optional<string>;
  sensitive?: Optional<boolean>;
  value?: unknown;
}

interface CommandFields {
  name: string;
  args: string;
  description?: Optional<string>;
  executable?: Optional<string>;
}

/** Notes what is wrong with values, as far as it is no matter of the whole `meltano.yml`. */
export function checkPluginValues(
  check: InputCheck,
  path: string,
  { config, extras, env }: PluginValues,
): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  for (const [field, value] of Object.entries({ config, extras })) {
    if (value == null || isMapping(value)) continue;
    check.add(at(field), 'NOT_AN_OBJECT', `\`${field}\` must be an object of names and values.`);
  }
  for (const key of isMapping(extras) ? Object.keys(extras) : []) {
    if (pluginKeys.has(key) || key === 'select')
      check.add(at(`extras.${key}`), 'NOT_AN_EXTRA', `${quoted(key)} has a field of its own.`);
  }
  checkVariables(check, env ?? [], at('env'));
}

/** Writes values into the entry of a plugin. */
export function writePluginValues(entry: ManifestMap, { config, select, extras, env }: PluginValues): void {
  if (isMapping(config)) {
    for (const [name, value] of Object.entries(config)) {
      setSetting(mapUnder(entry, 'config'), name, value ?? undefined);
    }
  }
  if (config === null) setKey(entry, 'config', undefined);
  if (select !== undefined) setKey(entry, 'select', select ?? undefined);
  if (isMapping(extras)) {
    for (const [name, value] of Object.entries(extras)) setKey(entry, name, value ?? undefined);
  }
  if (env !== undefined) setKey(entry, 'env', envOf(env));
}

/** Writes all that is given into a plugin's own entry. */
export function writePluginFields(entry: ManifestMap, fields: PluginFields): void {
  const { inheritFrom, variant, pipUrl, executable, namespace, label, description, capabilities } = fields;
  const texts = {
    inherit_from: inheritFrom,
    variant,
    pip_url: pipUrl,
    executable,
    namespace,
    label,
    description,
  };
  for (const [key, value] of Object.entries({ ...texts, capabilities })) {
    if (value !== undefined) setKey(entry, key, value ?? undefined);
  }
  const { settings, commands, mappings } = fields;
  if (settings !== undefined) {
    // In the order in which people write them, whatever the caller's.
    const items = settings?.map(({ name, label, description, kind, sensitive, value }) =>
      withoutAbsent({ name, label, description, kind, sensitive, value }),
    );
    setKey(entry, 'settings', items);
  }
  if (commands !== undefined) {
    const named = commands?.map(({ name, ...command }) => [name, withoutAbsent(command)] as const);
    setKey(entry, 'commands', named && Object.fromEntries(named));
  }
  if (mappings !== undefined) {
    setKey(
      entry,
      'mappings',
      mappings?.map(({ name, config }) => ({ name, config: config ?? {} })),
    );
  }
  writePluginValues(entry, fields);
}

/** Variables as `env` of a file has them; undefined for none. */
export function envOf(env: Optional<readonly Variable[]>): Record<string, string> | undefined {
  return env == null || env.length === 0
    ? undefined
    : Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

function withoutAbsent(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null));
}
