/**
 * The environment variable that Meltano reads a setting of a plugin from, before it looks into any file:
 * `TAP_X_START_DATE`, and `TAP_X__SELECT` for the extra `_select` (meltano/core/utils, `to_env_var`;
 * meltano/core/setting_definition.py, `env_vars`). A setting's own `env` is written for plugins, never read.
 */
export function settingEnvName(plugin: { name: string }, setting: { name: string }): string {
  return [plugin.name, setting.name].map((part) => part.replace(/[^A-Za-z\d]/g, '_').toUpperCase()).join('_');
}
