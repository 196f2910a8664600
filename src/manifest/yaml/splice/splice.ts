import { isAlias, isCollection, isMap, isScalar, isSeq, YAMLMap, YAMLSeq } from 'yaml';
import type { CST, Document, Pair } from 'yaml';
import type { Original } from './original.ts';
import { printInFlow, printItem, printValue, type Style } from './print-node.ts';
import { columnOf, eolAt, lineEnd, type Edit } from './source-text.ts';
import { endOf, endOfToken, isOriginal, NotSpliceable, partsOf, type Slot } from './spans.ts';
import { indented, spliceBlock } from './splice-block.ts';
import { spliceFlow } from './splice-flow.ts';

/** A document that was opened and edited as a tree, and the edits of its text that have been found. */
export interface Splice {
  text: string;
  original: Original;
  style: Style;
  edits: Edit[];
}

/**
 * The edits that make of the text of a document what its tree has become, and leave all else as it is written.
 * Null when the text is written in a way that this cannot edit.
 */
export function editsOf(
  text: string,
  { contents }: Document.Parsed,
  original: Original,
  style: Style,
): Edit[] | null {
  const splice: Splice = { text, original, style, edits: [] };
  try {
    if (!isOriginal(original, contents) || hasLostTag(splice, contents)) return null;
    if (isAnew(splice, contents)) spliceRoot(splice, contents);
    else spliceItems(splice, contents, false);
    return splice.edits;
  } catch (error) {
    if (error instanceof NotSpliceable) return null;
    throw error;
  }
}

/** Whether nothing of what a list or mapping had is left in its place, so that it is written anew. */
function isAnew({ original }: Splice, node: YAMLMap | YAMLSeq): boolean {
  const before = original.items.get(node) ?? [];
  const items = node.items as unknown[];
  if (before.length === 0 || items.length === 0) return before.length !== items.length;
  if (isSeq(node)) return false;
  const kept = new Set(before);
  return !items.some((item) => kept.has(item));
}

function spliceRoot(splice: Splice, contents: YAMLMap | YAMLSeq): void {
  const start = contents.range?.[0] ?? 0;
  const end = endOf(splice.original, contents) ?? contents.range?.[1] ?? start;
  const { head, body } = printItem(bare(splice, contents, false), splice.style);
  splice.edits.push({ start, end, text: [head, ...body].join(eolAt(splice.text, end)) });
}

/** Edits a list or mapping that keeps some of its items. */
function spliceItems(splice: Splice, node: YAMLMap | YAMLSeq, inFlow: boolean): void {
  const { original } = splice;
  const before = original.items.get(node) ?? [];
  const isFlow = inFlow || node.flow === true;
  const parts = partsOf(original, node, isFlow);
  const rows = rowsOf(before, node);
  if (isFlow) spliceFlow(splice, node, parts, rows);
  else spliceBlock(splice, isSeq(node), parts, rows);
  for (const { index, item } of rows) {
    if (index === null || item === undefined) continue;
    const { slot } = parts[index] as { slot: Slot };
    if (isSeq(node)) spliceValue(splice, slot, before[index], item);
    else {
      if (hasLostTag(splice, (item as Pair).key)) throw new NotSpliceable();
      spliceValue(splice, slot, original.values.get(item as Pair), (item as Pair).value);
    }
  }
}

/** An item of a list or a pair of a mapping: what it was, and what it is. */
export interface Row {
  /** Its index among the former items; null when it is new. */
  index: number | null;
  /** Undefined when it was removed. */
  item: unknown;
}

/**
 * The items that there were and those that there are now, in the order of the text. In a list, a new item counts
 * as a change of one that was removed in its place.
 */
function rowsOf(before: readonly unknown[], node: YAMLMap | YAMLSeq): Row[] {
  const indexes = new Map(before.map((item, index) => [item, index]));
  const rows: Row[] = [];
  let at = 0;
  let added: unknown[] = [];
  const pass = (to: number): void => {
    const changed = isSeq(node) ? added.splice(0, to - at) : [];
    for (; at < to; at++) rows.push({ index: at, item: changed.shift() });
    rows.push(...added.map((item) => ({ index: null, item })));
    added = [];
  };
  for (const item of node.items as unknown[]) {
    const index = indexes.get(item);
    if (index === undefined) {
      added.push(item);
      continue;
    }
    if (index < at) throw new NotSpliceable();
    pass(index);
    rows.push({ index, item });
    at = index + 1;
  }
  pass(before.length);
  return rows;
}

