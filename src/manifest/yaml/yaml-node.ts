import { Document, isCollection, isPair, isScalar, parseDocument } from 'yaml';
import type { Node, YAMLSeq } from 'yaml';

/**
 * A value as a node whose scalars are all text. Each has the quotes that it needs to be read with the same
 * type again.
 */
export function nodeOf(value: unknown): Node {
  // In a list, because a byte order mark at the start of a text would be taken for that of the file. Also quotes
  // what only YAML 1.1 reads as something other than text, because people know those rules.
  const text = new Document([value], { compat: 'yaml-1.1' }).toString({ lineWidth: 0 });
  const { contents } = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  return (contents as unknown as YAMLSeq<Node>).items[0] as Node;
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

/**
 * Reads a block of text whose last line has no line end, because the file ends there, as Meltano does: the text has
 * none either. The library adds one.
 */
export function readOpenText({ contents }: { contents: unknown }, text: string): void {
  if (text.slice(text.lastIndexOf('\n') + 1).trim() === '') return;
  let last = contents;
  while (isCollection(last) || isPair(last)) last = isPair(last) ? last.value : last.items.at(-1);
  if (!isScalar(last) || !last.type?.startsWith('BLOCK_') || last.range?.[1] !== text.length) return;
  last.source = last.source?.replace(/\n$/, '') ?? '';
  last.value = last.source;
}
