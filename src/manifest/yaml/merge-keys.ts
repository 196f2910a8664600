import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';
import { targetOf } from './aliases.ts';
import { keyOf } from './document.ts';

/** Whether a pair takes over what other mappings have. A quoted `<<` is an ordinary key. */
export function isMerge({ key }: { key: unknown }): boolean {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

/** The pairs that a mapping takes over by `<<` and does not have itself, by their keys. */
export function mergedPairs(map: YAMLMap): Map<string, Pair<unknown, Node>> {
  const own = new Set(map.items.map(keyOf));
  const pairs = new Map<string, Pair<unknown, Node>>();
  collect(map, pairs, new Set());
  for (const key of own) pairs.delete(key);
  return pairs;
}

function collect(map: YAMLMap, pairs: Map<string, Pair<unknown, Node>>, open: Set<YAMLMap>): void {
  if (open.has(map)) return;
  open.add(map);
  for (const { value } of map.items.filter(isMerge)) {
    const merged = targetOf(value);
    for (const source of isSeq(merged) ? merged.items.map(targetOf) : [merged]) {
      if (!isMap(source)) continue;
      for (const pair of source.items.filter((one) => !isMerge(one))) {
        if (!pairs.has(keyOf(pair))) pairs.set(keyOf(pair), pair as Pair<unknown, Node>);
      }
      collect(source, pairs, open);
    }
  }
}
