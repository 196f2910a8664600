import { isMap, isScalar, isSeq, visit } from 'yaml';
import type { Node } from 'yaml';
import type { ManifestDocument } from './document.ts';
import { scalarOf } from './scalar.ts';
import { commentsOf, nodeOf } from './yaml-node.ts';

/** A scalar of a document, and where it stands. */
export interface ManifestValue {
  /** The keys that lead to it; an item of a list goes by its `name`, or else by its number, such as `[0]`. */
  place: string[];
  text: string;
  /** Gives it another value, which is text. */
  replace: (text: string) => void;
}

/**
 * Takes away the tags that Meltano does not know. They are text of the author's: a password that begins with `!` and
 * stands without quotes is one.
 */
export function stripTags({ yaml }: ManifestDocument): void {
  visit(yaml, {
    Value: (_key, node) => {
      if (node.tag?.startsWith('!')) delete node.tag;
    },
  });
}

/** Every scalar of a document that is the value of a key, or an item of a list, and is not null. */
export function valuesIn({ yaml }: ManifestDocument): ManifestValue[] {
  const values: ManifestValue[] = [];
  const { version } = yaml.directives.yaml;
  const walk = (node: unknown, place: string[], set: (node: Node) => void): void => {
    if (isMap(node)) {
      for (const pair of node.items) {
        const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
        walk(pair.value, [...place, key], (value) => (pair.value = value));
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        const name: unknown = isMap(item) ? item.get('name') : undefined;
        walk(
          item,
          [...place, typeof name === 'string' ? name : `[${i}]`],
          (value) => (node.items[i] = value),
        );
      });
    } else if (isScalar(node) && typeof node.value === 'string' && scalarOf(node, version).value !== null) {
      const replace = (text: string): void => {
        set(Object.assign(nodeOf(text), commentsOf(node)));
      };
      values.push({ place, text: node.value, replace });
    }
  };
  walk(yaml.contents, [], () => undefined);
  return values;
}
