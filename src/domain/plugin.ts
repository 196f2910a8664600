/** A setting of a plugin as it is stored: sensitive values are left out before they get here. */
export interface StoredSetting {
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
  value: unknown;
  isSet: boolean;
}

/** A command of a plugin as it is stored. */
export interface StoredCommand {
  name: string;
  args: string;
  description: string | null;
}
