import { base64url } from '../../lib/base64url.ts';
import { isUuid } from '../../lib/uuid.ts';
import { BadRequest } from './bad-request.ts';
import type { Row } from '../rows.ts';
import type { OrderColumn } from '../sources.ts';

const shapes: Record<OrderColumn['type'], (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  uuid: (value) => typeof value === 'string' && isUuid(value),
  int: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  timestamptz: (value) => typeof value === 'string' && isTime(value),
};

// A time as `Date` writes it, in a year that PostgreSQL can read. PostgreSQL has no year 0.
function isTime(text: string): boolean {
  const time = new Date(text);
  return !text.startsWith('0000') && /^\d/.test(text) && !isNaN(+time) && time.toISOString() === text;
}

/** The position of a row in an order: the row's values of the order's columns, as opaque text. */
export function encodeCursor(row: Row, order: readonly OrderColumn[]): string {
  let position = '';
  for (const { name, type } of order) {
    // In a UUID there is nothing to escape.
    const value = type === 'uuid' ? `"${row[name] as string}"` : JSON.stringify(row[name]);
    position += `${position === '' ? '{' : ','}"${name}":${value}`;
  }
  return base64url(`${position}}`);
}

/**
 * The values in a cursor. Null without one: many clients send an empty text where they have none.
 *
 * @throws BadRequest when the cursor does not belong to this order
 */
export function decodeCursor(
  cursor: string | null | undefined,
  order: readonly OrderColumn[],
): unknown[] | null {
  if (cursor == null || cursor === '') return null;
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    position = null;
  }
  // The names of the columns tell a cursor of another order, whose values may look the same.
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
