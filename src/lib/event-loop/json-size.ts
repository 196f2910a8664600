import { JsonText } from './json-text.ts';
import { inSlices } from './slices.ts';

/** How large a text is. */
type SizeOf = (text: string) => number;

/** The number of characters of a text: to know it takes a small part of the time in which its bytes are counted. */
export const characters: SizeOf = ({ length }) => length;

const bytes: SizeOf = (text) => Buffer.byteLength(text);

/**
 * How many bytes the JSON of a value has at least: signs that JSON writes as two, such as quotes in a text, count as
 * one.
 *
 * @param limit where to stop counting: whatever is larger is only found to be larger
 * @param sizeOf what is counted of texts
 */
export function jsonSize(value: unknown, limit: number, sizeOf = bytes): number {
  switch (typeof value) {
    case 'string':
      return sizeOf(value) + 2;
    case 'object':
      if (value === null) return 4;
      if (value instanceof JsonText) return sizeOf(value.text);
      return Array.isArray(value) ? sizeOfList(value, limit, sizeOf) : sizeOfObject(value, limit, sizeOf);
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
function* piecesOf(value: unknown): Generator<number> {
  const whole = jsonSize(value, pieceBytes);
  if (whole <= pieceBytes || typeof value !== 'object' || value === null || value instanceof JsonText) {
    yield whole;
    return;
  }
  const names = Array.isArray(value) ? null : Object.keys(value);
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let size = 2;
  for (const [i, item] of items.entries()) {
    size += (names?.[i]?.length ?? -3) + 4;
    const least = jsonSize(item, pieceBytes);
    if (least <= pieceBytes) size += least;
    else yield* piecesOf(item);
    if (size < pieceBytes) continue;
    yield size;
    size = 0;
  }
  yield size;
}

function sizeOfList(values: readonly unknown[], limit: number, sizeOf: SizeOf): number {
  let size = 2;
  for (const value of values) {
    size += jsonSize(value, limit - size, sizeOf) + 1;
    if (size > limit) break;
  }
  return size;
}

function sizeOfObject(object: object, limit: number, sizeOf: SizeOf): number {
  let size = 2;
  for (const name in object) {
    size += name.length + 4 + jsonSize((object as Record<string, unknown>)[name], limit - size, sizeOf);
    if (size > limit) break;
  }
  return size;
}
