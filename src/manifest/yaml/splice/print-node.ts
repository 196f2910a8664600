import { Document, Pair, YAMLSeq } from 'yaml';
import type { Node, ToStringOptions } from 'yaml';

/** How new parts of a document are printed. */
export type Style = ToStringOptions & { indent: number };

/** A part of a document as text: what stands beside its key or dash, and the lines below that. */
export interface Printed {
  head: string;
  /** Indented relative to the column of the key or dash. */
  body: string[];
}

/** A value as it stands below a key. */
export function printValue(value: unknown, style: Style): Printed {
  const [first = '', ...body] = printPair(new Pair('k', value), style);
  return { head: first.slice('k:'.length).trimStart(), body };
}

/** The lines of a key with its value. */
export function printPair(pair: unknown, style: Style): string[] {
  const { contents, fragment } = emptyMap();
  contents.items.push(pair as Pair);
  return linesOf(fragment, style);
}

/** A value as it stands beside a dash; its lines begin in the column of the value. */
export function printItem(value: unknown, style: Style): Printed {
  // The library puts the value two columns behind the dash.
  const [first = '', ...body] = linesOf(fragmentOf(listOf(value)), style);
  return { head: first.slice('- '.length), body: body.map((line) => line.replace(/^ {2}/, '')) };
}

/** A value on one line, as it stands in brackets or braces. */
export function printInFlow(value: unknown, style: Style): string {
  const list = listOf(value);
  list.flow = true;
  return inBrackets(linesOf(fragmentOf(list), flowing(style)));
}

/** A key with its value on one line, as it stands in braces. */
export function printPairInFlow(pair: unknown, style: Style): string {
  const { contents, fragment } = emptyMap();
  contents.items.push(pair as Pair);
  contents.flow = true;
  return inBrackets(linesOf(fragment, flowing(style)));
}

function flowing(style: Style): Style {
  return { ...style, collectionStyle: 'flow', flowCollectionPadding: false };
}

function inBrackets(lines: readonly string[]): string {
  return lines.join(' ').slice(1, -1).trim();
}

function listOf(value: unknown): YAMLSeq {
  const list = new YAMLSeq();
  list.items.push(value);
  return list;
}

function emptyMap() {
  const fragment = new Document({}, { schema: 'failsafe' });
  return { fragment, contents: fragment.contents as unknown as { items: Pair[]; flow?: boolean } };
}

function fragmentOf(contents: Node): Document {
  const fragment = new Document(null, { schema: 'failsafe' });
  fragment.contents = contents;
  return fragment;
}

function linesOf(fragment: Document, style: Style): string[] {
  return fragment
    .toString({ ...style, verifyAliasOrder: false })
    .replace(/\n$/, '')
    .split('\n');
}
