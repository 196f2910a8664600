import { JsonText } from './json-text.ts';
import { inSlices } from './slices.ts';

/** How large a text is. */
type SizeOf = (text: string) => number;

/** The number of characters of a text: to know it takes a small part of the time in which its bytes are counted. */
export const characters: SizeOf = ({ length }) => length;

const bytes: SizeOf = (text) => Buffer.byteLength(text);

/** The levels of a value that are counted and written: each takes room on the stack. */
export const maxLevels = 500;

/**
 * How many bytes the JSON of a value has at least: signs that JSON writes as two, such as quotes in a text, count as
 * one.
 *
 * @param limit where to stop counting: whatever is larger is only found to be larger
 * @param sizeOf what is counted of texts
 * @param levels how deep to look: what is nested deeper is infinitely large
 */
export function jsonSize(value: unknown, limit: number, sizeOf = bytes, levels = maxLevels): number {
  switch (typeof value) {
    case 'string':
      return sizeOf(value) + 2;
    case 'object':
      if (value === null) return 4;
      if (value instanceof JsonText) return sizeOf(value.text);
      if (levels === 0) return Infinity;
      return Array.isArray(value)
        ? sizeOfList(value, limit, sizeOf, levels - 1)
        : sizeOfObject(value, limit, sizeOf, levels - 1);
    default:
      return 4;
  }
}

/** Bytes of JSON that are counted at once. */
const pieceBytes = 20_000;

/** `jsonSize` for what may have many values, in slices. */
export async function largeJsonSize(value: unknown, limit: number): Promise<number> {
  const turn = inSlices();
  let size = 0;
  for (const piece of piecesOf(value)) {
    size += piece;
    if (size > limit) break;
    await turn();
  }
  return size;
}

/** The sizes of the parts of a value, some bytes at a time. */
function* piecesOf(value: unknown, levels = maxLevels): Generator<number> {
  const whole = jsonSize(value, pieceBytes, bytes, levels);
  if (
    whole <= pieceBytes ||
    levels === 0 ||
    typeof value !== 'object' ||
    value === null ||
    value instanceof JsonText
  ) {
    yield whole;
    return;
  }
  const names = Array.isArray(value) ? null : Object.keys(value);
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let size = 2;
  for (const [i, item] of items.entries()) {
    size += (names?.[i]?.length ?? -3) + 4;
    const least = jsonSize(item, pieceBytes, bytes, levels - 1);
    if (least <= pieceBytes) size += least;
    else yield* piecesOf(item, levels - 1);
    if (size < pieceBytes) continue;
    yield size;
    size = 0;
  }
  yield size;
}

function sizeOfList(values: readonly unknown[], limit: number, sizeOf: SizeOf, levels: number): number {
  let size = 2;
  for (const value of values) {
    size += jsonSize(value, limit - size, sizeOf, levels) + 1;
    if (size > limit) break;
  }
  return size;
}

function sizeOfObject(object: object, limit: number, sizeOf: SizeOf, levels: number): number {
  let size = 2;
  for (const name in object) {
    const value = (object as Record<string, unknown>)[name];
    size += name.length + 4 + jsonSize(value, limit - size, sizeOf, levels);
    if (size > limit) break;
  }
  return size;
}
