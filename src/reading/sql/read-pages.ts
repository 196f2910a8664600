import { parseJson } from '../../lib/event-loop/parse-json.ts';
import { Statement, type Send } from '../../lib/sql.ts';
import { pageSql } from './page-sql.ts';
import { emptyPage, type Page, type PageRequest, type PageShape, type Reading } from '../pages.ts';
import { inQueue, takeTurn, tooLarge, type ReadLimits } from '../read-limits.ts';
import { RowPlan, type CellOf } from './row-plan.ts';
import { holdPage } from '../rows.ts';
import type { Source } from '../sources.ts';

/**
 * Reads pages, and what lies below their rows, in one statement: a lateral subquery for each parent, which an
 * index serves. Rows that have lists below them are found first (`WITH`), and the lists by their keys.
 */
export async function readPages(
  send: Send,
  source: Source,
  requests: readonly PageRequest[],
  limits: ReadLimits,
): Promise<Page[]> {
  const statement = new Statement();
  const levels: Level[] = [];
  const roots = new Map<PageShape, Level>();
  for (const [shape, parentIds] of groupByShape(requests)) {
    const parents =
      source.parent === null ? '(SELECT NULL::uuid AS id)' : `unnest(${statement.ids(parentIds)})`;
    const parentCount = Math.max(parentIds.length, 1);
    const root = { source, shape, parents, parentCount, maxBytes: limits.bytes, above: null };
    roots.set(shape, addLevel(levels, statement, root));
  }
  const read = async (): Promise<void> => {
    const answers = await send(textOf(levels, limits.bytes), statement.values).catch((error: unknown) => {
      throw hasNoMemory(error) ? tooLarge(limits.bytes) : error;
    });
    await takeTurn((answers as unknown as SentAnswer[]).at(-1)?.size ?? 0, limits);
    collect(levels, await parsed(answers as unknown as SentAnswer[]));
  };
  await (levels.some(({ plan }) => plan.hasHuge()) ? inQueue(limits, read) : read());
  return requests.map(({ shape, parentId }) => roots.get(shape)?.pages.get(parentId) ?? emptyPage(shape));
}

/** Whether PostgreSQL gave up because a result had no place in its memory, or in a value. */
function hasNoMemory(error: unknown): boolean {
  return ['53200', '54000'].includes((error as { code?: string } | null)?.code ?? '');
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
  plan: RowPlan;
  /** How many rows there are at most. */
  rowCount: number;
  /** The rows that they lie below, and how; null at the top. */
  above: { plan: RowPlan; reading: Reading } | null;
  /** The common table of the rows, where lists lie below them. */
  common: string | null;
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
  /** Bytes of the rows of this answer and of those before it, where they are counted. */
  size?: number;
}

/** An answer as it was sent. */
type SentAnswer = Omit<Answer, 'rows'> & {
  /** A JSON text, so that its parsing is ours: the driver would parse all at once. */
  rows: string | null;
};

async function parsed(answers: readonly SentAnswer[]): Promise<Answer[]> {
  const result: Answer[] = [];
  for (const answer of answers) {
    const { rows } = answer;
    // A promise for each of many short texts would cost more than their parsing.
    const cells =
      rows !== null && rows.length > shortText
        ? await parseJson(rows)
        : (JSON.parse(rows ?? 'null') as unknown);
    result.push({ ...answer, rows: cells as unknown[][] | null });
  }
  return result;
}

/** Characters up to which a text is short. */
const shortText = 10_000;

interface NewLevel {
  source: Source;
  shape: PageShape;
  /** SQL of the keys of the parents. */
  parents: string;
  /** How many parents there are at most. */
  parentCount: number;
  /** Bytes that may be read. */
  maxBytes: number;
  above: Level['above'];
}

