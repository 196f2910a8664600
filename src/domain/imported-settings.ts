import { isDeepStrictEqual } from 'node:util';
import { effectiveConfig, type EffectiveValue } from '../manifest/effective-config.ts';
import type { Manifest, ManifestPlugin } from '../manifest/manifest.ts';
import { isSensitive, looksSensitive } from '../manifest/sensitivity.ts';
import { settingEnvNames } from '../manifest/setting-env-name.ts';
import type { SettingValue, StoredSetting } from './plugin.ts';
import { redacted } from './redact.ts';

/** The names of the sensitive settings of a plugin, aliases included. */
export function secretNames(plugin: ManifestPlugin | undefined): Set<string> {
  return new Set(plugin?.settings.filter(isSensitive).flatMap(({ name, aliases }) => [name, ...aliases]));
}

/**
 * The settings of a plugin as they are stored: those that are defined, then those that are given a value anywhere all
 * the same. Sensitive values are left out.
 */
export function importedSettings(plugin: ManifestPlugin, manifest: Manifest): StoredSetting[] {
  const base = effectiveConfig(plugin, manifest);
  const layers = manifest.environments.map(
    (environment) => [environment.name, effectiveConfig(plugin, manifest, environment)] as const,
  );
  const secrets = secretNames(plugin);
  // What is below a sensitive setting that is an object comes here too, under its dotted name.
  const isSecret = (name: string): boolean =>
    looksSensitive(name) ||
    name.split('.').some((_part, i, parts) => secrets.has(parts.slice(0, i).join('.')));
  const defined = plugin.settings.map((setting) => ({ ...setting, sensitive: isSensitive(setting) }));
  const known = new Set(defined.map(({ name }) => name));
  const given = new Set(
    [base, ...layers.map(([, values]) => values)].flatMap((values) => [...values.keys()]),
  );
  const others = [...given]
    .filter((name) => !known.has(name) && !name.startsWith('_'))
    .map((name) => ({ ...bare, name, sensitive: isSecret(name) }));
  return [...defined, ...others].map((setting) => {
    const { name, label, description, kind, sensitive } = setting;
    const [envName = '', ...otherEnvNames] = settingEnvNames(plugin, setting);
    const valueIn = (values: ReadonlyMap<string, EffectiveValue>): SettingValue => {
      const { value, isSet, source } = values.get(name) ?? absent;
      return {
        value: sensitive ? null : redacted(value),
        isSet,
        source: source ?? (setting.value === null ? null : 'DEFAULT'),
      };
    };
    const value = valueIn(base);
    const environments = layers
      .map(([environment, values]) => [environment, valueIn(values)] as const)
      .filter(([, other]) => !isDeepStrictEqual(other, value));
    return {
      ...{ name, kind, sensitive, envName, otherEnvNames },
      ...redacted({ label, description }),
      default: sensitive ? null : redacted(setting.value),
      ...value,
      environments: Object.fromEntries(environments),
    };
  });
}

/** A setting that no definition speaks of. */
const bare = { aliases: [], label: null, description: null, kind: null, value: null };

const absent = { value: null, isSet: false, source: null };
