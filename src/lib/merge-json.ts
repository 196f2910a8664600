import { isObject } from './is-object.ts';

/**
 * Merges a JSON value into another one, as Meltano does (meltano/core/utils, `merge`). Objects are merged key by
 * key; any other value replaces the one below. An empty object has nothing to merge, so it replaces nothing.
 */
export function mergeJson(below: unknown, above: unknown): unknown {
  if (!isObject(above)) return above;
  if (!isObject(below)) return Object.keys(above).length === 0 ? below : above;
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    merged.set(key, merged.has(key) ? mergeJson(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}