function addLevel(levels: Level[], statement: Statement, wanted: NewLevel): Level {
  const { source, shape, parents, parentCount, maxBytes, above } = wanted;
  const plan = RowPlan.of(source, shape);
  const rowCount = parentCount * ((shape.limit ?? 0) + 1);
  const level: Level = { shape, plan, rowCount, above, common: null, answers: [], pages: new Map() };
  const number = levels.push(level) - 1;
  const from = `FROM ${parents} AS p(id) ${source.join ? statement.add(source.join) : ''}`;
  const { rows, count, earlier } = pageSql(statement, source, shape, plan.scanned);
  const ends = { count, earlier };
  const withLists = rows === null ? [] : plan.all().filter(({ lists }) => lists.length > 0);

  if (rows === null || withLists.length === 0) {
    const found = rows === null ? 'NULL::text' : leafRows(statement, plan, rows, maxBytes);
    level.answers.push(`${answer(number, 'p.id', found, ends)} ${from}`);
    return level;
  }
  const table = `level${number}`;
  level.common = `${table} AS MATERIALIZED (${commonRows(statement, plan, rows, from, shape)})`;
  level.answers.push(answer(number, 'NULL::uuid', rowsOfAll(plan, table, maxBytes)));
  if (count !== null || earlier !== null) {
    level.answers.push(`${answer(number, 'p.id', 'NULL::text', ends)} ${from}`);
  }
  for (const owner of withLists) {
    for (const reading of owner.lists) {
      const keys = keysOf(table, columnOf(owner.alias, reading.by), shape);
      addLevel(levels, statement, {
        ...reading,
        parents: keys,
        parentCount: rowCount,
        maxBytes,
        above: { plan: owner, reading },
      });
    }
  }
  return level;
}

function answer(
  level: number,
  key: string,
  rows: string,
  ends?: { count: string | null; earlier: string | null },
): string {
  const [count, earlier] = [ends?.count ?? 'NULL::int', ends?.earlier ?? 'false'];
  return `SELECT ${level} AS level, ${key} AS key, ${rows} AS rows, ${count} AS count, ${earlier} AS earlier`;
}

const cell: CellOf = (alias, column) => `${alias}."${column}"`;

/** What a column of a row is called in the common table. */
function columnOf(alias: string, column: string): string {
  return `"${alias}.${column}"`;
}

/** The rows of one parent, as one JSON array. */
function leafRows(statement: Statement, plan: RowPlan, rows: string, maxBytes: number): string {
  const from = `(${rows}) AS ${plan.alias}${plan.joins(statement)}`;
  return asJson(plan, plan.array(cell), from, maxBytes);
}

/**
 * One JSON array of rows. Of rows that may have megabytes none is added when those before it have more than may be
 * read: PostgreSQL holds all of it in memory.
 */
function asJson(plan: RowPlan, array: string, from: string, maxBytes: number): string {
  const list = (cells: string): string => `'[' || string_agg(${cells}, ',') || ']'`;
  if (!plan.hasHuge()) return `(SELECT ${list(array)} FROM ${from})`;
  // Without `OFFSET 0` each row would be written twice.
  const each = `SELECT ${array} AS cells FROM ${from} OFFSET 0`;
  const size = 'octet_length(cells)';
  const before = `sum(${size}) OVER (ROWS UNBOUNDED PRECEDING) - ${size}`;
  return `(SELECT ${list('cells')} FROM (SELECT cells, ${before} AS before FROM (${each}) AS c) AS c WHERE before <= ${maxBytes})`;
}

/** The rows of all parents, column by column, with the key of the parent. */
function commonRows(
  statement: Statement,
  plan: RowPlan,
  rows: string,
  from: string,
  { peek }: PageShape,
): string {
  const columns = plan
    .all()
    .flatMap(({ alias, scanned }) =>
      scanned.map((name) => `${cell(alias, name)} AS ${columnOf(alias, name)}`),
    );
  const ranked = peek ? `SELECT row_number() OVER () AS "_rank", t.* FROM (${rows}) AS t` : rows;
  const selected = ['p.id AS "_key"', ...(peek ? [`${plan.alias}."_rank"`] : []), ...columns];
  return `SELECT ${selected.join(', ')} ${from} CROSS JOIN LATERAL (${ranked}) AS ${plan.alias}${plan.joins(statement)}`;
}

