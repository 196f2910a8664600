/**
 * The environment variable from which Meltano reads a setting of a plugin before it reads any file:
 * `TAP_X_START_DATE`, and `TAP_X__SELECT` for the extra `_select` (meltano/core/utils, `to_env_var`;
 * meltano/core/setting_definition.py, `env_vars`). The `env` of a setting is only set for plugins and never
 * read.
 */
export function settingEnvName(plugin: { name: string }, setting: { name: string }): string {
  return [plugin.name, setting.name].map((part) => part.replace(/[^A-Za-z\d]/g, '_').toUpperCase()).join('_');
}

/**
 * Every environment variable from which Meltano reads a setting, the one of `settingEnvName` first. They
 * combine the plugin's name or its namespace with the setting's name or one of its aliases
 * (meltano/core/plugin/project_plugin.py, `env_prefixes`; meltano/core/setting_definition.py, `env_vars`).
 */
export function settingEnvNames(
  plugin: { name: string; namespace: string | null },
  setting: { name: string; aliases: readonly string[] },
): string[] {
  const prefixes = [plugin.name, ...(plugin.namespace === null ? [] : [plugin.namespace])];
  const names = [setting.name, ...setting.aliases];
  return [
    ...new Set(names.flatMap((name) => prefixes.map((prefix) => settingEnvName({ name: prefix }, { name })))),
  ];
}
