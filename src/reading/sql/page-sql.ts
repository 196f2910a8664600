import type { Statement } from '../../lib/sql.ts';
import type { PageShape } from '../pages.ts';
import type { Direction, OrderColumn, Search, Source } from '../sources.ts';

/** The parts of a page, as SQL that may use the parent `p`; null for what was not asked for. */
export interface PageSql {
  rows: string | null;
  count: string | null;
  /** Whether there are rows on the near side of the cursor. */
  earlier: string | null;
  /** The number up to which the page looks, when there are more rows to look at. */
  reached: string | null;
}

/** Writes the parts of a page. @param columns what is read of its rows */
export function pageSql(
  statement: Statement,
  source: Source,
  shape: PageShape,
  columns: readonly string[],
): PageSql {
  const { order, limit, countTo } = shape;
  if (shape.search) return searchedPage(statement, source, shape, shape.search, columns);
  // In order, although a count needs none: otherwise PostgreSQL may hope to find that many rows soon by
  // reading the table from its beginning.
  const counted =
    countTo === null
      ? null
      : scan(
          wholeList(statement, source, shape),
          order.map(({ name }) => name),
          'ASC',
          countTo,
        );
  return {
    rows: limit === null ? null : pageRows(statement, source, shape, columns, limit),
    count: counted && `(SELECT count(*)::int FROM (${counted}) AS counted)`,
    earlier: earlierRows(statement, source, shape),
    reached: null,
  };
}

/** The parts of a page of which each looks at a bounded number of rows. */
function searchedPage(
  statement: Statement,
  source: Source,
  shape: PageShape,
  { most, from, to }: Search,
  columns: readonly string[],
): PageSql {
  const { order, limit, countTo, after, before, probe } = shape;
  const [{ name } = { name: '' }] = order;
  const cursor = ([value]: readonly unknown[]): string => `${statement.value(value)}::int`;
  const first = (): string => statement.add(from);
  const last = (): string => statement.add(to);
  const low = (): string => (after ? `GREATEST(${first()}, ${cursor(after)} + 1)` : first());
  const high = (): string => (before ? `LEAST(${last()}, ${cursor(before)} - 1)` : last());
  const isForward = isAscending(shape);
  const end = (): string =>
    isForward ? `LEAST(${high()}, ${low()} + ${most - 1})` : `GREATEST(${low()}, ${high()} - ${most - 1})`;
  const scanned = (selected: readonly string[], bounds: readonly [string, string], rows: number): string => {
    const within = [`t."${name}" >= ${bounds[0]}`, `t."${name}" <= ${bounds[1]}`];
    const list = wholeList(statement, source, shape, within);
    return scan(list, selected, isForward ? 'ASC' : 'DESC', rows);
  };
  const far = shape.peek ? 1 : 0;
  const near = isForward ? after : before;
  return {
    rows: limit === null ? null : scanned(columns, isForward ? [low(), end()] : [end(), high()], limit + far),
    // Where not all can be looked at, there are more than are counted.
    count:
      countTo === null
        ? null
        : `(CASE WHEN ${last()} - ${first()} < ${most} THEN (SELECT count(*)::int FROM (${scanned([name], [first(), last()], countTo)}) AS counted) ELSE ${countTo} END)`,
    earlier:
      probe && near !== null ? `(${cursor(near)} ${isForward ? `>= ${first()}` : `<= ${last()}`})` : null,
    reached:
      limit === null
        ? null
        : `(CASE WHEN ${isForward ? `${end()} < ${high()}` : `${end()} > ${low()}`} THEN ${end()} END)`,
  };
}

/** Which way the scan goes, and whether it meets the order's smaller values first. */
function isAscending({ direction, backward }: PageShape): boolean {
  return (direction === 'ASC') !== backward;
}

function pageRows(
  statement: Statement,
  source: Source,
  shape: PageShape,
  columns: readonly string[],
  limit: number,
): string {
  const { order, direction, after, before, peek } = shape;
  const [behind, ahead] = direction === 'ASC' ? (['>', '<'] as const) : (['<', '>'] as const);
  const bounds = [
    ...(after ? [beyond(statement, order, after, behind)] : []),
    ...(before ? [beyond(statement, order, before, ahead)] : []),
  ];
  const from = wholeList(statement, source, shape, bounds);
  return scan(from, columns, isAscending(shape) ? 'ASC' : 'DESC', limit + (peek ? 1 : 0));
}

/** The nearest row on the other side of the cursor, or at it. */
function earlierRows(statement: Statement, source: Source, shape: PageShape): string | null {
  const { order, after, before, backward, probe } = shape;
  const near = probe ? (backward ? before : after) : null;
  if (near === null) return null;
  const isForward = isAscending(shape);
  const from = wholeList(statement, source, shape, [beyond(statement, order, near, isForward ? '<=' : '>=')]);
  const keys = order.map(({ name }) => name);
  return `EXISTS (${scan(from, keys, isForward ? 'DESC' : 'ASC', 1)})`;
}

// Made anew for each part: a value that no part needs must not be sent, since PostgreSQL could not tell its type.
function wholeList(
  statement: Statement,
  source: Source,
  shape: PageShape,
  bounds: readonly string[] = [],
): Scan {
  const choice = shape.choice ?? source.choice ?? null;
  const always = shape.withDeleted === true ? source.withDeleted : source.where;
  return {
    table: source.table.name,
    filters: [source.parent, always, ...shape.where]
      .filter((part) => part != null)
      .map((part) => statement.add(part))
      .concat(bounds),
    choice: choice && { column: choice.column, values: statement.add(choice.values) },
    order: shape.order,
  };
}

/** Which rows of a table are read, and in which order. The row is `t`. */
interface Scan {
  table: string;
  /** Conditions, as SQL. */
  filters: string[];
  /** A column and an SQL array of the values that it may have. */
  choice: { column: string; values: string } | null;
  order: readonly OrderColumn[];
}

/** The statement that reads the first rows in order. */
function scan(from: Scan, columns: readonly string[], direction: Direction, limit: number): string {
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
function beyond(
  statement: Statement,
  order: readonly OrderColumn[],
  position: readonly unknown[],
  operator: '<' | '<=' | '>' | '>=',
): string {
  const columns = order.map(({ name }) => `t."${name}"`);
  const bounds = order.map(({ type }, i) => `${statement.value(position[i])}::${type}`);
  return `(${columns.join(', ')}) ${operator} (${bounds.join(', ')})`;
}
