import type { FileSource } from '../manifest/effective-config.ts';

/** Where the value of a setting comes from. */
export type ValueSource = FileSource | 'DEFAULT';

/** What a setting is, as far as the project's files tell. */
export interface SettingValue {
  /** As it is configured; null when that does not hold, or nobody may read it. */
  value: unknown;
  /** Whether `meltano.yml` configures it. */
  isSet: boolean;
  /** Null when there is no value. */
  source: ValueSource | null;
}

/** A setting of a plugin as it is stored: sensitive values are left out before they get here. */
export interface StoredSetting extends SettingValue {
  name: string;
  label: string | null;
  description: string | null;
  kind: string | null;
  sensitive: boolean;
  /** The environment variable that sets it. Source: Meltano `core/setting_definition.py`. */
  envName: string;
  /** Every other variable that Meltano reads it from: by the namespace, and by the setting's aliases. */
  otherEnvNames: string[];
  default: unknown;
  /** Where something else holds than without an environment: by the names of environments in `meltano.yml`. */
  environments: Record<string, SettingValue>;
}

/** A command of a plugin as it is stored. */
export interface StoredCommand {
  name: string;
  args: string;
  description: string | null;
}

/**
 * The settings of a plugin as they are in an environment.
 *
 * @param manifestKey what the environment is called in `meltano.yml`; null for one that is not there
 */
export function settingsIn(settings: readonly StoredSetting[], manifestKey: string | null): StoredSetting[] {
  return settings.map((setting) => {
    const { environments } = setting;
    const isOther = manifestKey !== null && Object.hasOwn(environments, manifestKey);
    return isOther ? { ...setting, ...environments[manifestKey] } : setting;
  });
}
