import { join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client';

/** A piece of SQL with its values. */
export type { Sql };

// In the tagged template `sql`, a value in `${}` becomes a parameter, and SQL in `${}` is nested. `raw` puts
// text into the statement as it is, so never give it a caller's text.
export { join, raw, sql };

/** SQL: the time by the database's clock, at which it got the statement. The clocks of the gateways differ. */
export const now = sql`statement_timestamp()`;

/** SQL: the time that was a number of milliseconds before `now`. */
export function ago(ms: number): Sql {
  return sql`(statement_timestamp() - ${ms}::float8 * interval '1 millisecond')`;
}

/**
 * A table expression, for WITH RECURSIVE, that has the values of some columns once each. It takes a step for each along an
 * index that begins with the columns, however many rows have it.
 *
 * @param where SQL: which rows of the table, called `t`, count
 */
export function eachValue(
  name: string,
  { table, columns, where = 'TRUE' }: { table: string; columns: readonly string[]; where?: string },
): Sql {
  const of = (row: string): string => columns.map((column) => `${row}."${column}"`).join(', ');
  const next = (condition: string): string =>
    `SELECT ${of('t')} FROM "${table}" AS t WHERE ${where} ${condition} ORDER BY ${of('t')} LIMIT 1`;
  return raw(`${name} AS (
    (${next('')})
    UNION ALL
    SELECT next.* FROM ${name} AS v CROSS JOIN LATERAL (${next(`AND (${of('t')}) > (${of('v')})`)}) AS next
  )`);
}

/** Sends one statement; `values` are its `$1`, `$2` … */
export type Send = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** The value of `Statement.ids`. */
export function idList(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}

/** Times as one text, to be cast to `timestamptz[]`: drivers write arrays element by element. */
export function timeList(times: readonly Date[]): string {
  return `{${times.map((time) => time.toISOString()).join(',')}}`;
}

/** Collects the values of a statement that is written as text. */
export class Statement {
  readonly values: unknown[] = [];

  /** Adds a value. @returns its placeholder: `$1`, `$2` … */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** Adds UUIDs as an SQL array. They are one text, because drivers write arrays element by element. */
  ids(ids: readonly string[]): string {
    return `${this.value(idList(ids))}::text::uuid[]`;
  }

  /** Adds the values of a piece of SQL. @returns its text with placeholders */
  add({ strings, values }: Sql): string {
    return strings.reduce((text, part, i) => text + this.value(values[i - 1]) + part);
  }
}
