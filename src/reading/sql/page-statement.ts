import { idList, Statement } from '../../lib/sql.ts';
import type { PageRequest, PageShape, Reading } from '../pages.ts';
import type { Source } from '../sources.ts';
import { pageSql, type PageSql } from './page-sql.ts';
import { RowPlan, type CellOf } from './row-plan.ts';

/** A statement that reads pages, and what its answers are. */
export interface PageStatement {
  source: Source;
  maxBytes: number;
  text: string;
  values: readonly unknown[];
  levels: readonly Level[];
  /** Whether it reads values of which one may have megabytes. */
  hasHuge: boolean;
  /** The level of each shape that was asked for. */
  roots: ReadonlyMap<PageShape, number>;
}

/** The pages of one shape, of all parents. */
export interface Level {
  shape: PageShape;
  plan: RowPlan;
  /** How many rows there are at most. */
  rowCount: number;
  /** The rows that they lie below, and how; null at the top. */
  above: { plan: RowPlan; reading: Reading } | null;
  /** The common table of the rows, where lists lie below them. */
  common: string | null;
  /** Statements that give the rows of answers. */
  answers: string[];
}

/**
 * The statements for pages of one parent, by their shapes. A shape that follows from the document alone is asked for
 * again and again: to write its statement takes longer than anything else that is done for a small page.
 */
const written = new WeakMap<PageShape, PageStatement>();

/** The statement that reads pages, and what lies below their rows. @param maxBytes what may be read */
export function statementFor(
  source: Source,
  requests: readonly PageRequest[],
  maxBytes: number,
): PageStatement {
  const [{ shape, parentId }, ...others] = requests as [PageRequest, ...PageRequest[]];
  if (others.length > 0) return writeStatement(source, groupByShape(requests), maxBytes);
  const parentIds = parentId === null ? [] : [parentId];
  const known = written.get(shape);
  if (known?.source === source && known.maxBytes === maxBytes) {
    // The ids of the parents come first.
    return source.parent === null
      ? known
      : { ...known, values: [idList(parentIds), ...known.values.slice(1)] };
  }
  const made = writeStatement(source, new Map([[shape, parentIds]]), maxBytes);
  written.set(shape, made);
  return made;
}

function groupByShape(requests: readonly PageRequest[]): Map<PageShape, string[]> {
  const groups = new Map<PageShape, Set<string>>();
  for (const { shape, parentId } of requests) {
    const group = groups.get(shape) ?? new Set<string>();
    groups.set(shape, parentId === null ? group : group.add(parentId));
  }
  return new Map([...groups].map(([shape, ids]) => [shape, [...ids]]));
}

function writeStatement(
  source: Source,
  groups: ReadonlyMap<PageShape, readonly string[]>,
  maxBytes: number,
): PageStatement {
  const statement = new Statement();
  const levels: Level[] = [];
  const roots = new Map<PageShape, number>();
  const isSearched = [...groups.keys()].some(searches);
  for (const [shape, parentIds] of groups) {
    const parents =
      source.parent === null ? '(SELECT NULL::uuid AS id)' : `unnest(${statement.ids(parentIds)})`;
    const parentCount = Math.max(parentIds.length, 1);
    roots.set(shape, levels.length);
    addLevel(levels, statement, { source, shape, parents, parentCount, maxBytes, isSearched, above: null });
  }
  return {
    source,
    maxBytes,
    text: textOf(levels, maxBytes, isSearched),
    values: statement.values,
    levels,
    hasHuge: levels.some(({ plan }) => plan.hasHuge()),
    roots,
  };
}

/** Whether a page of a shape, or below it, looks for rows that no index finds. Its answers say how far. */
function searches({ search, below }: PageShape): boolean {
  return search != null || below.some(({ shape }) => searches(shape));
}

interface NewLevel {
  source: Source;
  shape: PageShape;
  /** SQL of the keys of the parents. */
  parents: string;
  /** How many parents there are at most. */
  parentCount: number;
  /** Bytes that may be read. */
  maxBytes: number;
  /** Whether any page of the statement looks for rows that no index finds. */
  isSearched: boolean;
  above: Level['above'];
}

function addLevel(levels: Level[], statement: Statement, wanted: NewLevel): void {
  const { source, shape, parents, parentCount, maxBytes, isSearched, above } = wanted;
  const plan = RowPlan.of(source, shape);
  const rowCount = parentCount * ((shape.limit ?? 0) + 1);
  const level: Level = { shape, plan, rowCount, above, common: null, answers: [] };
  const number = levels.push(level) - 1;
  const from = `FROM ${parents} AS p(id) ${source.join ? statement.add(source.join) : ''}`;
  const { rows, count, earlier, reached } = pageSql(statement, source, shape, plan.scanned);
  const ends = { count, earlier, reached, isSearched };
  const withLists = rows === null ? [] : plan.all().filter(({ lists }) => lists.length > 0);

  if (rows === null || withLists.length === 0) {
    const found = rows === null ? 'NULL::text' : leafRows(statement, plan, rows, maxBytes);
    level.answers.push(`${answer(number, 'p.id', found, ends)} ${from}`);
    return;
  }
  const table = `level${number}`;
  level.common = `${table} AS MATERIALIZED (${commonRows(statement, plan, rows, from, shape)})`;
  level.answers.push(answer(number, 'NULL::uuid', rowsOfAll(plan, table, maxBytes), { isSearched }));
  if (count !== null || earlier !== null || reached !== null) {
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
        isSearched,
        above: { plan: owner, reading },
      });
    }
  }
}

function answer(
  level: number,
  key: string,
  rows: string,
  ends: Partial<Omit<PageSql, 'rows'>> & { isSearched: boolean },
): string {
  const [count, earlier] = [ends.count ?? 'NULL::int', ends.earlier ?? 'false'];
  const reached = ends.isSearched ? `, ${ends.reached ?? 'NULL::int'} AS reached` : '';
  return `SELECT ${level} AS level, ${key} AS key, ${rows} AS rows, ${count} AS count, ${earlier} AS earlier${reached}`;
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

function textOf(levels: readonly Level[], maxBytes: number, isSearched: boolean): string {
  const common = levels.flatMap((level) => level.common ?? []);
  const tables = common.length > 0 ? `WITH ${common.join(', ')} ` : '';
  const answers = levels.flatMap((level) => level.answers).join(' UNION ALL ');
  return `${tables}${mayBeLarge(levels) ? counted(answers, maxBytes, isSearched) : answers}`;
}

/**
 * Adds up the bytes of rows. From where there are more of them than may be, no rows are sent.
 */
function counted(answers: string, maxBytes: number, isSearched: boolean): string {
  const size = 'coalesce(sum(octet_length(a.rows)) OVER (ROWS UNBOUNDED PRECEDING), 0)::float8';
  return `SELECT level, key, CASE WHEN size <= ${maxBytes} THEN rows END AS rows, count, earlier${isSearched ? ', reached' : ''}, size FROM (SELECT a.*, ${size} AS size FROM (${answers}) AS a) AS s`;
}
