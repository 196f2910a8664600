import type { Prisma } from './generated/client.ts';
import type { Statement } from './sql.ts';

/** A column that a connection is ordered by. Never null; the columns of an order together are unique. */
export interface OrderColumn {
  name: string;
  /** PostgreSQL type, for the values of a cursor. */
  type: 'text' | 'uuid' | 'int' | 'timestamptz';
}

export type Direction = 'ASC' | 'DESC';

/** Which rows of a table are read, and in which order. The row is `t`. */
export interface Scan {
  table: Prisma.ModelName;
  /** Conditions, as SQL. */
  filters: string[];
  /** A column and an SQL array of the values that it may have. */
  choice: { column: string; values: string } | null;
  order: readonly OrderColumn[];
}

/** The statement that reads the first rows in order. */
export function scan(from: Scan, columns: readonly string[], direction: Direction, limit: number): string {
  const { table, filters, choice, order } = from;
  const selected = columns.map((column) => `t."${column}"`).join(', ');
  // The number stands in the text: PostgreSQL plans for a tenth of all rows when it does not know it.
  const end = `ORDER BY ${order.map(({ name }) => `t."${name}" ${direction}`).join(', ')} LIMIT ${limit}`;
  // The system column is in no index. Without it PostgreSQL may find all that it needs in an index of
  // another order, and read and sort the whole of the list there.
  const rows = (conditions: string[]): string =>
    `SELECT ${selected} FROM "${table}" AS t WHERE ${['t.tableoid::bigint IS NOT NULL', ...conditions].join(' AND ')} ${end}`;
  if (choice === null) return rows(filters);
  const one = rows([`t."${choice.column}" = v.value`, ...filters]);
  return `SELECT ${selected} FROM unnest(${choice.values}) AS v(value) CROSS JOIN LATERAL (${one}) AS t ${end}`;
}

/** The condition that a row lies on one side of a position; an index on the order's columns serves it as one range. */
export function beyond(
  statement: Statement,
  order: readonly OrderColumn[],
  position: readonly unknown[],
  operator: '<' | '<=' | '>' | '>=',
): string {
  const columns = order.map(({ name }) => `t."${name}"`);
  const bounds = order.map(({ type }, i) => `${statement.value(position[i])}::${type}`);
  return `(${columns.join(', ')}) ${operator} (${bounds.join(', ')})`;
}
