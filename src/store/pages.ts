import { Prisma } from './generated/client.ts';
import { Sql, join, raw, sql } from './sql.ts';

/** A column that a connection is ordered by. Never null; the columns of an order together are unique. */
export interface OrderColumn {
  name: string;
  /** PostgreSQL type, for the values of a cursor. */
  type: 'text' | 'uuid' | 'int' | 'timestamptz' | '"PluginType"';
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
  db: Prisma.TransactionClient,
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
  const rows = await db.$queryRaw<Row[]>(statement);
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
      ? sql`(SELECT 1::bigint AS i) AS p`
      : sql`unnest(${members.map((member) => member.request.parentId)}::text[]::uuid[]) WITH ORDINALITY AS p(id, i)`;
  const filters = [source.parent, source.where, ...request.where].filter((part) => part != null);
  const table = sql`${name(source.table)} AS t`;
  const choice = request.choice ?? source.choice ?? null;
  const chosen = choice && sql`t.${name(choice.column)} = ANY (${choice.values})`;
  const all = chosen ? [...filters, chosen] : filters;
  const { after, before, order, direction } = request;
  const near = request.backward ? before : after;

  return sql`SELECT ${group}::int AS "_group", p.i AS "_parent", ${
    request.countTo === null ? sql`NULL::int` : sql`c.n`
  } AS "_count", ${request.probe && near ? sql`e.found` : sql`false`} AS "_earlier", r.*
    FROM ${parents} ${source.join ?? sql``} ${
      request.countTo === null
        ? sql``
        : sql`CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM (SELECT 1 FROM ${table} ${where(all)} LIMIT ${
            request.countTo + 1
          }) AS counted) AS c`
    } ${
      request.probe && near
        ? sql`CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM ${table} ${where([
            ...all,
            beyond(order, near, (direction === 'ASC') !== request.backward ? '<=' : '>='),
          ])}) AS found) AS e`
        : sql``
    } LEFT JOIN LATERAL (${rowsOf(table, columns, request, choice, filters)}) AS r ON true`;
}

function rowsOf(
  table: Sql,
  columns: string[],
  request: PageRequest,
  choice: Choice | null,
  filters: Sql[],
): Sql {
  const { order, direction, backward, limit, after, before } = request;
  const bounds = [
    ...(after ? [beyond(order, after, direction === 'ASC' ? '>' : '<')] : []),
    ...(before ? [beyond(order, before, direction === 'ASC' ? '<' : '>')] : []),
  ];
  const scan = raw((direction === 'ASC') === backward ? 'DESC' : 'ASC');
  const sorted = join(order.map((column) => sql`t.${name(column.name)} ${scan}`));
  const selected = join(columns.map((column) => sql`t.${name(column)}`));
  const rows = (from: Sql, conditions: Sql[], position: Sql): Sql =>
    sql`SELECT ${position}${selected} FROM ${from} ${where(conditions)} ORDER BY ${sorted} LIMIT ${(limit ?? -1) + 1}`;
  const position = sql`row_number() OVER (ORDER BY ${sorted}) AS "_position", `;
  if (choice === null) return rows(table, [...filters, ...bounds], position);
  const one = [sql`t.${name(choice.column)} = v.value`, ...filters, ...bounds];
  return rows(
    sql`unnest(${choice.values}) AS v(value) CROSS JOIN LATERAL (${rows(table, one, sql``)}) AS t`,
    [],
    position,
  );
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
  db: Prisma.TransactionClient,
  table: Prisma.ModelName,
  ids: readonly string[],
  columns: readonly string[],
): Promise<(Row | null)[]> {
  const selected = join([...new Set(['id', ...columns])].map((column) => name(column)));
  const rows = await db.$queryRaw<Row[]>(
    sql`SELECT ${selected} FROM ${name(table)} WHERE id = ANY (${[...new Set(ids)]}::text[]::uuid[])`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
