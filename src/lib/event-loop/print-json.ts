import { jsonSize, maxLevels } from './json-size.ts';
import { printJson } from './json-text.ts';
import { inSlices } from './slices.ts';

/** Bytes of JSON that are written at once. */
const pieceBytes = 20_000;

/** Keys of an object that is written at once. */
const fewKeys = 1000;

/** A value has more than `maxLevels` levels. */
export class TooManyLevels extends RangeError {}

/** `printJson` for what may be large, in slices. @throws TooManyLevels */
export async function printLargeJson(value: unknown): Promise<string> {
  if (isSmall(value)) return printJson(value);
  const turn = inSlices();
  const pieces: string[] = [];
  for (const piece of piecesOf(value)) {
    pieces.push(piece);
    await turn();
  }
  return pieces.join('');
}

/**
 * @param value a list, an object or a text that is not small
 * @param levels how many levels it may have
 */
function* piecesOf(value: unknown, levels = maxLevels): Generator<string> {
  if (typeof value === 'string') {
    yield* piecesOfText(value);
    return;
  }
  if (levels === 0) throw new TooManyLevels();
  const container = value as Record<string | number, unknown>;
  const keys = Array.isArray(value) ? null : Object.keys(container);
  const count = keys?.length ?? (value as unknown[]).length;
  // A list, since a text that grows by bits takes long to put together in the end.
  let [piece, size, comma] = [[keys ? '{' : '['], 0, ''];
  for (let i = 0; i < count; i += 1) {
    const item = container[keys?.[i] ?? i];
    if (keys && item === undefined) continue;
    piece.push(keys ? `${comma}${JSON.stringify(keys[i])}:` : comma);
    comma = ',';
    if (isSmall(item, levels - 1)) {
      // In a list, what JSON has no word for is null.
      const printed = item === undefined ? 'null' : printJson(item);
      piece.push(printed);
      size += printed.length + 1;
      if (size < pieceBytes) continue;
      yield piece.join('');
    } else {
      yield piece.join('');
      yield* piecesOf(item, levels - 1);
    }
    [piece, size] = [[], 0];
  }
  yield `${piece.join('')}${keys ? '}' : ']'}`;
}

function* piecesOfText(text: string): Generator<string> {
  yield '"';
  let from = 0;
  while (from < text.length) {
    let end = Math.min(from + pieceBytes, text.length);
    // The two halves of a character stay together: a half alone would be escaped.
    if (/^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(end - 1, end + 1))) end += 1;
    yield JSON.stringify(text.slice(from, end)).slice(1, -1);
    from = end;
  }
  yield '"';
}

function isSmall(value: unknown, levels = maxLevels): boolean {
  if (typeof value === 'string') return value.length <= pieceBytes;
  if (typeof value !== 'object' || value === null) return true;
  if ('toJSON' in value && typeof value.toJSON === 'function') return true;
  if (!Array.isArray(value) && Object.keys(value).length > fewKeys) return false;
  return jsonSize(value, pieceBytes, undefined, levels) <= pieceBytes;
}
