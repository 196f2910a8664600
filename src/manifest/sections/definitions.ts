import type { LockedDefinition } from './lock-files.ts';
import { firstBy } from '../../lib/grouped.ts';
import type { DefinitionSource, ManifestPlugin } from '../manifest.ts';
import type { PluginFields } from './plugin-fields.ts';
import { nounOf, pluginKey } from '../plugin-types.ts';
import type { PluginEntry } from './plugins.ts';
import { fail, warn } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** Finds the lock file of a plugin; null when it has none. */
export type FindLock = (plugin: PluginEntry) => Promise<LockedDefinition | null>;

/** What a plugin uses where its own entry has nothing. */
interface Parent extends PluginFields {
  name: string;
  source: DefinitionSource;
  extraDefaults: Record<string, unknown>;
}

/** Real projects have two or three. */
const maxAncestors = 50;

/**
 * The most that all plugins together may inherit from each other, in characters of JSON. A plugin has
 * everything that its parent has, so a few lines can stand for gigabytes.
 */
const maxInherited = 20_000_000;

/** A plugin with its definition. */
interface Defined {
  plugin: ManifestPlugin;
  /** From how many plugins of the project it inherits. */
  ancestors: number;
  /** Its size in characters of JSON, if another plugin inherits from it. */
  size: number | null;
}

/**
 * Adds to every plugin what its definition says. The definition is another plugin of the project that it
 * inherits from, its own entry if that has a `namespace`, or a lock file
 * (meltano/core/project_plugins_service.py, `find_parent`). A missing definition is only a warning, because
 * projects are often read before their plugins are installed.
 */
export async function definePlugins(
  reading: Reading,
  entries: readonly PluginEntry[],
  findLock: FindLock,
): Promise<ManifestPlugin[]> {
  const byKey = firstBy(entries, pluginKey);
  const defined = new Map<PluginEntry, Defined>();
  let inherited = 0;
  const define = async (entry: PluginEntry, path: readonly PluginEntry[]): Promise<Defined> => {
    const known = defined.get(entry);
    if (known) return known;
    const above = await findAncestor(entry, path);
    const parent = above ? asParent(above.plugin) : await findDefinition(entry);
    const plugin = combine(entry, parent);
    const made = { plugin, ancestors: above ? above.ancestors + 1 : 0, size: null };
    defined.set(entry, made);
    return made;
  };
  const findAncestor = async (entry: PluginEntry, path: readonly PluginEntry[]): Promise<Defined | null> => {
    const parent = parentOf(byKey, entry);
    if (!parent) return null;
    const line = [...path, entry];
    if (line.includes(parent)) {
      const names = [...line.slice(line.indexOf(parent)), parent].map(({ name }) => `\`${name}\``);
      fail(reading, parent.location, `Plugins inherit in a circle: ${names.join(' from ')}; break it.`);
      return null;
    }
    const above = line.length > maxAncestors ? null : await define(parent, line);
    if (!above || above.ancestors >= maxAncestors) {
      const message = `The ${nounOf(entry.type)} \`${entry.name}\` inherits from more than ${maxAncestors} plugins`;
      fail(reading, entry.location, `${message}; make the chain shorter.`);
      return null;
    }
    above.size ??= JSON.stringify(above.plugin).length;
    const before = inherited;
    inherited += above.size;
    if (inherited <= maxInherited) return above;
    if (before <= maxInherited) {
      const message = `The plugins inherit more than ${maxInherited} characters from each other`;
      fail(reading, entry.location, `${message}; define less in what others inherit from.`);
    }
    return null;
  };
  const findDefinition = async (entry: PluginEntry): Promise<Parent | null> => {
    if (parentOf(byKey, entry)) return null;
    if (entry.namespace !== null && entry.namespace !== '' && entry.inheritFrom === null) {
      return { ...nothing, name: entry.name, source: 'CUSTOM' };
    }
    const lock = await findLock(entry);
    if (lock) return { ...lock, extras: {}, extraDefaults: lock.extras, source: 'LOCKED' };
    warn(reading, entry.location, missing(entry, byKey));
    return null;
  };
  for (const entry of entries) await define(entry, []);
  return entries.flatMap((entry) => defined.get(entry)?.plugin ?? []);
}

/**
 * Finds the plugin of the project that an entry inherits from. An entry with its own `variant` never inherits
 * from the project.
 */
function parentOf(byKey: ReadonlyMap<string, PluginEntry>, entry: PluginEntry): PluginEntry | undefined {
  if (entry.inheritFrom === null || entry.variant !== null) return undefined;
  return byKey.get(pluginKey({ type: entry.type, name: entry.inheritFrom }));
}

function missing(entry: PluginEntry, byKey: ReadonlyMap<string, PluginEntry>): string {
  const noun = nounOf(entry.type);
  const isHere = byKey.has(pluginKey({ type: entry.type, name: entry.inheritFrom ?? '' }));
  const place = isHere ? '' : `, which is no ${noun} here,`;
  const parent = entry.inheritFrom === null ? '' : ` inherits from \`${entry.inheritFrom}\`${place} and`;
  // With its own variant, a plugin does not inherit from the plugin of that name in the project.
  const variant = isHere && entry.variant !== null ? ` of its variant \`${entry.variant}\`` : '';
  const who = `The ${noun} \`${entry.name}\`${parent}`;
  return `${who} has no lock file${variant}, so its definition is unknown; run \`meltano lock\`.`;
}

/** The entry's own keys win. Lists of settings or commands are merged by name. */
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
    // Without an own `executable`, the program has the name of the plugin that it inherits from.
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
  variant: null,
  pipUrl: null,
  python: null,
  executable: null,
  namespace: null,
  label: null,
  logoUrl: null,
  description: null,
  docs: null,
  repo: null,
  requiresMeltano: null,
  capabilities: null,
  settingGroups: null,
  settings: [],
  commands: [],
  requires: {},
  extras: {},
  extraDefaults: {},
};
