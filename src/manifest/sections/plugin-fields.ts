import { readCommands } from './commands.ts';
import { entries, list, mapping, name, otherKeys, own, shortText, text, texts } from '../fields.ts';
import type { Entry } from '../fields.ts';
import type { ManifestCommand, ManifestSetting, PluginRequirement } from '../manifest.ts';
import { locate } from '../reading.ts';
import type { Reading } from '../reading.ts';
import { readSettings } from './settings.ts';

/** The fields that a plugin's entry and a lock file have in common. Null means that the other one decides. */
export interface PluginFields {
  variant: string | null;
  pipUrl: string | null;
  python: string | null;
  executable: string | null;
  namespace: string | null;
  label: string | null;
  logoUrl: string | null;
  description: string | null;
  docs: string | null;
  repo: string | null;
  requiresMeltano: string | null;
  capabilities: string[] | null;
  settingGroups: string[][] | null;
  settings: ManifestSetting[];
  commands: ManifestCommand[];
  requires: Record<string, PluginRequirement[]>;
  /** Keys that are neither fields above nor keys of the caller. */
  extras: Record<string, unknown>;
}

const keys = [
  'name',
  'variant',
  'pip_url',
  'python',
  'executable',
  'namespace',
  'label',
  'logo_url',
  'description',
  'docs',
  'repo',
  'requires_meltano',
  'capabilities',
  'settings_group_validation',
  'settings',
  'commands',
  'requires',
  'env',
  'annotations',
  'hidden',
  'supported_python_versions',
];

/** The further keys of a plugin's own entry (meltano/core/plugin/project_plugin.py). */
export const entryKeys: readonly string[] = ['inherit_from', 'config', 'default_variant'];

/** All keys of a plugin's entry that are not extras. */
export const pluginKeys: ReadonlySet<string> = new Set([...keys, ...entryKeys, 'mappings', 'plugin_type']);

/**
 * Reads the keys that define a plugin (meltano/core/plugin/base.py, `StandalonePlugin`). All other keys are
 * extras.
 */
export function readPluginFields(
  reading: Reading,
  entry: Entry,
  otherKnownKeys: readonly string[],
): PluginFields {
  return {
    variant: text(reading, entry, 'variant'),
    pipUrl: text(reading, entry, 'pip_url'),
    python: text(reading, entry, 'python'),
    executable: text(reading, entry, 'executable'),
    namespace: shortText(reading, entry, 'namespace'),
    label: text(reading, entry, 'label'),
    logoUrl: text(reading, entry, 'logo_url'),
    description: text(reading, entry, 'description'),
    docs: text(reading, entry, 'docs'),
    repo: text(reading, entry, 'repo'),
    requiresMeltano: text(reading, entry, 'requires_meltano'),
    capabilities: texts(reading, entry, 'capabilities'),
    settingGroups: readGroups(entry),
    settings: readSettings(reading, entry),
    commands: readCommands(reading, entry),
    requires: readRequirements(reading, entry),
    extras: otherKeys(entry, [...keys, ...otherKnownKeys]),
  };
}

/** Groups are only shown to people, so anything in them that is not a name is ignored without a message. */
function readGroups(entry: Entry): string[][] | null {
  const groups = own(entry, 'settings_group_validation');
  if (!Array.isArray(groups)) return null;
  return groups.map((group: unknown) =>
    Array.isArray(group) ? group.filter((setting) => typeof setting === 'string') : [],
  );
}

/**
 * Requirements by plugin type. The name of the type is not checked, as in Meltano
 * (meltano/core/plugin/requirements.py).
 */
function readRequirements(reading: Reading, plugin: Entry): Record<string, PluginRequirement[]> {
  const value = mapping(reading, plugin, 'requires');
  const requires: Entry = { value, at: locate(reading, value), label: `requirements of the ${plugin.label}` };
  const byType = Object.keys(value).map((type): [string, PluginRequirement[]] => {
    const items = entries(reading, list(reading, requires, type), `requirement of the ${plugin.label}`);
    const read = items.map((entry) => ({
      name: name(reading, entry, 'name') ?? '',
      variant: text(reading, entry, 'variant'),
    }));
    return [type, read];
  });
  return Object.fromEntries(byType);
}
