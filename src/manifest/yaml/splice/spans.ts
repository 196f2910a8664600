import { isAlias, isCollection, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { CST, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Original } from './original.ts';
import type { Row } from './splice.ts';

/** A place in a text that this module cannot edit in place. The document is then printed anew. */
export class NotSpliceable extends Error {}

/** Where a part of a document stands in its text. Comments around it do not belong to it. */
export interface Span {
  start: number;
  end: number;
}

/** The place of a value: what stands before it in the text. */
export interface Slot {
  /** Where the key or the dash begins. */
  start: number;
  /** Behind the `:` or `-` before it, or behind its key if there is no `:`. */
  after: number;
  /** False for a key without a `:`. */
  hasSign: boolean;
  /** Anchor, tag, comments and blanks between the sign and the value. */
  tokens: readonly CST.SourceToken[];
  /** Whether it is an item of a list. */
  isItem: boolean;
  /** Whether it stands in brackets or braces. */
  inFlow: boolean;
}

/** The items of a list or the pairs of a mapping in the text, and the places of their values. */
export interface Part extends Span {
  slot: Slot;
  value: unknown;
}

const around = new Set(['space', 'comma', 'comment', 'newline', 'flow-error-end']);

/** The end of a value, before the comment and the blanks behind it; null when the text has nothing for it. */
export function endOf(original: Original, node: unknown): number | null {
  if (isOriginal(original, node) && node.flow !== true) return lastEnd(original, node);
  const range = isAlias(node) || isScalar(node) || isCollection(node) ? node.range : null;
  return range == null || range[0] === range[1] ? null : range[1];
}

/** The end of the last item of a list or mapping in lines. */
function lastEnd(original: Original, node: YAMLMap | YAMLSeq): number | null {
  const items = original.items.get(node) ?? [];
  if (items.length === 0) return null;
  if (isMap(node)) return pairPart(original, items.at(-1), false).end;
  if (node.srcToken?.type !== 'block-seq') throw new NotSpliceable();
  const last = node.srcToken.items.findLast(({ start }) => start.some(isDash));
  return dashPart(original, last?.start ?? [], items.at(-1)).end;
}

/** The block of text, `|` or `>`, with which a value ends; null when it ends otherwise. */
export function blockAtEnd(original: Original, node: unknown): Scalar | null {
  if (isScalar(node)) return node.type?.startsWith('BLOCK_') ? node : null;
  if (!isOriginal(original, node) || node.flow === true) return null;
  const last = original.items.get(node)?.at(-1);
  return blockAtEnd(original, isPair(last) ? original.values.get(last) : last);
}

/** The parts of a list or a mapping as it was when the document was opened. */
export function partsOf(original: Original, node: YAMLMap | YAMLSeq, inFlow: boolean): Part[] {
  const items = original.items.get(node);
  if (!items) throw new NotSpliceable();
  return isMap(node)
    ? items.map((pair) => pairPart(original, pair, inFlow))
    : itemParts(original, node, items);
}

function pairPart(original: Original, pair: unknown, inFlow: boolean): Part {
  const token = isPair(pair) ? pair.srcToken : undefined;
  if (!token?.key || !('offset' in token.key)) throw new NotSpliceable();
  const before = token.start.find(({ type }) => !around.has(type));
  const keyEnd = endOf(original, (pair as Pair).key);
  if (keyEnd === null) throw new NotSpliceable();
  const sep = token.sep ?? [];
  const sign = sep.findIndex(({ type }) => type === 'map-value-ind');
  const start = before?.offset ?? token.key.offset;
  const slot: Slot = {
    start,
    after: sign === -1 ? keyEnd : endOfToken(sep[sign]),
    hasSign: sign !== -1,
    tokens: sep.slice(sign + 1),
    isItem: false,
    inFlow,
  };
  const value = original.values.get(pair as Pair);
  return { start, end: endIn(original, slot, value), slot, value };
}

function itemParts(original: Original, list: YAMLMap | YAMLSeq, items: readonly unknown[]): Part[] {
  const token = list.srcToken;
  if (token?.type === 'block-seq') {
    const dashes = token.items.filter(({ start }) => start.some(isDash));
    if (dashes.length !== items.length) throw new NotSpliceable();
    return dashes.map(({ start }, i) => dashPart(original, start, items[i]));
  }
  if (token?.type !== 'flow-collection') throw new NotSpliceable();
  const present = token.items.filter(({ key, sep, value }) => key != null || sep != null || value != null);
  if (present.length !== items.length) throw new NotSpliceable();
  return present.map(({ start, key, sep, value }, i) => {
    // A pair without braces, as in `[a: b]`.
    if (key != null || sep != null || value == null || !('offset' in value)) throw new NotSpliceable();
    const first = start.findIndex(({ type }) => !around.has(type));
    const tokens = first === -1 ? [] : start.slice(first);
    const begin = tokens[0]?.offset ?? value.offset;
    const slot = { start: begin, after: begin, hasSign: true, tokens, isItem: true, inFlow: true };
    return { start: begin, end: endIn(original, slot, items[i]), slot, value: items[i] };
  });
}

function isDash({ type }: CST.SourceToken): boolean {
  return type === 'seq-item-ind';
}

function dashPart(original: Original, before: readonly CST.SourceToken[], value: unknown): Part {
  const at = before.findIndex(isDash);
  const dash = before[at];
  if (!dash) throw new NotSpliceable();
  const tokens = before.slice(at + 1);
  const slot = {
    start: dash.offset,
    after: endOfToken(dash),
    hasSign: true,
    tokens,
    isItem: true,
    inFlow: false,
  };
  return { start: dash.offset, end: endIn(original, slot, value), slot, value };
}

/** The end of a value in its place: that of its anchor or tag, or of the sign before it, if it is empty. */
function endIn(original: Original, { after, tokens }: Slot, value: unknown): number {
  const end = endOf(original, value);
  if (end !== null) return end;
  const property = tokens.findLast(({ type }) => type === 'anchor' || type === 'tag');
  return property ? endOfToken(property) : after;
}

export function endOfToken(token: CST.SourceToken | undefined): number {
  return token ? token.offset + token.source.length : 0;
}

/** Whether a value is a list or a mapping of the document that was opened. */
export function isOriginal(original: Original, node: unknown): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && original.items.has(node);
}

/** The number of rows, from one on, whose items stand side by side in the text and are removed together. */
export function removedTogether(rows: readonly Row[], from: number): number {
  const first = rows[from]?.index ?? NaN;
  let count = 1;
  while (rows[from + count]?.index === first + count && rows[from + count]?.item === undefined) count += 1;
  return count;
}
