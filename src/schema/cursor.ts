import { base64url } from '../domain/base64url.ts';
import type { OrderColumn } from '../store/scan.ts';
import type { Row } from '../store/rows.ts';
import { BadRequest } from './bad-request.ts';

const shapes: Record<OrderColumn['type'], (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  int: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  timestamptz: (value) => typeof value === 'string' && isTime(value),
};

// As `Date` writes it, within the years that PostgreSQL reads: it has no year 0.
function isTime(text: string): boolean {
  const time = new Date(text);
  return !text.startsWith('0000') && /^\d/.test(text) && !isNaN(+time) && time.toISOString() === text;
}

/** The position of a row in an order: the order's columns with the row's values, made opaque. */
export function encodeCursor(row: Row, order: readonly OrderColumn[]): string {
  const position = order.map(({ name }) => `"${name}":${JSON.stringify(row[name])}`);
  return base64url(`{${position.join()}}`);
}

/** The values that a cursor stands for. @throws BadRequest when it is none of this order */
export function decodeCursor(cursor: string, order: readonly OrderColumn[]): unknown[] {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    position = null;
  }
  // The names tell a cursor of another order, whose values may look alike.
  const entries = Object.entries(position ?? {}) as [string, unknown][];
  const fits =
    entries.length === order.length &&
    order.every(({ name, type }, i) => entries[i]?.[0] === name && shapes[type](entries[i][1]));
  if (!fits) {
    throw new BadRequest(
      `"${cursor}" is not a cursor of this list in this order. Take cursors from \`pageInfo\` or \`edges\` of the same list.`,
      'BAD_CURSOR',
    );
  }
  return entries.map(([, value]) => value);
}
