/**
 * Codes for a terminal by ECMA-48: control sequences such as colors, control strings such as links and titles, and
 * other escapes. A code that was cut off counts, and of a control string without an end its beginning.
 */
export const ansiCode =
  /(?:\x1B\[|\x9B)[0-?]*[ -/]*[@-~]?|\x1B[\]PX^_](?:[^\x07\x1B\x9C]*(?:\x07|\x1B\\|\x9C))?|\x1B[ -/]*[0-~]?/g;

/** Whether a text has codes for a terminal. */
export function hasAnsi(text: string): boolean {
  return text.includes('\x1B') || text.includes('\x9B');
}

/** A text without codes for a terminal. */
export function withoutAnsi(text: string): string {
  return hasAnsi(text) ? text.replace(ansiCode, '') : text;
}

/**
 * What remains to be seen on a terminal of lines that a program has rewritten by carriage returns, such as a progress
 * bar: of each line the last state that shows anything.
 */
export function lastStates(text: string): string {
  if (!text.includes('\r')) return text;
  return text.split('\n').map(lastState).join('\n');
}

function lastState(line: string): string {
  for (let end = line.length; ;) {
    const start = end === 0 ? 0 : line.lastIndexOf('\r', end - 1) + 1;
    const state = line.slice(start, end);
    if (start === 0 || withoutAnsi(state).trim() !== '') return state;
    end = start - 1;
  }
}
