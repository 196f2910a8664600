import { printItem, printPair } from './print-node.ts';
import {
  blanksAfter,
  blanksBefore,
  columnOf,
  commentsAbove,
  eolAt,
  lineEnd,
  lineStart,
  nextLine,
} from './source-text.ts';
import { blockAtEnd, removedTogether, type Part } from './spans.ts';
import type { Row, Splice } from './splice.ts';

/** Lines, each but the empty ones with so many blanks before it. */
export function indented(lines: readonly string[], column: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line));
}

/** Adds and removes the lines of items, in a list or mapping that keeps some of its items. */
export function spliceBlock(
  splice: Splice,
  isList: boolean,
  parts: readonly Part[],
  rows: readonly Row[],
): void {
  let last = -1;
  for (let at = 0; at < rows.length; at++) {
    const { index, item } = rows[at] as Row;
    if (index === null) addLines(splice, isList, parts, last, item);
    else if (item !== undefined) last = index;
    else {
      const count = removedTogether(rows, at);
      last = index + count - 1;
      removeLines(splice, parts, index, last);
      at += count - 1;
    }
  }
}

/** Whether the first item stands beside something else, as in `- name: a` and `- - a`. */
function isBeside(text: string, { start }: Part): boolean {
  return text.slice(lineStart(text, start), start).trim() !== '';
}

/** Where the lines of an item begin, with the comments right above it. */
function linesStart(text: string, parts: readonly Part[], index: number): number {
  const { start, slot } = parts[index] as Part;
  const line = lineStart(text, start);
  const from = index === 0 ? headEnd(text, start) : nextLine(text, parts[index - 1]?.end ?? 0);
  return commentsAbove(text, line, columnOf(text, slot.start), Math.min(from, line));
}

/** The start of the line behind the last one above that is more than blanks and comments. */
function headEnd(text: string, start: number): number {
  let line = lineStart(text, start);
  while (line > 0) {
    const above = lineStart(text, line - 1);
    if (above >= line || !/^\s*(?:#.*)?$/.test(text.slice(above, line).trimEnd())) break;
    line = above;
  }
  return line;
}

function removeLines({ text, edits }: Splice, parts: readonly Part[], from: number, to: number): void {
  const [first, last] = [parts[from] as Part, parts[to] as Part];
  const next = parts[to + 1];
  if (from === 0 && next && isBeside(text, first)) {
    const isBare = text.slice(nextLine(text, last.end), next.start).trim() === '';
    // The next item takes its place, unless there are comments above that.
    if (isBare) edits.push({ start: first.start, end: next.start, text: '' });
    else edits.push({ start: first.start, end: lineEnd(text, last.end), text: '' });
    return;
  }
  const start = linesStart(text, parts, from);
  const end = nextLine(text, last.end);
  const above = blanksBefore(text, start, from === 0 ? start : nextLine(text, parts[from - 1]?.end ?? 0));
  const below = blanksAfter(text, end);
  // Of the blank lines on both sides, one side stays.
  if (above < start && (below > end || end === text.length)) edits.push({ start: above, end, text: '' });
  else edits.push({ start, end: from === 0 ? below : end, text: '' });
}

/** @param last the index of the item above */
function addLines(
  splice: Splice,
  isList: boolean,
  parts: readonly Part[],
  last: number,
  item: unknown,
): void {
  const { text, edits } = splice;
  const near = parts[Math.max(last, 0)] as Part;
  const column = columnOf(text, near.start);
  const lines = indented(isList ? itemLines(splice, near, item) : printPair(item, splice.style), column);
  const eol = eolAt(text, near.end);
  // The file may end inside a block of text. It keeps that end, unless the order counts.
  const open =
    near.end === text.length && !text.endsWith('\n') ? blockAtEnd(splice.original, near.value) : null;
  if (last === -1 || (open && !isList)) {
    const [first = '', ...rest] = lines;
    edits.push({
      start: near.start,
      end: near.start,
      text: `${[first.trimStart(), ...rest].join(eol)}${eol}${' '.repeat(column)}`,
    });
    return;
  }
  if (open) {
    // The text of the block still has no line end when something follows.
    const sign = (open.range?.[0] ?? 0) + 1;
    const signs = /^[-+\d]*/.exec(text.slice(sign, sign + 2))?.[0] ?? '';
    edits.push({ start: sign, end: sign + signs.length, text: `${signs.replace(/[-+]/, '')}-` });
  }
  const at = nextLine(text, near.end);
  // As between the items above; a short line more needs no room.
  const isApart = lines.length > 1 && last > 0 && last === parts.length - 1 && isGap(text, parts, last);
  const added = (isApart ? eol : '') + lines.join(eol);
  const isLastLine = at === text.length && !text.endsWith('\n');
  edits.push({ start: at, end: at, text: isLastLine ? eol + added : added + eol });
}

/** Whether there is a blank line between an item and the one above. */
function isGap(text: string, parts: readonly Part[], index: number): boolean {
  const end = nextLine(text, parts[index - 1]?.end ?? 0);
  return blanksAfter(text, end) > end;
}

/** A dash and an item, with the blanks that the item near it has behind its dash. */
function itemLines({ text, style }: Splice, { slot }: Part, item: unknown): string[] {
  const blanks = /^ +(?=[^\s#])/.exec(text.slice(slot.after, slot.after + 10))?.[0] ?? ' ';
  const { head, body } = printItem(item, style);
  return [`-${head === '' ? '' : blanks}${head}`, ...indented(body, 1 + blanks.length)];
}
