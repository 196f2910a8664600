import { base64url } from '../../lib/base64url.ts';

/** Which transactions PostgreSQL had committed at a moment, as it writes a `pg_snapshot`: `xmin:xmax:xip,xip`. */
export type Snapshot = string;

/** Transactions under way in a snapshot that a cursor names. */
const maxUnderWay = 100;

/** A place in the stream of changes, as opaque text: all changes that are visible in the snapshot lie before it. */
export function encodeSnapshot(snapshot: Snapshot): string {
  const [xmin = '', , underWay = ''] = snapshot.split(':');
  // What lies after such a place may come again. It keeps the cursor short.
  const isLong = underWay.split(',').length > maxUnderWay;
  return base64url(isLong ? `${xmin}:${xmin}:` : snapshot);
}

/** The snapshot in a cursor; null when the text is none. PostgreSQL refuses a snapshot whose numbers are not in order. */
export function decodeSnapshot(cursor: string): Snapshot | null {
  // No longer than one that has the most transactions under way.
  if (cursor.length > 4000) return null;
  const snapshot = Buffer.from(cursor, 'base64url').toString('latin1');
  const parts = /^([1-9]\d{0,17}):([1-9]\d{0,17}):((?:\d{1,18},)*\d{1,18})?$/.exec(snapshot);
  if (!parts) return null;
  const [, xmin = '', xmax = '', list] = parts;
  const underWay = list === undefined ? [] : list.split(',');
  const numbers = [xmin, ...underWay, xmax].map(BigInt);
  const isInOrder = numbers.every((number, i) => {
    const before = numbers[i - 1];
    if (before === undefined) return true;
    // The first transaction that is under way is `xmin` itself. Nothing is under way from `xmax` on.
    return underWay.length === 0 || i === 1 ? before <= number : before < number;
  });
  return isInOrder ? snapshot : null;
}
