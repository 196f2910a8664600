import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Node } from 'yaml';
import { targetOf } from './aliases.ts';
import type { ManifestDocument } from './document.ts';
import { isMerge } from './merge-keys.ts';
import { scalarOf } from './scalar.ts';
import { commentsOf, nodeOf } from './yaml-node.ts';

/** A step that leads to a value: the key of a mapping, or an item of a list and its `name`, if it has one. */
export type Step = string | ListItem;

interface ListItem {
  index: number;
  name: string | null;
  /** How many items of the list have this name, and how many of them come before. */
  namesakes: { all: number; before: number };
}

/** A scalar of a document, and its position. */
export interface ManifestValue {
  /** The steps that lead to it. A `<<` and what it names are no steps: their keys are those of the mapping. */
  place: readonly Step[];
  text: string;
  /** The same for all places that share the value by an alias. */
  node: Node;
  /** Replaces the value with a text. */
  replace: (text: string) => void;
}

/** The place of a value as messages show it. */
export function printPlace(place: readonly Step[]): string {
  return place.map((step) => (typeof step === 'string' ? step : (step.name ?? `[${step.index}]`))).join('.');
}

/**
 * A key for a place, which no other place has. Items with names are known by these. Items of one name are known by
 * their order, as long as there are as many of them.
 */
export function placeKey(place: readonly Step[]): string {
  return JSON.stringify(place.map((step) => (typeof step === 'string' ? step : itemKey(step))));
}

function itemKey({ index, name, namesakes: { all, before } }: ListItem): unknown[] {
  if (name === null) return [index];
  return all === 1 ? [name] : [name, before, all];
}

/**
 * Removes the tags that Meltano does not know. Such a tag is text of the author, for example a password that
 * begins with `!` and has no quotes.
 */
export function stripTags({ yaml }: ManifestDocument): void {
  visit(yaml, {
    Value: (_key, node) => {
      if (node.tag?.startsWith('!')) delete node.tag;
    },
  });
}

/**
 * Every scalar of a document that is the value of a key or an item of a list, except null.
 *
 * @param aliases whether to list a value again for each place that an alias gives it
 */
export function valuesIn({ yaml }: ManifestDocument, { aliases = false } = {}): ManifestValue[] {
  const values: ManifestValue[] = [];
  const { version } = yaml.directives.yaml;
  const walk = (node: unknown, place: readonly Step[], set: (node: Node) => void): void => {
    if (isMap(node)) {
      // What a mapping takes over comes first, because its own keys win.
      for (const pair of node.items.filter(isMerge)) walkMerge(pair.value, place, (to) => (pair.value = to));
      for (const pair of node.items.filter((one) => !isMerge(one))) {
        const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
        walkValue(pair.value, [...place, key], (to) => (pair.value = to));
      }
    } else if (isSeq(node)) {
      for (const [index, step] of stepsOf(node.items).entries())
        walkValue(node.items[index], [...place, step], (to) => (node.items[index] = to));
    } else if (isScalar(node) && typeof node.value === 'string' && scalarOf(node, version).value !== null) {
      const { anchor } = node;
      const replace = (text: string): void => {
        set(Object.assign(nodeOf(text), commentsOf(node), anchor === undefined ? {} : { anchor }));
      };
      values.push({ place, text: node.value, node, replace });
    }
  };
  // What an alias stands for is replaced where it is written.
  const setters = new Map<unknown, (node: Node) => void>();
  const walkValue = (node: unknown, place: readonly Step[], set: (node: Node) => void): void => {
    if (!isAlias(node)) setters.set(node, set);
    else if (!aliases) return;
    const value = targetOf(node);
    walk(value, place, setters.get(value) ?? set);
  };
  const walkMerge = (node: unknown, place: readonly Step[], set: (node: Node) => void): void => {
    if (isSeq(node)) node.items.forEach((item, i) => walkValue(item, place, (to) => (node.items[i] = to)));
    else walkValue(node, place, set);
  };
  walk(yaml.contents, [], () => undefined);
  return values;
}

/** The steps to the items of a list. */
function stepsOf(items: readonly unknown[]): ListItem[] {
  const all = new Map<string | null, number>();
  const steps = items.map((item, index) => {
    const inner = targetOf(item);
    const given: unknown = isMap(inner) ? inner.get('name') : undefined;
    const name = typeof given === 'string' ? given : null;
    const before = all.get(name) ?? 0;
    all.set(name, before + 1);
    return { index, name, before };
  });
  return steps.map(({ index, name, before }) => ({
    index,
    name,
    namesakes: { all: all.get(name) ?? 0, before },
  }));
}
