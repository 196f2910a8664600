import type { InputCheck } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import { type ManifestMap } from '../../manifest/yaml/document.ts';
import { mapUnder, setKey, setKeys, setSettings } from '../../manifest/yaml/edit-tree.ts';
import { isObject } from '../../lib/is-object.ts';
import { pluginKeys } from '../../manifest/sections/plugin-fields.ts';
import type { SettingKind } from '../definitions/plugin-settings.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';
import { quoted } from '../../lib/quoted.ts';

type Optional<T> = T | null | undefined;

/**
 * Configuration of a plugin, in its own entry or in that of an environment. Absent fields stay as they are.
 */
export interface PluginValues {
  /** Values of settings by name. Null removes a value, and settings that are absent stay. */
  config?: unknown;
  /** Patterns that select streams and properties. Null removes them. */
  select?: Optional<readonly string[]>;
  /** Other extras, such as `metadata`, by name. Null removes one. */
  extras?: unknown;
  /** All variables; they replace the former ones. Null removes all. */
  env?: Optional<readonly Variable[]>;
}

/** The other fields of a plugin's own entry. Absent fields stay, null removes one. */
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
  kind?: Optional<SettingKind>;
  label?: Optional<string>;
  description?: Optional<string>;
  isSensitive?: Optional<boolean>;
  value?: unknown;
}

interface CommandFields {
  name: string;
  args: string;
  description?: Optional<string>;
  executable?: Optional<string>;
}

/**
 * Notes what is wrong with the values themselves. Rules that concern the whole `meltano.yml` are checked
 * later.
 */
export function checkPluginValues(
  gateway: Gateway,
  check: InputCheck,
  path: string,
  { config, extras, env }: PluginValues,
): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  for (const [field, value] of Object.entries({ config, extras })) {
    if (value == null || isObject(value)) continue;
    check.add(at(field), 'NOT_AN_OBJECT', `\`${field}\` must be an object of names and values.`);
  }
  for (const key of isObject(extras) ? Object.keys(extras) : []) {
    if (pluginKeys.has(key) || key === 'select')
      check.add(at(`extras.${key}`), 'NOT_AN_EXTRA', `${quoted(key)} has a field of its own.`);
  }
  checkVariables(check, env ?? [], gateway, at('env'));
}

/** Writes values into the entry of a plugin. */
export function writePluginValues(entry: ManifestMap, { config, select, extras, env }: PluginValues): void {
  if (isObject(config) && Object.keys(config).length > 0) {
    setSettings(mapUnder(entry, 'config'), withoutNulls(config));
  }
  if (config === null) setKey(entry, 'config', undefined);
  if (select !== undefined) setKey(entry, 'select', select ?? undefined);
  if (isObject(extras)) setKeys(entry, withoutNulls(extras));
  if (env !== undefined) setKey(entry, 'env', envOf(env));
}

/** Writes all given fields into a plugin's own entry. */
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
    // In the order in which people usually write these keys.
    const items = settings?.map(({ name, label, description, kind, isSensitive: sensitive, value }) =>
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

/** Variables in the form of `env` in `meltano.yml`; undefined when there are none. */
export function envOf(env: Optional<readonly Variable[]>): Record<string, string> | undefined {
  return env == null || env.length === 0
    ? undefined
    : Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

function withoutNulls(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? undefined]));
}

function withoutAbsent(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null));
}