function spliceValue(splice: Splice, slot: Slot, before: unknown, now: unknown): void {
  if (before !== now || (isOriginal(splice.original, now) && isAnew(splice, now))) {
    replaceValue(splice, slot, before, now);
    return;
  }
  if (isOriginal(splice.original, now)) spliceItems(splice, now, slot.inFlow);
  if (hasLostTag(splice, now)) removeTag(splice, slot);
}

function hasLostTag({ original }: Splice, node: unknown): boolean {
  return (isCollection(node) || isScalar(node)) && original.tags.has(node) && node.tag === undefined;
}

function removeTag({ edits }: Splice, { tokens }: Slot): void {
  const at = tokens.findIndex(({ type }) => type === 'tag');
  const tag = tokens[at];
  if (!tag) throw new NotSpliceable();
  const next = tokens[at + 1];
  edits.push({ start: tag.offset, end: endOfToken(next?.type === 'space' ? next : tag), text: '' });
}

/** Writes another value into the place of one. A comment beside it stays. */
function replaceValue(splice: Splice, slot: Slot, before: unknown, now: unknown): void {
  const { text, edits, style } = splice;
  const { after, isItem, inFlow, hasSign } = slot;
  const { start, end } = valueSpan(splice, slot, before);
  const isEmpty = start === end;
  const value = bare(splice, now, inFlow);
  if (inFlow) {
    const sign = !isEmpty ? '' : hasSign ? ' ' : ': ';
    edits.push({ start, end, text: sign + printInFlow(value, style) });
    return;
  }
  if (!hasSign) throw new NotSpliceable();
  const gap =
    isEmpty || text.slice(after, start).trim() !== '' || text.slice(after, start).includes('\n')
      ? ' '
      : text.slice(after, start);
  const { head, body } = isItem ? printItem(value, style) : printValue(value, style);
  const column = columnOf(text, slot.start) + (isItem ? 1 + gap.length : 0);
  const beside = head === '' ? '' : gap + head;
  const below = indented(body, column)
    .map((line) => eolAt(text, after) + line)
    .join('');
  if (text.slice(after, end).includes('\n')) {
    edits.push({ start: after, end, text: beside + commentBeside(text, slot, before) + below });
    return;
  }
  edits.push({ start: after, end, text: beside });
  const behind = lineEnd(text, end);
  if (below !== '') edits.push({ start: behind, end: behind, text: below });
}

/** Where a value and its anchor and tag stand; an empty span behind the sign when there is nothing. */
function valueSpan(
  { text, original }: Splice,
  { after, tokens }: Slot,
  before: unknown,
): { start: number; end: number } {
  const isProperty = ({ type }: CST.SourceToken): boolean => type === 'anchor' || type === 'tag';
  const own = endOf(original, before);
  const range = isAlias(before) || isScalar(before) || isCollection(before) ? before.range : null;
  const start = tokens.find(isProperty)?.offset ?? (own === null ? after : (range?.[0] ?? after));
  let end = own ?? Math.max(after, endOfToken(tokens.findLast(isProperty)));
  // A block of text ends with a line end, which stays.
  while (end > start && /[\r\n]/.test(text[end - 1] ?? '')) end--;
  return { start, end };
}

/** The comment on the line of a key or dash whose value goes on below, with a blank before it. */
function commentBeside(text: string, { tokens }: Slot, before: unknown): string {
  const above = tokens.slice(0, tokens.findIndex(({ type }) => type === 'newline') >>> 0);
  const comment = above.find(({ type }) => type === 'comment');
  if (comment) return ` ${comment.source}`;
  if (!isScalar(before) || !before.type?.startsWith('BLOCK_')) return '';
  const start = before.range?.[0] ?? 0;
  return /\s#.*/.exec(text.slice(start, lineEnd(text, start)))?.[0] ?? '';
}

/** A value without the comments beside it, which are in the text already. What was empty is written in lines. */
function bare({ original }: Splice, node: unknown, inFlow: boolean): unknown {
  if (isScalar(node)) {
    const copy = node.clone();
    delete copy.comment;
    delete copy.commentBefore;
    delete copy.spaceBefore;
    return copy;
  }
  if (!isOriginal(original, node)) return node;
  const copy = isMap(node) ? new YAMLMap() : new YAMLSeq();
  copy.items = node.items;
  if (inFlow || (node.flow === true && original.items.get(node)?.length !== 0)) copy.flow = true;
  if (node.anchor !== undefined) copy.anchor = node.anchor;
  if (node.tag !== undefined) copy.tag = node.tag;
  return copy;
}
