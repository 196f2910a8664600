import type { Sql } from '../lib/sql.ts';
import type { Row } from './rows.ts';
import type { Choice, Direction, OrderColumn, Search, Source } from './sources.ts';

/** What is asked of a source: the same for all parents of a field. */
export interface PageShape {
  /** Columns to read, beside those that the readings below need. */
  columns: readonly string[];
  order: readonly OrderColumn[];
  /** Whether cursors are made of the rows: the columns of the order are read, too. */
  cursors: boolean;
  direction: Direction;
  /** Conditions of the filter. */
  where: readonly Sql[];
  /** Whether deleted rows are asked for, too. */
  withDeleted?: boolean;
  choice: Choice | null;
  /** How far to look; null where an index finds the rows. */
  search?: Search | null;
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
  /** The number up to which the page has looked, when there are more rows to look at; else null. */
  reached: number | null;
  /** Number of rows, counted up to `countTo`; null without it. */
  count: number | null;
}

/** A page on which there is nothing. */
export function emptyPage(shape: PageShape): Page {
  return { shape, rows: [], more: false, earlier: false, reached: null, count: null };
}
