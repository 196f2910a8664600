import type { OrderColumn, Row } from '../store/pages.ts';
import { BadRequest } from './bad-request.ts';

const shapes: Record<OrderColumn['type'], (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  '"PluginType"': (value) => typeof value === 'string' && /^[A-Z]+$/.test(value),
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  int: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  timestamptz: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

/** The position of a row in an order: its values in the order's columns, made opaque. */
export function encodeCursor(row: Row, order: readonly OrderColumn[]): string {
  return Buffer.from(JSON.stringify(order.map(({ name }) => row[name]))).toString('base64url');
}

/** The values that a cursor stands for. @throws BadRequest when it is none of this order */
export function decodeCursor(cursor: string, order: readonly OrderColumn[]): unknown[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    values = null;
  }
  const fits =
    Array.isArray(values) &&
    values.length === order.length &&
    order.every(({ type }, i) => shapes[type]((values as unknown[])[i]));
  if (!fits) {
    throw new BadRequest(
      `"${cursor}" is not a cursor of this list in this order. Take cursors from \`pageInfo\` or \`edges\` of the same list.`,
      'BAD_CURSOR',
    );
  }
  return values as unknown[];
}
