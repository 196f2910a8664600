import type { Sql } from '../lib/sql.ts';

// What may be read. Whoever knows the tables (`src/store/reading/`) hands it to the planner in these terms.

/** A table that is read. */
export interface Table {
  /** Its name, which is also that of the GraphQL type of its rows. */
  name: string;
  /** The columns that are never null. */
  required: ReadonlySet<string>;
  /** The columns whose texts are JSON as they are: numbers, booleans, and JSON. */
  plain: ReadonlySet<string>;
  /** The columns whose texts are JSON in quotes, with nothing to escape: UUIDs, and words that the table allows. */
  words: ReadonlySet<string>;
  /** The columns that hold times. */
  times: ReadonlySet<string>;
  /** The columns that hold JSON, and may be long. */
  documents: ReadonlySet<string>;
  /** The columns of which a value may have many kilobytes: those documents, and texts. */
  long: ReadonlySet<string>;
  /** The columns of which a value may have megabytes. */
  huge: ReadonlySet<string>;
}

/** A column that a list is ordered by. Never null; the columns of an order together are unique. */
export interface OrderColumn {
  name: string;
  /** PostgreSQL type, for the values of a cursor. */
  type: 'text' | 'uuid' | 'int' | 'timestamptz';
}

/** Which end of an order comes first. */
export type Direction = 'ASC' | 'DESC';

/**
 * A column that may have one of several values. The page is then merged from one short ordered
 * scan for each value, since no index gives the order across values.
 */
export interface Choice {
  column: string;
  /** An SQL array of the values. */
  values: Sql;
}

/**
 * How far a page looks for rows that no index finds. Its list is ordered by one column, which numbers the rows from 1
 * without gaps. The page then may have fewer rows than are wanted, and says how far it has looked.
 */
export interface Search {
  /** How many rows are looked at. */
  most: number;
  /** SQL of the first and of the last number that there is to look at. */
  from: Sql;
  to: Sql;
}

/** What a filter asks of the rows. */
export interface Conditions {
  where?: Sql[];
  choice?: Choice;
  search?: Search;
}

/** Where rows come from. In the fragments, `t` is the table that is read and `p.id` the key of the parent. */
export interface Source {
  table: Table;
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

/** How rows of one type lead to others. */
export interface Relation {
  source: Source;
  /** Column of the row that is the parent's key, `p.id`; null for `Query`, which has no row. */
  by: string | null;
  /** Whether there may be no row at the other end, where it leads to one. */
  nullable: boolean;
}

/** Finds the relation of a type, or of `Query`, by its name. @throws when there is none */
export type FindRelation = (type: string, name: string) => Relation;
