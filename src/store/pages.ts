import type { Prisma } from './generated/client.ts';
import { below, type Row } from './rows.ts';
import type { Direction, OrderColumn } from './scan.ts';
import type { Sql } from './sql.ts';

/** Where rows come from. In the fragments, `t` is the table that is read and `p.id` the key of the parent. */
export interface Source {
  /** The table, named as in `prisma/schema.prisma`. */
  table: Prisma.ModelName;
  /** What makes a row belong to the parent; null for a list of the root. */
  parent: Sql | null;
  /** A further join of the parent, such as its own row. */
  join?: Sql;
  /** Conditions that always hold. */
  where?: Sql;
  /** What holds in their place when deleted rows are asked for; absent where they cannot be. */
  withDeleted?: Sql;
  /** One of several values that a column may have, read from the parent: see `Choice`. */
  choice?: Choice;
}

/**
 * A column that may have one of several values. The page is then merged from one short ordered
 * scan for each value, since no index gives the order across values.
 */
export interface Choice {
  column: string;
  /** An SQL array of the values. */
  values: Sql;
}

/** What is asked of a source: the same for all parents of a field. */
export interface PageShape {
  /** Columns to read, beside those of the order and those that the readings below need. */
  columns: readonly string[];
  order: readonly OrderColumn[];
  direction: Direction;
  /** Conditions of the filter. */
  where: readonly Sql[];
  /** Whether deleted rows are asked for, too. */
  withDeleted?: boolean;
  choice: Choice | null;
  /** Rows wanted, from the start or, with `backward`, from the end; null when no rows are. */
  limit: number | null;
  backward: boolean;
  /** Values of the order's columns that the page lies after, or before. */
  after: readonly unknown[] | null;
  before: readonly unknown[] | null;
  /** Whether to find out if there are rows beyond the far end of the page: it costs one row. */
  peek: boolean;
  /** Whether to find out if rows lie on the near side of the cursor. */
  probe: boolean;
  /** Count up to this many rows; null for no count. */
  countTo: number | null;
  /** What to read below each row. */
  below: readonly Reading[];
}

/** Pages to read below the rows of another. */
export interface Reading {
  /** What the row will hold the page under, see `pageBelow`. */
  token: object;
  source: Source;
  /** Column of the row above that is the parent's key, `p.id`. Where it is null nothing is read. */
  by: string;
  shape: PageShape;
}

/** One page to read. */
export interface PageRequest {
  /** Key of the parent; null at the root. */
  parentId: string | null;
  shape: PageShape;
}

/** A page as read. */
export interface Page {
  /** What was asked. */
  shape: PageShape;
  /** The rows in the connection's order, at most `limit`. */
  rows: Row[];
  /** Whether there are more rows beyond the far end of the page; false without `peek`. */
  more: boolean;
  /** Whether there are rows on the near side of the cursor; false without `probe`. */
  earlier: boolean;
  /** Number of rows, counted up to `countTo`; null without it. */
  count: number | null;
}

/** The page that was read below a row. */
export function pageBelow(row: object, token: object): Page | undefined {
  return (row as Row)[below]?.get(token) as Page | undefined;
}
