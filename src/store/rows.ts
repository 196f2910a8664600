import type { Prisma } from './generated/client.ts';
import { getDatamodel } from './generated/pothos.ts';

/** Under which a row holds the pages that were read below it, by the token of their `Reading`. */
export const below = Symbol('below');

/** A row, by its columns. A time is text as the API prints it: UTC, with milliseconds (`toISOString`). */
export interface Row {
  [column: string]: unknown;
  [below]?: Map<object, unknown>;
}

const timeColumns = new Map(
  Object.entries(getDatamodel().datamodel.models).map(([table, { fields }]) => [
    table,
    new Set(fields.filter(({ type }) => type === 'DateTime').map(({ name }) => name)),
  ]),
);

/**
 * Columns of a table whose rows travel as JSON arrays. The drivers parse a result cell by cell, in
 * JavaScript; `JSON.parse` takes a quarter of that time, and reads the same from a server and from PGlite.
 */
export class Columns {
  readonly names: readonly string[];
  readonly #isTime: readonly boolean[];

  constructor(table: Prisma.ModelName, names: Iterable<string>) {
    this.names = [...new Set(names)];
    const times = timeColumns.get(table);
    this.#isTime = this.names.map((name) => times?.has(name) ?? false);
  }

  /** SQL for the JSON array of all rows of a statement, whose row is `t`; null when there are none. */
  aggregate(statement: string, first: readonly string[] = []): string {
    const cells = [...first, ...this.names].map((name) => `t."${name}"`);
    return `(SELECT json_agg(json_build_array(${cells.join(', ')})) FROM ${statement} AS t)`;
  }

  /** The row of which the JSON array holds the cells, from a place on. */
  row(cells: readonly unknown[], from = 0): Row {
    const row: Row = {};
    for (let i = 0; i < this.names.length; i += 1) {
      const cell = cells[from + i];
      row[this.names[i] as string] =
        this.#isTime[i] === true && typeof cell === 'string' ? isoTime(cell) : cell;
    }
    return row;
  }
}

const utc = '+00:00';

// PostgreSQL writes `2026-01-31T12:00:00.5+00:00`, with the fewest digits and the session's own offset.
function isoTime(text: string): string {
  if (text.length < 25 || text.length > 32 || !text.endsWith(utc)) return new Date(text).toISOString();
  const [seconds, fraction] = [text.slice(0, 19), text.slice(20, -utc.length)];
  return `${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
