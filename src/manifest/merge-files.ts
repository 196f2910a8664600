import { isMapping, setKey } from './mappings.ts';
import { fail, locate, remember, textOf } from './reading.ts';
import type { Reading } from './reading.ts';

/** The keys that Meltano looks into in each included file, so that an empty value there is an error. */
const indexed = ['plugins', 'schedules', 'environments', 'jobs'];

/**
 * One mapping out of that of `meltano.yml` and those of included files, in their order: lists are joined, mappings
 * merged at any depth, other values replaced by later ones (meltano/core/utils, `deep_merge`). Every key and item
 * keeps its own place. What Meltano would fail to merge is recorded.
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
  if (isMapping(later) && isMapping(earlier)) return mergeMappings(reading, earlier, later);
  if (Array.isArray(later) && Array.isArray(earlier)) return joinLists(reading, earlier, later);
  if (isMapping(later) || Array.isArray(later)) {
    const [kind, where] = [isMapping(later) ? 'a mapping' : 'a list', locate(reading, a, key)];
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
