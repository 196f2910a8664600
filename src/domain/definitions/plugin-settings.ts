import type { FileSource } from '../../manifest/effective-config.ts';
import type { SettingKind } from '../../manifest/manifest.ts';

export type { SettingKind };

/** Where the value of a setting comes from. */
export type ValueSource = FileSource | 'DEFAULT';

/** The value of a setting in the project's files. */
export interface SettingValue {
  /** The configured value; null when there is none, or when it is secret. */
  value: unknown;
  /** Whether `meltano.yml` sets it. */
  isSet: boolean;
  /** Null when there is no value. */
  source: ValueSource | null;
}

/** A setting of a plugin as the store keeps it. Sensitive values are removed before. */
export interface StoredSetting extends SettingValue {
  name: string;
  label: string | null;
  description: string | null;
  kind: SettingKind | null;
  sensitive: boolean;
  /** The environment variable that sets it. Source: Meltano `core/setting_definition.py`. */
  envName: string;
  /**
   * All other variables that Meltano reads it from. Their names come from the namespace and from the
   * setting's aliases.
   */
  otherEnvNames: string[];
  default: unknown;
  /** The values that differ in an environment, by the environment's name in `meltano.yml`. */
  environments: Record<string, SettingValue>;
}

/** A command of a plugin as the store keeps it. */
export interface StoredCommand {
  name: string;
  args: string;
  description: string | null;
}

/**
 * The settings of a plugin with their values in an environment.
 *
 * @param manifestKey name of the environment in `meltano.yml`; null when it is not in the file
 */
export function settingsIn(settings: readonly StoredSetting[], manifestKey: string | null): StoredSetting[] {
  return settings.map((setting) => {
    const { environments } = setting;
    const isOther = manifestKey !== null && Object.hasOwn(environments, manifestKey);
    return isOther ? { ...setting, ...environments[manifestKey] } : setting;
  });
}
