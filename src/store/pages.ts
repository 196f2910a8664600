import type { Prisma } from './generated/client.ts';
import { Sql, join, raw, sql } from './sql.ts';

/** A column that a connection is ordered by. Never null; the columns of an order together are unique. */
export interface OrderColumn {
  name: string;
  /** PostgreSQL type, for the values of a cursor. */
  type: 'text' | 'uuid' | 'int' | 'timestamptz';
}

/**
 * Where the rows of a connection come from. In the fragments, `t` is the table that is read and
 * `p.id` the id of the parent.
 */
export interface Source {
  /** The table, named as in `prisma/schema.prisma`. */
  table: Prisma.ModelName;
  /** What makes a row belong to the parent; null for a connection of the root. */
  parent: Sql | null;
  /** A further join of the parent, such as its own row. */
  join?: Sql;
  /** Conditions that always hold. */
  where?: Sql;
  /** One of several values that a column may have, read from the parent: see `Choice`. */
  choice?: Choice;
}

/**
 * A column that may have one of several values. The page is then merged from one short ordered
 * scan for each value, since no index gives the order across values.
 */
export interface Choice {
  column: string;
  /** An SQL array of the values. */
  values: Sql;
}

/** One page to read: a parent and what was asked of the connection. */
export interface PageRequest {
  /** Id of the parent; null at the root. */
  parentId: string | null;
  /** Columns to read, beside those of the order. */
  columns: readonly string[];
  order: readonly OrderColumn[];
  direction: 'ASC' | 'DESC';
  /** Conditions of the filter. */
  where: readonly Sql[];
  choice: Choice | null;
  /** Rows wanted, from the start or, with `backward`, from the end; null when no rows are. */
  limit: number | null;
  backward: boolean;
  /** Values of the order's columns that the page lies after, or before. */
  after: readonly unknown[] | null;
  before: readonly unknown[] | null;
  /** Whether to find out if rows lie on the near side of the cursor. */
  probe: boolean;
  /** Count up to this many rows; null for no count. */
  countTo: number | null;
}

export type Row = Record<string, unknown>;

/** Sends one reading statement. */
export type Read = (statement: Sql) => Promise<Row[]>;

/** A page as read. */
export interface Page {
  /** The rows in the connection's order, at most `limit`. */
  rows: Row[];
  /** Whether there are more rows beyond the far end of the page. */
  more: boolean;
  /** Whether there are rows on the near side of the cursor; false without `probe`. */
  earlier: boolean;
  /** Number of rows, counted up to `countTo` + 1; null without it. */
  count: number | null;
}

/**
 * Reads all pages in one statement: a lateral subquery for each parent, which an index serves, and
 * one branch of a UNION for each different set of arguments. It reads one row more than each page
 * holds, to know whether more follow.
 */
export async function readPages(
  read: Read,
  source: Source,
  requests: readonly PageRequest[],
): Promise<Page[]> {
  const columns = [
    ...new Set(requests.flatMap(({ columns, order }) => [...columns, ...order.map((c) => c.name)])),
  ];
  const groups = groupAlike(requests);
  const statement = join(
    groups.map((members, group) => branch(source, columns, group, members)),
    ' UNION ALL ',
  );
  const rows = await read(statement);
  return collect(requests, groups, rows);
}

interface Member {
  request: PageRequest;
  index: number;
}

// Requests that differ in their parents alone share a branch of the statement.
function groupAlike(requests: readonly PageRequest[]): Member[][] {
  const groups = new Map<string, Member[]>();
  requests.forEach((request, index) => {
    const key = JSON.stringify({ ...request, parentId: null, columns: null });
    const members = groups.get(key);
    if (members) members.push({ request, index });
    else groups.set(key, [{ request, index }]);
  });
  return [...groups.values()];
}

function branch(source: Source, columns: string[], group: number, members: Member[]): Sql {
  const { request } = members[0] as Member;
  const parents =
    source.parent === null
      ? sql`generate_series(1, ${members.length}::bigint) AS p(i)`
      : sql`unnest(${members.map((member) => member.request.parentId)}::text[]::uuid[]) WITH ORDINALITY AS p(id, i)`;
  const filters = [source.parent, source.where, ...request.where].filter((part) => part != null);
  const choice = request.choice ?? source.choice ?? null;
  const { after, before, order, direction, limit, backward } = request;
  const near = backward ? before : after;
  const from: Scan = { table: source.table, filters, choice, order };
  const inScan = (direction === 'ASC') === backward ? 'DESC' : 'ASC';
  const bounds = [
    ...(after ? [beyond(order, after, direction === 'ASC' ? '>' : '<')] : []),
    ...(before ? [beyond(order, before, direction === 'ASC' ? '<' : '>')] : []),
  ];
  const rows = page({ ...from, filters: [...filters, ...bounds] }, columns, inScan, (limit ?? -1) + 1);
  // The nearest row on the other side of the cursor, or at it.
  const outside = near && beyond(order, near, inScan === 'ASC' ? '<=' : '>=');
  const earlier =
    request.probe && outside
      ? keys({ ...from, filters: [...filters, outside] }, inScan === 'ASC' ? 'DESC' : 'ASC', 1)
      : null;
  // In order, although a count needs none: otherwise PostgreSQL may hope to find that many rows soon by
  // reading the table from its beginning.
  const counted = request.countTo === null ? null : keys(from, 'ASC', request.countTo + 1);

  return sql`SELECT ${group}::int AS "_group", p.i AS "_parent", ${
    counted ? sql`c.n` : sql`NULL::int`
  } AS "_count", ${earlier ? sql`e.found` : sql`false`} AS "_earlier", r.*
    FROM ${parents} ${source.join ?? sql``} ${
      counted ? sql`CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM (${counted}) AS counted) AS c` : sql``
    } ${
      earlier
        ? sql`CROSS JOIN LATERAL (SELECT count(*) > 0 AS found FROM (${earlier}) AS earlier) AS e`
        : sql``
    } LEFT JOIN LATERAL (${rows}) AS r ON true`;
}

