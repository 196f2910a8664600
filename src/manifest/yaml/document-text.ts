import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { newReading } from '../reading.ts';
import type { ManifestDocument } from './document.ts';
import { withEdits, type Edit } from './splice/source-text.ts';
import { editsOf } from './splice/splice.ts';
import { maxDepth, parseYaml } from './yaml-text.ts';
import { plainValue } from './yaml-value.ts';

/**
 * The text of a document: the text that was read, with the edits of the tree and nothing else changed. If that
 * would not be read as what the tree has become, the tree is printed anew: then the content is right, and only
 * blanks, line ends and quotes may be others.
 */
export function textOfDocument(document: ManifestDocument): string {
  return editedText(document).text;
}

/** `textOfDocument`, and the edits that were made; null when the whole text was printed anew. */
export function editedText(document: ManifestDocument): { text: string; edits: readonly Edit[] | null } {
  const { yaml, text, original, style } = document;
  const edits = editsOf(text, yaml, original, style);
  if (edits?.length === 0) return { text, edits };
  const edited = edits && withEdits(text, edits);
  if (edited !== null && isDeepStrictEqual(valueOf(edited), valueOfTree(yaml)))
    return { text: edited, edits };
  return { text: printedAnew(document), edits: null };
}

function printedAnew({ yaml, text, style }: ManifestDocument): string {
  const printed = yaml.toString(style);
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const eol = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
  // A comment still has the `\r` of its line end.
  const lines = printed.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return mark + lines.join(eol);
}

function valueOf(text: string): unknown {
  return parseYaml(newReading(), '', text);
}

function valueOfTree(yaml: Document.Parsed): unknown {
  const nowhere = { file: '', line: 1 };
  return plainValue(newReading(), yaml, () => nowhere, maxDepth);
}
