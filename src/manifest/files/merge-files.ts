import { isObject } from '../../lib/is-object.ts';
import { setKey } from '../yaml/mappings.ts';
import { fail, locate, remember, textOf } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** The keys that Meltano reads in each included file. An empty value under such a key is an error. */
const indexed = ['plugins', 'schedules', 'environments', 'jobs'];

/**
 * Merges the mapping of `meltano.yml` with those of the included files, in their order. Lists are joined,
 * mappings are merged at any depth, and a later value of another kind wins (meltano/core/utils,
 * `deep_merge`). Every key and item keeps its own location. What Meltano cannot merge is recorded as an
 * error.
 */
export function mergeFiles(
  reading: Reading,
  values: readonly Record<string, unknown>[],
): Record<string, unknown> {
  const [first = {}, ...included] = values;
  for (const value of included) {
    for (const key of indexed.filter((key) => Object.hasOwn(value, key) && value[key] === null)) {
      const message = `\`${key}\` is empty, which Meltano refuses in an included file; remove it or give it items.`;
      fail(reading, locate(reading, value, key), message);
    }
  }
  return included.reduce((merged, value) => mergeMappings(reading, merged, value), first);
}

type Mapping = Record<string, unknown>;

function mergeMappings(reading: Reading, a: Mapping, b: Mapping): Mapping {
  const merged: Mapping = {};
  const origin = remember(reading, merged, locate(reading, a));
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const source = Object.hasOwn(b, key) ? b : a;
    const value = source === b && Object.hasOwn(a, key) ? mergeKey(reading, a, b, key) : source[key];
    const text = textOf(reading, source, key);
    origin.keys.set(key, locate(reading, Array.isArray(value) && Object.hasOwn(a, key) ? a : source, key));
    if (text !== undefined) origin.texts.set(key, text);
    setKey(merged, key, value);
  }
  return merged;
}

function mergeKey(reading: Reading, a: Mapping, b: Mapping, key: string): unknown {
  const [earlier, later] = [a[key], b[key]];
  if (isObject(later) && isObject(earlier)) return mergeMappings(reading, earlier, later);
  if (Array.isArray(later) && Array.isArray(earlier)) return joinLists(reading, earlier, later);
  if (isObject(later) || Array.isArray(later)) {
    const [kind, where] = [isObject(later) ? 'a mapping' : 'a list', locate(reading, a, key)];
    const message = `\`${key}\` is ${kind} here and something else at ${where.file}:${where.line}; make them alike.`;
    fail(reading, locate(reading, b, key), message);
  }
  return later;
}

function joinLists(reading: Reading, a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const joined = [...a, ...b];
  const origin = remember(reading, joined, locate(reading, a));
  for (const index of joined.keys()) {
    const at = index < a.length ? locate(reading, a, index) : locate(reading, b, index - a.length);
    origin.keys.set(String(index), at);
  }
  return joined;
}
