import { Document, parseDocument } from 'yaml';
import type { Node } from 'yaml';

/** A value as a node whose scalars are all text, in the quotes that they need to be read as what they are. */
export function nodeOf(value: unknown): Node {
  // Quotes also for what YAML 1.1 would take for something else: people read files by those rules.
  const text = new Document(value, { compat: 'yaml-1.1' }).toString({ lineWidth: 0 });
  return parseDocument(text, { schema: 'failsafe', uniqueKeys: false }).contents as Node;
}

/** The comments and the blank line that belong to a node. */
export function commentsOf(node: Node): Partial<Pick<Node, 'comment' | 'commentBefore' | 'spaceBefore'>> {
  const { comment, commentBefore, spaceBefore } = node;
  return {
    ...(comment == null ? {} : { comment }),
    ...(commentBefore == null ? {} : { commentBefore }),
    ...(spaceBefore === undefined ? {} : { spaceBefore }),
  };
}