/** Which rows are read, and in which order. */
interface Scan {
  table: Prisma.ModelName;
  filters: Sql[];
  choice: Choice | null;
  order: readonly OrderColumn[];
}

// The first rows in order, numbered by `_position`.
function page(from: Scan, columns: readonly string[], direction: 'ASC' | 'DESC', limit: number): Sql {
  const selected = join(columns.map((column) => sql`t.${name(column)}`));
  // The system column is in no index. Without it PostgreSQL may find all that it needs in an index of
  // another order, and read and sort the whole of the list there.
  const rows = ordered(from, sql`t.tableoid::int AS "_table", ${selected}`, direction, limit);
  // Numbered after the limit, since a window over the table reads ahead.
  return sql`SELECT row_number() OVER (ORDER BY ${sorted(from, direction)}) AS "_position", t."_table", ${selected} FROM (${rows}) AS t`;
}

// The order's columns of the first rows in order.
function keys(from: Scan, direction: 'ASC' | 'DESC', limit: number): Sql {
  return ordered(from, join(from.order.map((column) => sql`t.${name(column.name)}`)), direction, limit);
}

function ordered(from: Scan, selected: Sql, direction: 'ASC' | 'DESC', limit: number): Sql {
  const { table, filters, choice } = from;
  const end = sql`ORDER BY ${sorted(from, direction)} LIMIT ${limit}`;
  const rows = (conditions: Sql[]): Sql =>
    sql`SELECT ${selected} FROM ${name(table)} AS t ${where(conditions)} ${end}`;
  if (choice === null) return rows(filters);
  const one = rows([sql`t.${name(choice.column)} = v.value`, ...filters]);
  return sql`SELECT t.* FROM unnest(${choice.values}) AS v(value) CROSS JOIN LATERAL (${one}) AS t ${end}`;
}

function sorted({ order }: Scan, direction: 'ASC' | 'DESC'): Sql {
  return join(order.map((column) => sql`t.${name(column.name)} ${raw(direction)}`));
}

// A comparison of rows, which an index on the columns serves as one range.
function beyond(order: readonly OrderColumn[], values: readonly unknown[], operator: string): Sql {
  const columns = join(order.map((column) => sql`t.${name(column.name)}`));
  const bounds = join(order.map((column, i) => sql`${values[i]}::${raw(column.type)}`));
  return sql`(${columns}) ${raw(operator)} (${bounds})`;
}

function where(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`` : sql`WHERE ${join(conditions, ' AND ')}`;
}

// Names come from the Prisma schema, never from a caller.
function name(identifier: string): Sql {
  return raw(`"${identifier}"`);
}

function collect(requests: readonly PageRequest[], groups: Member[][], rows: Row[]): Page[] {
  const pages = requests.map<Page>(() => ({ rows: [], more: false, earlier: false, count: null }));
  for (const { _group, _parent, _count, _earlier, _position, ...row } of rows) {
    const member = groups[_group as number]?.[Number(_parent) - 1];
    const page = member && pages[member.index];
    if (!page) throw new Error('A page was read that nobody asked for.');
    page.count = _count as number | null;
    page.earlier = _earlier as boolean;
    if (_position !== null) page.rows[Number(_position) - 1] = row;
  }
  requests.forEach((request, index) => {
    const page = pages[index] as Page;
    page.more = page.rows.length > (request.limit ?? 0);
    page.rows.length = Math.min(page.rows.length, request.limit ?? 0);
    if (request.backward) page.rows.reverse();
  });
  return pages;
}

/**
 * Reads single rows by id in one statement.
 *
 * @returns a row or null for each id, in the order of the ids
 */
export async function readRows(
  read: Read,
  table: Prisma.ModelName,
  ids: readonly string[],
  columns: readonly string[],
): Promise<(Row | null)[]> {
  const selected = join([...new Set(['id', ...columns])].map((column) => name(column)));
  const rows = await read(
    sql`SELECT ${selected} FROM ${name(table)} WHERE id = ANY (${[...new Set(ids)]}::text[]::uuid[])`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
