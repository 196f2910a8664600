import { JsonText } from '../lib/event-loop/json-text.ts';
import type { Page } from './pages.ts';
import type { Table } from './sources.ts';

/** Under which a row holds the pages that were read below it. */
const below = Symbol('below');

/** A page by the token of its `Reading`, and the others of the row: they are few, and a map for each row costs more. */
interface HeldPage {
  token: object;
  page: Page;
  next: HeldPage | undefined;
}

/**
 * A row, by its columns. A time is text as the API prints it: UTC, with milliseconds (`toISOString`). JSON that may be
 * huge is a `JsonText`.
 */
export interface Row {
  [column: string]: unknown;
  [below]?: HeldPage | undefined;
}

/** The page that was read below a row. */
export function pageBelow(row: object, token: object): Page | undefined {
  let held: Row[typeof below] = (row as Row)[below];
  while (held && held.token !== token) held = held.next;
  return held?.page;
}

/** Notes the page that was read below a row. */
export function holdPage(row: Row, token: object, page: Page): void {
  row[below] = { token, page, next: row[below] };
}

/**
 * Columns of a table whose rows travel as JSON arrays. The drivers parse a result cell by cell, in
 * JavaScript; `JSON.parse` takes a quarter of that time, and reads the same from a server and from PGlite.
 */
export class Columns {
  readonly names: readonly string[];
  readonly #table: Table;
  readonly #kinds: readonly ('TIME' | 'TEXT_OF_JSON' | 'OTHER')[];

  constructor(table: Table, names: Iterable<string>) {
    const { times, documents, huge } = table;
    this.#table = table;
    this.names = [...new Set(names)];
    this.#kinds = this.names.map((name) => {
      if (times.has(name)) return 'TIME';
      return documents.has(name) && huge.has(name) ? 'TEXT_OF_JSON' : 'OTHER';
    });
  }

  /**
   * SQL of the texts of which the JSON of each cell is made. PostgreSQL joins texts faster than its functions for JSON,
   * which look up the type of each value each time.
   *
   * @param cellOf gives the SQL of a column
   */
  cells(cellOf: (name: string) => string): string[][] {
    const { required, plain, words } = this.#table;
    return this.names.map((name, i) => {
      const isText = this.#kinds[i] === 'TEXT_OF_JSON';
      const isJson = (plain.has(name) && !isText) || words.has(name);
      const text = `${isJson ? cellOf(name) : `to_json(${cellOf(name)}${isText ? '::text' : ''})`}::text`;
      const pieces = words.has(name) ? [`'"'`, text, `'"'`] : [text];
      return required.has(name) ? pieces : [`coalesce(${pieces.join(' || ')}, 'null')`];
    });
  }

  /** The row of which the JSON array holds the cells, from a place on. */
  row(cells: readonly unknown[], from: number): Row {
    const row: Row = {};
    for (let i = 0; i < this.names.length; i += 1) {
      const cell = cells[from + i];
      row[this.names[i] as string] = typeof cell === 'string' ? this.#read(cell, i) : cell;
    }
    return row;
  }

  #read(cell: string, i: number): unknown {
    if (this.#kinds[i] === 'OTHER') return cell;
    return this.#kinds[i] === 'TIME' ? isoTime(cell) : new JsonText(cell);
  }
}

const utc = '+00:00';

// PostgreSQL writes `2026-01-31T12:00:00.5+00:00`, with the fewest digits and the session's own offset.
function isoTime(text: string): string {
  if (text.length < 25 || text.length > 32 || !text.endsWith(utc)) return new Date(text).toISOString();
  // Most have three digits, or none.
  if (text.length === 29) return `${text.slice(0, 23)}Z`;
  if (text.length === 25) return `${text.slice(0, 19)}.000Z`;
  const [seconds, fraction] = [text.slice(0, 19), text.slice(20, -utc.length)];
  return `${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
