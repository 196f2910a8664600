import type { PluginType } from './manifest.ts';

/** The keys under `plugins`, which are also the folders of lock files. */
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

/** Every key that `plugins` may have. */
export const pluralNames: readonly string[] = [...types.keys()];

/** The type that a key under `plugins` stands for; null if Meltano has none of that name. */
export function typeOfPlural(plural: string): PluginType | null {
  return types.get(plural) ?? null;
}

/** The key under `plugins` that holds plugins of this type. */
export function pluralOf(type: PluginType): string {
  return plurals.get(type) ?? '';
}

/** How a message speaks of plugins of this type, such as `extractor` and `file bundle`. */
export function nounOf(type: PluginType): string {
  return type === 'FILE' ? 'file bundle' : type.toLowerCase();
}
