import { isDeepStrictEqual } from 'node:util';
import { effectiveConfig, isConfiguredIn, type EffectiveValue } from '../../manifest/effective-config.ts';
import type { Manifest, ManifestPlugin } from '../../manifest/manifest.ts';
import { canBeSecret, secretSettings } from '../secrets/what-is-secret.ts';
import { settingEnvNames } from '../../manifest/setting-env-name.ts';
import type { SettingValue, StoredSetting } from '../definitions/plugin-settings.ts';
import { redacted } from '../secrets/redact.ts';

/**
 * The settings of a plugin as the store keeps them: first those with a definition, then those that only have
 * a value. Without sensitive values.
 */
export function importedSettings(plugin: ManifestPlugin, manifest: Manifest): StoredSetting[] {
  const base = effectiveConfig(plugin, manifest);
  const layers = manifest.environments
    .filter((environment) => isConfiguredIn(environment, plugin, manifest.plugins))
    .map((environment) => [environment.name, effectiveConfig(plugin, manifest, environment)] as const);
  // A part of a sensitive setting, if that is an object, also comes here, with a dotted name.
  const isSecret = secretSettings(plugin);
  const known = new Set(plugin.settings.map(({ name }) => name));
  const given = new Set(
    [base, ...layers.map(([, values]) => values)].flatMap((values) => [...values.keys()]),
  );
  const others = [...given]
    .filter((name) => !known.has(name) && !name.startsWith('_'))
    .map((name) => ({ ...bare, name }));
  return [...plugin.settings, ...others].map((setting) => {
    const { name, label, description, kind } = setting;
    const sensitive = isSecret(name);
    const isSecretPart = (part: string): boolean => isSecret(`${name}.${part}`);
    const shown = (value: unknown): unknown =>
      sensitive && canBeSecret(value) ? null : redacted(value, isSecretPart);
    const [envName = '', ...otherEnvNames] = settingEnvNames(plugin, setting);
    const valueIn = (values: ReadonlyMap<string, EffectiveValue>): SettingValue => {
      const { value, isSet, source } = values.get(name) ?? absent;
      return {
        value: shown(value),
        isSet,
        source: source ?? (setting.value === null ? null : 'DEFAULT'),
      };
    };
    const value = valueIn(base);
    const environments = layers
      .map(([environment, values]) => [environment, valueIn(values)] as const)
      .filter(([, other]) => !isDeepStrictEqual(other, value));
    return {
      name,
      kind,
      sensitive,
      envName,
      otherEnvNames,
      ...redacted({ label, description }),
      default: shown(setting.value),
      ...value,
      environments: Object.fromEntries(environments),
    };
  });
}

/** A setting without a definition. */
const bare = { aliases: [], label: null, description: null, kind: null, value: null };

const absent = { value: null, isSet: false, source: null };
