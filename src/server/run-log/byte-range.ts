/** Bytes of a file, from one place to another. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What a `Range` header asks for, before the size is known: from one byte to another, both included, or the last ones. */
export type AskedRange = { first: number; last: number | null } | { suffix: number };

/**
 * Reads a `Range` header (RFC 9110, §14). Null when the whole is to be sent: also for another unit than bytes, for what
 * cannot be read, and for several ranges.
 */
export function readRange(header: string | undefined): AskedRange | null {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '') return last === '' ? null : { suffix: Number(last) };
  if (last !== '' && Number(last) < Number(first)) return null;
  return { first: Number(first), last: last === '' ? null : Number(last) };
}

/** The bytes that are asked for of a file; null when it has none of them. */
export function rangeOf(asked: AskedRange, size: number): ByteRange | null {
  if ('suffix' in asked) {
    const start = Math.max(0, size - asked.suffix);
    return start < size ? { start, end: size } : null;
  }
  if (asked.first >= size) return null;
  return { start: asked.first, end: asked.last === null ? size : Math.min(size, asked.last + 1) };
}
