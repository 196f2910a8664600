import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';
import { firstBy, groupBy } from '../../lib/grouped.ts';
import { targetOf } from './aliases.ts';
import { keyOf } from './document.ts';
import { isMerge } from './merge-keys.ts';
import { scalarOf } from './scalar.ts';
import { commentsOf } from './yaml-node.ts';

/**
 * The node for a new value in the place of another: the present one where both are the same, so that it stays as
 * it is written, and lists and mappings of which only parts change.
 */
export function reconciled(present: unknown, made: Node): Node {
  if (meaning(present) === meaning(made)) return present as Node;
  if (isScalar(present) && isScalar(made)) return Object.assign(made, commentsOf(present));
  if (isSeq(present) && isSeq(made)) return reconcileLists(present, made);
  const isPlain = isMap(present) && isMap(made) && !present.items.some(isMerge);
  return isPlain ? reconcileMaps(present, made) : made;
}

function reconcileMaps(present: YAMLMap, made: YAMLMap): YAMLMap {
  const wanted = new Map(made.items.map((pair) => [keyOf(pair), pair]));
  present.items = present.items.filter((pair) => wanted.has(keyOf(pair)));
  const pairs = firstBy(present.items, keyOf);
  for (const [key, pair] of wanted) {
    const own = pairs.get(key);
    if (own) own.value = reconciled(own.value, pair.value as Node);
    else present.items.push(pair);
  }
  return present;
}

/** Items with a `name` are known by it, others by their value. Those that are kept stay in their order. */
function reconcileLists(present: YAMLSeq, made: YAMLSeq): YAMLSeq {
  const known = groupBy(present.items.keys(), (index) => identity(present.items[index]));
  let from = 0;
  present.items = made.items.map((item) => {
    const indexes = known.get(identity(item)) ?? [];
    while (indexes.length > 0 && (indexes[0] ?? 0) < from) indexes.shift();
    const index = indexes.shift();
    if (index === undefined) return item;
    from = index + 1;
    return reconciled(present.items[index], item as Node);
  });
  return present;
}

function identity(item: unknown): string {
  const name: unknown = isMap(item) ? item.get('name') : undefined;
  return typeof name === 'string' ? `name ${name}` : meaning(item);
}

/** A text that two nodes have in common only if they mean the same in every version of YAML. */
function meaning(node: unknown): string {
  const value = targetOf(node);
  if (isMap(value)) {
    const pairs = value.items.map((pair) => `${JSON.stringify(keyOf(pair))}:${meaning(pair.value)}`);
    return `{${pairs.sort().join()}}`;
  }
  if (isSeq(value)) return `[${value.items.map(meaning).join()}]`;
  if (!isScalar(value)) return 'null';
  return JSON.stringify(
    ['1.1', '1.2'].map((version) => scalarOf(value, version)).map(({ value, inexact }) => [value, inexact]),
  );
}
