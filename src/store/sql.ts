import { Prisma } from './generated/client.ts';

/** A piece of SQL with its values. */
export type Sql = Prisma.Sql;

/** Tagged template: what stands in `${}` becomes a parameter, or is nested when it is SQL itself. */
export const sql = Prisma.sql;
export const join = Prisma.join;
/** Text that goes into the statement as it is: never anything that a caller gave. */
export const raw = Prisma.raw;

/** Sends one statement; `values` are its `$1`, `$2` … */
export type Send = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** Gathers the values of a statement that is written as text, and gives each its place in it. */
export class Statement {
  readonly values: unknown[] = [];

  /** The place of a value: `$1`, `$2` … */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** UUIDs as an SQL array. In one text, since drivers write arrays element by element. */
  ids(ids: readonly string[]): string {
    return `${this.value(`{${ids.join(',')}}`)}::text::uuid[]`;
  }

  /** A piece of SQL, with its values in their places. */
  add({ strings, values }: Sql): string {
    return strings.reduce((text, part, i) => text + this.value(values[i - 1]) + part);
  }
}