function rowsOfAll(plan: RowPlan, table: string, maxBytes: number): string {
  const array = plan.array(
    (alias, column) => `t.${columnOf(alias, column)}`,
    [`coalesce('"' || t."_key"::text || '"', 'null')`],
  );
  return asJson(plan, array, `${table} AS t`, maxBytes);
}

/** The keys that stand in a common table, each once; not those of the row that only shows that there is more. */
function keysOf(table: string, column: string, { peek, limit }: PageShape): string {
  const shown = peek && limit !== null ? ` AND t."_rank" <= ${limit}` : '';
  return `(SELECT DISTINCT t.${column} FROM ${table} AS t WHERE t.${column} IS NOT NULL${shown})`;
}

/** A statement of more short rows than that may read much; and of long ones, when there are a hundredth of them. */
const manyRows = 2000;

/** Whether a statement may read so much that its bytes have to be counted, which takes PostgreSQL some time. */
function mayBeLarge(levels: readonly Level[]): boolean {
  const weights = { SHORT: 1, LONG: 100, HUGE: Infinity };
  const weight = levels.reduce(
    (sum, { plan, rowCount }) =>
      sum + rowCount * plan.all().reduce((all, { length }) => all + weights[length], 0),
    0,
  );
  return weight > manyRows;
}

function textOf(levels: readonly Level[], maxBytes: number): string {
  const common = levels.flatMap((level) => level.common ?? []);
  const tables = common.length > 0 ? `WITH ${common.join(', ')} ` : '';
  const answers = levels.flatMap((level) => level.answers).join(' UNION ALL ');
  return `${tables}${mayBeLarge(levels) ? counted(answers, maxBytes) : answers}`;
}

/**
 * Adds up the bytes of rows. From where there are more of them than may be, no rows are sent.
 */
function counted(answers: string, maxBytes: number): string {
  const size = 'coalesce(sum(octet_length(a.rows)) OVER (ROWS UNBOUNDED PRECEDING), 0)::float8';
  return `SELECT level, key, CASE WHEN size <= ${maxBytes} THEN rows END AS rows, count, earlier, size FROM (SELECT a.*, ${size} AS size FROM (${answers}) AS a) AS s`;
}

function collect(levels: readonly Level[], answers: readonly Answer[]): void {
  for (const { level: number, key, rows, count, earlier } of answers) {
    const { shape, plan, pages, common } = levels[number] as Level;
    const page = (of: string | null): Page => {
      const known = pages.get(of) ?? emptyPage(shape);
      pages.set(of, known);
      return known;
    };
    if (common !== null && rows !== null) {
      for (const cells of rows) page(cells[0] as string | null).rows.push(plan.read(cells, 1));
    } else if (common === null || count !== null || earlier) {
      const known = page(key);
      Object.assign(known, { count, earlier });
      for (const cells of rows ?? []) known.rows.push(plan.read(cells));
    }
  }
  for (const { pages } of levels) for (const page of pages.values()) finish(page);
  for (const { above, pages } of levels) if (above) hang(pages, above.plan, above.reading);
}

// What was read to see if there is more is no part of the page.
function finish(page: Page): void {
  const { limit, backward } = page.shape;
  page.more = page.rows.length > (limit ?? 0);
  if (page.more) page.rows.length = limit ?? 0;
  if (backward) page.rows.reverse();
}

function hang(pages: Level['pages'], { rows }: RowPlan, { by, token, shape }: Reading): void {
  for (const row of rows) holdPage(row, token, pages.get(row[by] as string | null) ?? emptyPage(shape));
}
