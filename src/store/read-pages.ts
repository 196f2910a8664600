import type { Page, PageRequest, PageShape, Reading, Source } from './pages.ts';
import { below, Columns, type Row } from './rows.ts';
import { beyond, scan, type Scan } from './scan.ts';
import { Statement, type Send } from './sql.ts';

/**
 * Reads pages, and what lies below their rows, in one statement: a lateral subquery for each parent, which an
 * index serves. Rows that have others below them are found first (`WITH`), and theirs by their keys.
 */
export async function readPages(
  send: Send,
  source: Source,
  requests: readonly PageRequest[],
): Promise<Page[]> {
  const statement = new Statement();
  const levels: Level[] = [];
  const roots = new Map<PageShape, Level>();
  for (const [shape, parentIds] of groupByShape(requests)) {
    const parents =
      source.parent === null ? '(SELECT NULL::uuid AS id)' : `unnest(${statement.ids(parentIds)})`;
    roots.set(shape, addLevel(levels, statement, { source, shape, parents, above: null }));
  }
  const common = levels.flatMap(({ rows }) => rows ?? []);
  const text = `${common.length > 0 ? `WITH ${common.join(', ')} ` : ''}${levels.flatMap(({ answers }) => answers).join(' UNION ALL ')}`;
  collect(levels, (await send(text, statement.values)) as unknown as Answer[]);
  return requests.map(({ shape, parentId }) => roots.get(shape)?.pages.get(parentId) ?? emptyPage(shape));
}

function groupByShape(requests: readonly PageRequest[]): Map<PageShape, string[]> {
  const groups = new Map<PageShape, Set<string>>();
  for (const { shape, parentId } of requests) {
    const group = groups.get(shape) ?? new Set<string>();
    groups.set(shape, parentId === null ? group : group.add(parentId));
  }
  return new Map([...groups].map(([shape, ids]) => [shape, [...ids]]));
}

/** The pages of one shape, of all parents. */
interface Level {
  shape: PageShape;
  columns: Columns;
  /** The level that they lie below, and how; null at the top. */
  above: { level: Level; reading: Reading } | null;
  /** The common table of the rows, where others lie below them. */
  rows: string | null;
  /** Statements that give rows of `Answer`. */
  answers: string[];
  /** What was read, by the key of the parent. */
  pages: Map<string | null, Page>;
}

/** What comes back: the page of one parent, or the rows of all with the parent's key as their first cell. */
interface Answer {
  level: number;
  key: string | null;
  rows: unknown[][] | null;
  count: number | null;
  earlier: boolean;
}

function addLevel(
  levels: Level[],
  statement: Statement,
  {
    source,
    shape,
    parents,
    above,
  }: { source: Source; shape: PageShape; parents: string; above: Level['above'] },
): Level {
  const { order, limit, peek, below: readings } = shape;
  const columns = new Columns(source.table, [
    ...shape.columns,
    ...order.map(({ name }) => name),
    ...readings.map(({ by }) => by),
  ]);
  const level: Level = { shape, columns, above, rows: null, answers: [], pages: new Map() };
  const number = levels.push(level) - 1;
  const from = `FROM ${parents} AS p(id) ${source.join ? statement.add(source.join) : ''}`;
  const { rows, count, earlier } = partsOf(statement, source, shape, columns);
  const answer = (key: string, found: string, [n, e] = [count, earlier]): string =>
    `SELECT ${number} AS level, ${key} AS key, ${found} AS rows, ${n ?? 'NULL::int'} AS count, ${e ?? 'false'} AS earlier`;

  if (rows === null || limit === null || readings.length === 0) {
    level.answers.push(
      `${answer('p.id', rows === null ? 'NULL::json' : columns.aggregate(`(${rows})`))} ${from}`,
    );
    return level;
  }
  const table = `level${number}`;
  const ranked = `(SELECT row_number() OVER () AS "_rank", t.* FROM (${rows}) AS t)`;
  level.rows = `${table} AS MATERIALIZED (SELECT p.id AS "_key", t.* ${from} CROSS JOIN LATERAL ${peek ? ranked : `(${rows})`} AS t)`;
  level.answers.push(answer('NULL::uuid', columns.aggregate(table, ['_key']), [null, null]));
  if (count !== null || earlier !== null) level.answers.push(`${answer('p.id', 'NULL::json')} ${from}`);
  for (const reading of readings) {
    const shown = peek ? ` AND t."_rank" <= ${limit}` : '';
    addLevel(levels, statement, {
      ...reading,
      parents: `(SELECT DISTINCT t."${reading.by}" FROM ${table} AS t WHERE t."${reading.by}" IS NOT NULL${shown})`,
      above: { level, reading },
    });
  }
  return level;
}

