import { isCollection, isScalar, visit } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

/** What the tree of a document was when it was opened, to find out later what an edit has changed. */
export interface Original {
  /** The items of each list and the pairs of each mapping. */
  items: ReadonlyMap<Node, readonly unknown[]>;
  values: ReadonlyMap<Pair, unknown>;
  /** The tags of nodes that have one. */
  tags: ReadonlyMap<Node, string>;
}

/** Notes what a tree is now. */
export function originalOf(yaml: Document.Parsed): Original {
  const items = new Map<Node, readonly unknown[]>();
  const values = new Map<Pair, unknown>();
  const tags = new Map<Node, string>();
  visit(yaml, {
    Pair: (_key, pair) => void values.set(pair, pair.value),
    Node: (_key, node) => {
      if (isCollection(node)) items.set(node, [...(node.items as unknown[])]);
      if ((isCollection(node) || isScalar(node)) && node.tag !== undefined) tags.set(node, node.tag);
    },
  });
  return { items, values, tags };
}
