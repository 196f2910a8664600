/** A replacement of a part of a text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The start of the line with a character. A byte order mark is no part of a line. */
export function lineStart(text: string, at: number): number {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start;
}

/** The column of a character, from 0. What stands before it is blanks and signs, which are one column wide. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

/** The end of the line with a character, before its line end. */
export function lineEnd(text: string, at: number): number {
  const next = text.indexOf('\n', at);
  if (next === -1) return text.length;
  return next > at && text[next - 1] === '\r' ? next - 1 : next;
}

/** The start of the next line behind a value. A block of text ends with its last line, so that is `end` itself. */
export function nextLine(text: string, end: number): number {
  if (end > 0 && text[end - 1] === '\n') return end;
  const next = text.indexOf('\n', end);
  return next === -1 ? text.length : next + 1;
}

/** The line end that the lines around a place have. */
export function eolAt(text: string, at: number): string {
  const before = text.lastIndexOf('\n', at - 1);
  const end = before === -1 ? text.indexOf('\n', at) : before;
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** The start of the blank lines before a place at the start of a line, not before `from`. */
export function blanksBefore(text: string, at: number, from: number): number {
  let start = at;
  while (start > from) {
    const line = Math.max(from, lineStart(text, start - 1));
    if (text.slice(line, start).trim() !== '') break;
    start = line;
  }
  return start;
}

/** The end of the blank lines that begin at a place at the start of a line. */
export function blanksAfter(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const newline = text.indexOf('\n', end);
    const next = newline === -1 ? text.length : newline + 1;
    if (text.slice(end, next).trim() !== '') break;
    end = next;
  }
  return end;
}

/** The start of the comments right above a line, in the same column, not before `from`. */
export function commentsAbove(text: string, line: number, column: number, from: number): number {
  let start = line;
  while (start > from) {
    const above = Math.max(from, lineStart(text, start - 1));
    const content = text.slice(above, start);
    if (!content.startsWith(`${' '.repeat(column)}#`)) break;
    start = above;
  }
  return start;
}

/** A text with replacements of parts that do not overlap; null when they do. */
export function withEdits(text: string, edits: readonly Edit[]): string | null {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: replacement } of inOrder(edits)) {
    if (start < at) return null;
    parts.push(text.slice(at, start), replacement);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

export function inOrder(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** The line, from 1, that a line of a text has after edits of the text; of one that is gone, the line in its place. */
export function movedLines(text: string, edits: readonly Edit[]): (line: number) => number {
  const moved = [0];
  const ordered = inOrder(edits);
  let [line, shift, next] = [1, 0, 0];
  for (let start = 0; start !== -1; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    moved.push(Math.max(1, moved[line - 1] ?? 1, line + shift));
    for (; next < ordered.length && (ordered[next] as Edit).start <= end; next++) {
      const edit = ordered[next] as Edit;
      shift += linesIn(edit.text) - linesIn(text.slice(edit.start, edit.end));
    }
    start = newline === -1 ? -1 : newline + 1;
  }
  return (line) => moved[line] ?? line;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