/** The parts of a page, as SQL that may use the parent `p`: its rows, their number, and whether there are earlier ones. */
function partsOf(
  statement: Statement,
  source: Source,
  shape: PageShape,
  columns: Columns,
): { rows: string | null; count: string | null; earlier: string | null } {
  const { after, before, order, direction, limit, backward, peek, probe, countTo } = shape;
  const choice = shape.choice ?? source.choice ?? null;
  const always = shape.withDeleted === true ? source.withDeleted : source.where;
  // Made anew for each part: a value that no part needs must not be sent, since PostgreSQL could not tell its type.
  const where = (...conditions: string[]): Scan => ({
    table: source.table,
    filters: [source.parent, always, ...shape.where]
      .filter((part) => part != null)
      .map((part) => statement.add(part))
      .concat(conditions),
    choice: choice && { column: choice.column, values: statement.add(choice.values) },
    order,
  });
  const keys = order.map(({ name }) => name);
  const [inScan, against] =
    (direction === 'ASC') === backward ? (['DESC', 'ASC'] as const) : (['ASC', 'DESC'] as const);
  const near = probe ? (backward ? before : after) : null;
  return {
    rows:
      limit === null
        ? null
        : scan(
            where(
              ...(after ? [beyond(statement, order, after, direction === 'ASC' ? '>' : '<')] : []),
              ...(before ? [beyond(statement, order, before, direction === 'ASC' ? '<' : '>')] : []),
            ),
            columns.names,
            inScan,
            limit + (peek ? 1 : 0),
          ),
    // In order, although a count needs none: otherwise PostgreSQL may hope to find that many rows soon by
    // reading the table from its beginning.
    count:
      countTo === null
        ? null
        : `(SELECT count(*)::int FROM (${scan(where(), keys, 'ASC', countTo)}) AS counted)`,
    // The nearest row on the other side of the cursor, or at it.
    earlier:
      near === null
        ? null
        : `EXISTS (${scan(where(beyond(statement, order, near, inScan === 'ASC' ? '<=' : '>=')), keys, against, 1)})`,
  };
}

function emptyPage(shape: PageShape): Page {
  return { shape, rows: [], more: false, earlier: false, count: null };
}

function collect(levels: readonly Level[], answers: readonly Answer[]): void {
  for (const { level: number, key, rows, count, earlier } of answers) {
    const { shape, columns, pages, rows: common } = levels[number] as Level;
    const page = (of: string | null): Page => {
      const known = pages.get(of) ?? emptyPage(shape);
      pages.set(of, known);
      return known;
    };
    if (common !== null && rows !== null) {
      for (const cells of rows) page(cells[0] as string | null).rows.push(columns.row(cells, 1));
    } else if (common === null || count !== null || earlier) {
      const known = page(key);
      Object.assign(known, { count, earlier });
      for (const cells of rows ?? []) known.rows.push(columns.row(cells));
    }
  }
  for (const { pages } of levels) for (const page of pages.values()) finish(page);
  for (const { above, pages } of levels) if (above) hang(pages, above.level, above.reading);
}

// What was read to see if there is more is no part of the page.
function finish(page: Page): void {
  const { limit, backward } = page.shape;
  page.more = page.rows.length > (limit ?? 0);
  if (page.more) page.rows.length = limit ?? 0;
  if (backward) page.rows.reverse();
}

function hang(pages: Level['pages'], { pages: above }: Level, { by, token, shape }: Reading): void {
  for (const { rows } of above.values()) {
    for (const row of rows) {
      const known: Row[typeof below] = row[below];
      const held = known ?? new Map<object, unknown>();
      held.set(token, pages.get(row[by] as string | null) ?? emptyPage(shape));
      row[below] = held;
    }
  }
}
