import type { PluginType } from './manifest.ts';

/** The keys under `plugins`. The folders of lock files have the same names. */
const types = new Map<string, PluginType>([
  ['extractors', 'EXTRACTOR'],
  ['loaders', 'LOADER'],
  ['transforms', 'TRANSFORM'],
  ['orchestrators', 'ORCHESTRATOR'],
  ['transformers', 'TRANSFORMER'],
  ['files', 'FILE'],
  ['utilities', 'UTILITY'],
  ['mappers', 'MAPPER'],
]);

const plurals = new Map([...types].map(([plural, type]) => [type, plural]));

/** The types in the order in which Meltano looks for a plugin (meltano/core/plugin/base.py, `PluginType`). */
export const typesInOrder: readonly PluginType[] = [...types.values()];

/** Under this key, lists of plugins are searched: a name is unique among the plugins of a type. */
export function pluginKey({ type, name }: { type: PluginType; name: string }): string {
  return `${type} ${name}`;
}

/** Every key that is allowed under `plugins`. */
export const pluralNames: readonly string[] = [...types.keys()];

/** The plugin type of a key under `plugins`; null when Meltano has no such type. */
export function typeOfPlural(plural: string): PluginType | null {
  return types.get(plural) ?? null;
}

/** The key under `plugins` for plugins of this type. */
export function pluralOf(type: PluginType): string {
  return plurals.get(type) ?? '';
}

/** How messages call plugins of this type, such as `extractor` and `file bundle`. */
export function nounOf(type: PluginType): string {
  return type === 'FILE' ? 'file bundle' : type.toLowerCase();
}
