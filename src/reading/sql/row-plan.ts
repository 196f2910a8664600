import type { Statement } from '../../lib/sql.ts';
import { pageSql } from './page-sql.ts';
import { emptyPage, type PageShape, type Reading } from '../pages.ts';
import { Columns, holdPage, type Row } from '../rows.ts';
import type { Source, Table } from '../sources.ts';

/** The rows that were read, by their plan, if lists are to be hung below them. */
export type HeldRows = Map<RowPlan, Row[]>;

/** SQL of a column of one of the rows. */
export type CellOf = (alias: string, column: string) => string;

/**
 * How a row is read together with the single rows that it leads to: each of those is joined to it, however far
 * the way, and stands in the row's JSON array as an array of its own.
 */
export class RowPlan {
  /** What the statement calls it. */
  readonly alias: string;
  /** What stands in its JSON array. */
  readonly columns: Columns;
  /** What is read of its table: also what it is ordered by, and the keys of the rows that are joined to it. */
  readonly scanned: readonly string[];
  /** A column that is never null, so that it tells whether there is a row. */
  readonly mark: string;
  /** The single rows that are joined to this one. */
  readonly joined: { reading: Reading; plan: RowPlan }[] = [];
  /** What is read below it in statements of its own, by keys that stand in it. */
  readonly lists: Reading[] = [];
  /** How long a value of its columns may be. */
  readonly length: 'SHORT' | 'LONG' | 'HUGE';

  private constructor(
    alias: string,
    table: Table,
    { columns, order, cursors, below }: PageShape,
    nextAlias: () => string,
  ) {
    this.alias = alias;
    const ordered = order.map(({ name }) => name);
    this.mark = ordered[0] ?? '';
    for (const reading of below) {
      if (isJoined(reading)) {
        const plan = new RowPlan(nextAlias(), reading.source.table, reading.shape, nextAlias);
        this.joined.push({ reading, plan });
      } else {
        this.lists.push(reading);
      }
    }
    this.columns = new Columns(table, [
      ...(cursors ? ordered : []),
      ...columns,
      ...this.lists.map(({ by }) => by),
    ]);
    this.scanned = [...new Set([...ordered, ...this.columns.names, ...below.map(({ by }) => by)])];
    const has = (names: ReadonlySet<string>): boolean => this.columns.names.some((name) => names.has(name));
    this.length = has(table.huge) ? 'HUGE' : has(table.long) ? 'LONG' : 'SHORT';
  }

  /** The plan for the rows of a page, which the statement calls `r0`. */
  static of({ table }: Source, shape: PageShape): RowPlan {
    let count = 0;
    return new RowPlan('r0', table, shape, () => `r${(count += 1)}`);
  }

  /** This row and all that are joined to it. */
  all(): RowPlan[] {
    return [this, ...this.joined.flatMap(({ plan }) => plan.all())];
  }

  /** Whether a value of this row, or of one that is joined to it, may have megabytes. */
  hasHuge(): boolean {
    return this.all().some(({ length }) => length === 'HUGE');
  }

  /** The joins that lead from this row to the others. */
  joins(statement: Statement): string {
    return this.joined.map(({ reading, plan }) => this.#join(statement, reading, plan)).join('');
  }

  // Limited and lateral: PostgreSQL then looks the row up by its key, one by one, and keeps the order of the rows.
  // Without a limit it may read the whole of the other table for a hash.
  #join(statement: Statement, { source, shape, by }: Reading, plan: RowPlan): string {
    const { rows } = pageSql(statement, source, shape, plan.scanned);
    const join = source.join ? statement.add(source.join) : '';
    const parent = `(SELECT ${this.alias}."${by}") AS p(id) ${join}`;
    const found = `SELECT t.* FROM ${parent} CROSS JOIN LATERAL (${rows ?? ''}) AS t`;
    return ` LEFT JOIN LATERAL (${found}) AS ${plan.alias} ON true${plan.joins(statement)}`;
  }

  /** The text of the JSON array of a row. @param first texts of cells that come before its own */
  array(cellOf: CellOf, first: readonly string[] = []): string {
    const pieces = mergedLiterals(this.#array(cellOf, first));
    if (pieces.length === 1) return `${pieces.join()}::text`;
    // To add a piece to a text copies it, which `concat` does not. For short texts that takes longer.
    return this.length === 'SHORT' ? pieces.join(' || ') : `concat(${pieces.join(', ')})`;
  }

  #array(cellOf: CellOf, first: readonly string[]): string[] {
    const own = this.columns.cells((name) => cellOf(this.alias, name));
    const others = this.joined.map(({ reading, plan }) => {
      const isMissing = `${cellOf(plan.alias, plan.mark)} IS NULL`;
      // In place of a row the key: whether a row is missing or none is meant to be there.
      const key = `coalesce(to_json(${cellOf(this.alias, reading.by)})::text, 'null')`;
      return [`(CASE WHEN ${isMissing} THEN ${key} ELSE ${plan.array(cellOf)} END)`];
    });
    const cells = [...first.map((cell) => [cell]), ...own, ...others];
    return ["'['", ...cells.flatMap((pieces, i) => (i === 0 ? pieces : ["','", ...pieces])), "']'"];
  }

  /** The row of a JSON array, with those joined to it below. @param from where it begins in the array */
  read(cells: readonly unknown[], from: number, held: HeldRows): Row {
    const row = this.columns.row(cells, from);
    let at = from + this.columns.names.length;
    for (const { reading, plan } of this.joined) {
      const page = emptyPage(reading.shape);
      const others = cells[at];
      if (Array.isArray(others)) page.rows.push(plan.read(others, 0, held));
      else row[reading.by] = others;
      holdPage(row, reading.token, page);
      at += 1;
    }
    if (this.lists.length > 0) {
      const rows = held.get(this);
      if (rows) rows.push(row);
      else held.set(this, [row]);
    }
    return row;
  }
}

/** Makes one literal of those that stand side by side. */
function mergedLiterals(pieces: readonly string[]): string[] {
  const merged: string[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1) ?? '';
    if (isLiteral(last) && isLiteral(piece)) merged.splice(-1, 1, last.slice(0, -1) + piece.slice(1));
    else merged.push(piece);
  }
  return merged;
}

function isLiteral(piece: string): boolean {
  return /^'[^']*'$/.test(piece);
}

/** Whether a single row is read, and nothing that would be long if it were repeated for each row leading to it. */
function isJoined({ source: { table }, shape }: Reading): boolean {
  const { limit, peek, probe, countTo, columns } = shape;
  const isSingle = limit === 1 && !peek && !probe && countTo === null;
  return isSingle && !columns.some((column) => table.documents.has(column));
}
