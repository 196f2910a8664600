import type { YAMLMap, YAMLSeq } from 'yaml';
import { isSeq } from 'yaml';
import { printInFlow, printPairInFlow } from './print-node.ts';
import { columnOf, eolAt, lineEnd, lineStart, nextLine } from './source-text.ts';
import { NotSpliceable, removedTogether, type Part } from './spans.ts';
import type { Row, Splice } from './splice.ts';

/** Adds and removes items in brackets or braces that keep some of their items. */
export function spliceFlow(
  splice: Splice,
  node: YAMLMap | YAMLSeq,
  parts: readonly Part[],
  rows: readonly Row[],
): void {
  let last = -1;
  for (let at = 0; at < rows.length; at++) {
    const { index, item } = rows[at] as Row;
    if (index !== null && item !== undefined) last = index;
    else if (index === null) {
      const added = rows.slice(at).findIndex((row) => row.index !== null);
      const count = added === -1 ? rows.length - at : added;
      addItems(
        splice,
        node,
        parts,
        last,
        rows.slice(at, at + count).map((row) => row.item),
      );
      at += count - 1;
    } else {
      const count = removedTogether(rows, at);
      removeItems(splice, parts, index, index + count - 1);
      at += count - 1;
    }
  }
}

function addItems(
  { text, edits, style }: Splice,
  node: YAMLMap | YAMLSeq,
  parts: readonly Part[],
  last: number,
  items: readonly unknown[],
): void {
  const printed = items.map((item) =>
    isSeq(node) ? printInFlow(item, style) : printPairInFlow(item, style),
  );
  const near = parts[last];
  if (!near) {
    const first = parts[0];
    if (!first) throw new NotSpliceable();
    edits.push({ start: first.start, end: first.start, text: `${printed.join(', ')}, ` });
    return;
  }
  const end = near.end;
  const isOwnLine = text.slice(lineStart(text, near.start), near.start).trim() === '';
  const close = node.range?.[1] ?? end;
  if (!isOwnLine || nextLine(text, end) >= close) {
    edits.push({ start: end, end, text: `, ${printed.join(', ')}` });
    return;
  }
  // Each item has a line of its own, and perhaps a comment behind it.
  const indent = ' '.repeat(columnOf(text, near.start));
  const hasComma = /^\s*,/.test(text.slice(end, close));
  if (!hasComma) edits.push({ start: end, end, text: ',' });
  const at = lineEnd(text, end);
  const lines = printed.map((item, i) => `${indent}${item}${hasComma || i < printed.length - 1 ? ',' : ''}`);
  edits.push({ start: at, end: at, text: lines.map((line) => eolAt(text, at) + line).join('') });
}

function removeItems({ text, edits }: Splice, parts: readonly Part[], from: number, to: number): void {
  const [first, last] = [parts[from] as Part, parts[to] as Part];
  const next = parts[to + 1];
  const line = lineStart(text, first.start);
  const isOwnLine = text.slice(line, first.start).trim() === '';
  const rest = text.slice(last.end, lineEnd(text, last.end)).trim().replace(/^,/, '').trimStart();
  if (isOwnLine && (rest === '' || rest.startsWith('#'))) {
    edits.push({ start: line, end: nextLine(text, last.end), text: '' });
  } else if (next) edits.push({ start: first.start, end: next.start, text: '' });
  else {
    const before = parts[from - 1];
    if (!before || text.slice(before.end, first.start).includes('#')) throw new NotSpliceable();
    edits.push({ start: before.end, end: last.end, text: '' });
  }
}
