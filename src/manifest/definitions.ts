import type { LockedDefinition } from './lock-files.ts';
import type { DefinitionSource, ManifestPlugin } from './manifest.ts';
import type { PluginFields } from './plugin-fields.ts';
import { nounOf } from './plugin-types.ts';
import type { PluginEntry } from './plugins.ts';
import { fail, warn } from './reading.ts';
import type { Reading } from './reading.ts';

/** Gives the lock file of a plugin, or null. */
export type FindLock = (plugin: PluginEntry) => Promise<LockedDefinition | null>;

/** What a plugin takes over where its own entry says nothing. */
interface Parent extends PluginFields {
  name: string;
  source: DefinitionSource;
  extraDefaults: Record<string, unknown>;
}

/**
 * Every plugin with what its definition adds (meltano/core/project_plugins_service.py, `find_parent`): a plugin of
 * the project that it inherits from, its own entry if that has a `namespace`, or a lock file. A plugin without a
 * definition is a warning, since projects are often read before they are installed.
 */
export async function definePlugins(
  reading: Reading,
  entries: readonly PluginEntry[],
  findLock: FindLock,
): Promise<ManifestPlugin[]> {
  const defined = new Map<PluginEntry, ManifestPlugin>();
  const define = async (entry: PluginEntry, path: readonly PluginEntry[]): Promise<ManifestPlugin> => {
    const known = defined.get(entry);
    if (known) return known;
    const plugin = combine(entry, await findParent(entry, path));
    defined.set(entry, plugin);
    return plugin;
  };
  const findParent = async (entry: PluginEntry, path: readonly PluginEntry[]): Promise<Parent | null> => {
    const parent = parentIn(entries, entry);
    if (parent && [...path, entry].includes(parent)) {
      const cycle = [...path, entry].slice([...path, entry].indexOf(parent));
      const names = [...cycle, parent].map(({ name }) => `\`${name}\``).join(' from ');
      fail(reading, parent.location, `Plugins inherit in a circle: ${names}; break it.`);
      return null;
    }
    if (parent) return asParent(await define(parent, [...path, entry]));
    if (entry.namespace !== null && entry.namespace !== '' && entry.inheritFrom === null) {
      return { ...nothing, name: entry.name, source: 'CUSTOM' };
    }
    const lock = await findLock(entry);
    if (lock) return { ...lock, extras: {}, extraDefaults: lock.extras, source: 'LOCKED' };
    warn(reading, entry.location, missing(entry, entries));
    return null;
  };
  for (const entry of entries) await define(entry, []);
  return entries.flatMap((entry) => defined.get(entry) ?? []);
}

/** With a `variant` of its own a plugin never inherits from the project. */
function parentIn(entries: readonly PluginEntry[], entry: PluginEntry): PluginEntry | undefined {
  if (entry.inheritFrom === null || entry.variant !== null) return undefined;
  return entries.find(({ type, name }) => type === entry.type && name === entry.inheritFrom);
}

function missing(entry: PluginEntry, entries: readonly PluginEntry[]): string {
  const noun = nounOf(entry.type);
  const isHere = entries.some(({ type, name }) => type === entry.type && name === entry.inheritFrom);
  const place = isHere ? '' : `, which is no ${noun} here,`;
  const parent = entry.inheritFrom === null ? '' : ` inherits from \`${entry.inheritFrom}\`${place} and`;
  // A variant of its own turns a plugin away from its namesake in the project.
  const variant = isHere && entry.variant !== null ? ` of its variant \`${entry.variant}\`` : '';
  const who = `The ${noun} \`${entry.name}\`${parent}`;
  return `${who} has no lock file${variant}, so its definition is unknown; run \`meltano lock\`.`;
}

/** The entry's own keys win; a list of settings or commands is completed by name. */
function combine(entry: PluginEntry, parent: Parent | null): ManifestPlugin {
  const from = parent ?? { ...nothing, name: entry.name, source: 'UNKNOWN' as const };
  const isNamesake = entry.inheritFrom === null;
  const names = new Set(entry.settings.map(({ name }) => name));
  const commands = new Map([...from.commands, ...entry.commands].map((command) => [command.name, command]));
  return {
    type: entry.type,
    name: entry.name,
    inheritFrom: entry.inheritFrom,
    variant: entry.variant ?? from.variant,
    pipUrl: entry.pipUrl ?? from.pipUrl,
    python: entry.python ?? from.python,
    // Without one of its own, the program is called like the plugin that was inherited from.
    executable: entry.executable ?? from.executable ?? (from.name === entry.name ? null : from.name),
    namespace: entry.namespace ?? (isNamesake ? from.namespace : entry.name.replaceAll('-', '_')),
    label: entry.label ?? (isNamesake ? from.label : inheritedLabel(entry, parent)),
    logoUrl: entry.logoUrl ?? from.logoUrl,
    description: entry.description ?? from.description,
    docs: entry.docs ?? from.docs,
    repo: entry.repo ?? from.repo,
    requiresMeltano: entry.requiresMeltano ?? from.requiresMeltano,
    capabilities: entry.capabilities ?? from.capabilities ?? [],
    settings: [...from.settings.filter(({ name }) => !names.has(name)), ...entry.settings],
    settingGroups: entry.settingGroups ?? from.settingGroups ?? [],
    commands: [...commands.values()],
    config: entry.config,
    env: entry.env,
    requires: joinRequirements(from.requires, entry.requires),
    extras: entry.extras,
    extraDefaults: from.extraDefaults,
    mappings: entry.mappings,
    definition: from.source,
    annotations: entry.annotations,
    location: entry.location,
  };
}

function inheritedLabel(entry: PluginEntry, parent: Parent | null): string | null {
  return parent ? `${parent.label ?? parent.name}: ${entry.name}` : null;
}

function joinRequirements(
  a: PluginFields['requires'],
  b: PluginFields['requires'],
): PluginFields['requires'] {
  const types = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...types].map((type) => [type, [...(a[type] ?? []), ...(b[type] ?? [])]]));
}

function asParent(plugin: ManifestPlugin): Parent {
  return { ...plugin, executable: plugin.executable ?? plugin.name, source: 'INHERITED' };
}

const nothing: Omit<Parent, 'name' | 'source'> = {
  ...{
    variant: null,
    pipUrl: null,
    python: null,
    executable: null,
    namespace: null,
    label: null,
    logoUrl: null,
  },
  ...{
    description: null,
    docs: null,
    repo: null,
    requiresMeltano: null,
    capabilities: null,
    settingGroups: null,
  },
  ...{ settings: [], commands: [], requires: {}, extras: {}, extraDefaults: {} },
};
