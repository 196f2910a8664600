/**
 * The environment variable that Meltano reads a setting of a plugin from, before it looks into any file:
 * `TAP_X_START_DATE`, and `TAP_X__SELECT` for the extra `_select` (meltano/core/utils, `to_env_var`;
 * meltano/core/setting_definition.py, `env_vars`). A setting's own `env` is written for plugins, never read.
 */
export function settingEnvName(plugin: { name: string }, setting: { name: string }): string {
  return [plugin.name, setting.name].map((part) => part.replace(/[^A-Za-z\d]/g, '_').toUpperCase()).join('_');
}

/**
 * Every environment variable that Meltano reads a setting from, the one of `settingEnvName` first: by the plugin's
 * name and by its namespace, the setting's own name and its aliases (meltano/core/plugin/project_plugin.py,
 * `env_prefixes`; meltano/core/setting_definition.py, `env_vars`).
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
