import { YAMLMap, YAMLSeq, isAlias, isMap, isSeq } from 'yaml';
import type { Node } from 'yaml';
import { firstBy } from '../../lib/grouped.ts';
import { copyOf, targetOf, writtenOut } from './aliases.ts';
import { keyOf, rootOf, type ManifestDocument } from './document.ts';
import { setKey as define } from './mappings.ts';
import { mergedPairs } from './merge-keys.ts';
import { reconciled } from './reconcile.ts';
import { nodeOf } from './yaml-node.ts';

/**
 * A value of a mapping that may be changed in place. The value of an alias is copied first, and so is one that
 * the mapping takes over by `<<`.
 */
function ownValue(map: YAMLMap, key: string): unknown {
  const present = map.items.find((pair) => keyOf(pair) === key);
  const shared = present ? undefined : mergedPairs(map).get(key)?.value;
  const copy = isAlias(present?.value) ? writtenOut(present.value) : shared && copyOf(shared);
  if (!copy) return present?.value;
  putValue(map, key, copy);
  return copy;
}

/** Sets a key of a mapping to a node. */
function putValue(map: YAMLMap, key: string, value: Node): void {
  const present = map.items.find((pair) => keyOf(pair) === key);
  if (present) {
    present.value = value;
    return;
  }
  const made = (nodeOf(single(key, '')) as YAMLMap).items;
  for (const pair of made) map.items.push(Object.assign(pair, { value }));
}

/** The mapping under a key of another mapping. It is created when there is none. */
export function mapUnder(map: YAMLMap, key: string): YAMLMap {
  const present = ownValue(map, key);
  if (isMap(present)) return present;
  const made = new YAMLMap();
  putValue(map, key, made);
  return made;
}

/** The item with that `name` in the list under a key of a mapping. It is created when there is none. */
export function itemUnder(map: YAMLMap, key: string, name: string): YAMLMap {
  const list = ownValue(map, key);
  const items = isSeq(list) ? list.items : [];
  const present = items.findIndex((item) => {
    const target = targetOf(item);
    return isMap(target) && target.get('name') === name;
  });
  const own = items[present];
  if (isMap(own)) return own;
  const copy = isAlias(own) ? writtenOut(own) : undefined;
  if (isMap(copy)) {
    items[present] = copy;
    return copy;
  }
  return addTo(map, key, list, { name });
}

function addTo(map: YAMLMap, key: string, list: unknown, item: object): YAMLMap {
  const made = nodeOf(item) as YAMLMap;
  if (isSeq(list)) list.items.push(made);
  else {
    const created = new YAMLSeq();
    created.items.push(made);
    putValue(map, key, created);
  }
  return made;
}

/**
 * Sets or removes settings in a plugin's configuration, dotted or nested as they are written there. Undefined
 * removes one.
 *
 * @param values by dotted name
 */
export function setSettings(config: YAMLMap, values: Record<string, unknown>): void {
  const known = new Map(
    [...mergedPairs(config), ...firstBy(config.items, keyOf)].map(([key, pair]) => [
      key,
      targetOf(pair.value),
    ]),
  );
  const longest = [...known.keys()].reduce((length, key) => Math.max(length, key.length), 0);
  const direct: Record<string, unknown> = {};
  const nested = new Map<string, Record<string, unknown>>();
  for (const [name, value] of Object.entries(values)) {
    const outer = known.has(name) ? null : outerKey(known, name.slice(0, longest + 1));
    if (outer === null) define(direct, name, value);
    else {
      const inside = nested.get(outer) ?? {};
      define(inside, name.slice(outer.length + 1), value);
      nested.set(outer, inside);
    }
  }
  setKeys(config, direct);
  for (const [outer, inside] of nested) setSettings(mapUnder(config, outer), inside);
}

/** The shortest part of a dotted name that is the key of a mapping. */
function outerKey(values: ReadonlyMap<string, unknown>, name: string): string | null {
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    if (isMap(values.get(name.slice(0, dot)))) return name.slice(0, dot);
  }
  return null;
}

/** Adds an item to the end of a list. The list is created when there is none. */
export function addItem(document: ManifestDocument, path: readonly string[], item: object): YAMLMap {
  const key = path.at(-1) ?? '';
  const map = path.slice(0, -1).reduce(mapUnder, rootOf(document));
  return addTo(map, key, ownValue(map, key), item);
}

/** Removes items from a list, and removes the list when it is empty. */
export function removeItems(
  { yaml }: ManifestDocument,
  path: readonly string[],
  items: readonly YAMLMap[],
): void {
  if (items.length === 0) return;
  const removed = new Set<unknown>(items);
  const list = targetOf(yaml.getIn(path, true)) as YAMLSeq;
  list.items = list.items.filter((one) => !removed.has(targetOf(one)));
  if (list.items.length === 0) yaml.deleteIn(path);
}

/** Sets a key of a mapping, or removes it when the value is undefined. */
export function setKey(map: YAMLMap, key: string, value: unknown): void {
  setKeys(map, single(key, value));
}

/**
 * `setKey` for many keys: to find each of them alone would take a search through the whole mapping. What does
 * not change stays as it is written. A key that the mapping takes over by `<<` is removed by null in its place.
 */
export function setKeys(map: YAMLMap, values: Record<string, unknown>): void {
  const entries = Object.entries(values);
  const removed = new Set(entries.filter(([, value]) => value === undefined).map(([key]) => key));
  if (removed.size > 0) map.items = map.items.filter((pair) => !removed.has(keyOf(pair)));
  const merged = mergedPairs(map);
  const given = Object.fromEntries(
    entries.flatMap(([key, value]) => {
      if (value !== undefined) return [[key, value]];
      return merged.has(key) ? [[key, null]] : [];
    }),
  );
  if (Object.keys(given).length === 0) return;
  const pairs = firstBy(map.items, keyOf);
  for (const made of (nodeOf(given) as YAMLMap).items) {
    const present = pairs.get(keyOf(made));
    if (present) present.value = reconciled(present.value, made.value as Node);
    else map.items.push(made);
  }
}

/** An object with one key, also when it is `__proto__`. */
function single(key: string, value: unknown): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  define(object, key, value);
  return object;
}
