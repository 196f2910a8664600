import type { GraphQLResolveInfo } from 'graphql';
import { pageBelow, type Page, type PageShape, type Reading, type Source } from '../store/pages.ts';
import type { Row } from '../store/rows.ts';
import type { Sql } from '../store/sql.ts';
import { byId, orders } from '../store/sources.ts';
import type { RowOf } from './builder.ts';
import type { Context } from './context.ts';
import { readPage, type FieldReading } from './reading.ts';

type Table = Source['table'];

// A single row.
const single = {
  order: orders.created,
  direction: 'ASC',
  where: [],
  choice: null,
  limit: 1,
  backward: false,
  after: null,
  before: null,
  peek: false,
  probe: false,
  countTo: null,
} as const satisfies Partial<PageShape>;

function rowOf(table: Table, by: string): FieldReading {
  return { source: byId[table], by, paths: [[]], shape: () => single };
}

/** Loads the row of an id, with the columns and what lies below as far as selected; null when there is none. */
export async function findById<T extends Table>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
): Promise<RowOf<T> | null> {
  const { rows } = await readPage(context, info, rowOf(table, 'id'), {}, { id });
  return (rows[0] ?? null) as RowOf<T> | null;
}

/** Like `findById`, for a row that must be there. */
export async function rowById<T extends Table>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
): Promise<RowOf<T>> {
  return (await findById(context, info, table, id)) ?? missing(table, id);
}

function missing(table: Table, id: string): never {
  throw new Error(`${table} ${id} is missing although something refers to it.`);
}

/** How a field leads to the one row whose id stands in a column of its own row; null when that is null. */
export function leadsTo<T extends Table>(table: T, by: string) {
  const reading = rowOf(table, by);
  return {
    extensions: { reading },
    resolve: (row: object, _args: object, context: Context, info: GraphQLResolveInfo) => {
      const id = (row as Row)[by] as string | null;
      if (id === null) return null as never;
      return when(
        readPage(context, info, reading, {}, row),
        ({ rows: [found] }) => found ?? missing(table, id),
      ) as RowOf<T>;
    },
  };
}

type Otherwise = (
  row: Row | null,
  args: object,
  context: Context,
  info: GraphQLResolveInfo,
) => Promise<object | null> | null;

/**
 * How a field finds the one row below its own that its arguments name; null when there is none.
 *
 * @param by column of its own row that is the key; null for a field of `Query`
 * @param otherwise finds the row when there is none of that name
 */
export function finds(
  source: Source,
  by: string | null,
  named: (args: Record<string, string>) => Sql,
  otherwise: Otherwise = () => null,
) {
  const reading: FieldReading = {
    source,
    by,
    paths: [[]],
    shape: (args) => ({ ...single, where: [named(args)] }),
  };
  return {
    extensions: { reading },
    resolve: (row: unknown, args: object, context: Context, info: GraphQLResolveInfo) =>
      when(
        readPage(context, info, reading, args, row as Row | null),
        ({ rows: [found] }) => found ?? otherwise(row as Row | null, args, context, info),
      ) as never,
  };
}

/** How a field says whether there is a row of a source, whose parent is its own row. */
export function findsAny(source: Source, say: (isThere: boolean) => boolean) {
  const reading: FieldReading = {
    source,
    by: 'id',
    paths: [],
    shape: () => ({ ...single, columns: ['id'] }),
  };
  return {
    extensions: { reading },
    resolve: (row: object, args: object, context: Context, info: GraphQLResolveInfo) =>
      when(readPage(context, info, reading, args, row), ({ rows }) => say(rows.length > 0)) as boolean,
  };
}

/** Goes on with a page at once when it is here: a promise for each of many rows costs more than their reading. */
export function when<T>(page: Page | Promise<Page>, then: (page: Page) => T): T | Promise<T> {
  return page instanceof Promise ? page.then(then) : then(page);
}

const projectName: Reading = {
  token: {},
  source: byId.Project,
  by: 'projectId',
  shape: { ...single, columns: ['name'], below: [] },
};

/** How the path of something in an environment is computed: `project/environment/name`. */
export function pathIn(column: string) {
  const reading: FieldReading = {
    source: byId.Environment,
    by: 'environmentId',
    paths: [],
    shape: () => ({ ...single, columns: ['name'], below: [projectName] }),
  };
  return {
    extensions: { reading, columns: [column] },
    resolve: (row: object, _args: object, context: Context, info: GraphQLResolveInfo) =>
      when(readPage(context, info, reading, {}, row), ({ rows: [environment = {}] }) => {
        const [project] = pageBelow(environment, projectName.token)?.rows ?? [];
        return [project?.name, environment.name, (row as Row)[column]].join('/');
      }) as string,
  };
}

/** How the path of an environment is computed: `project/environment`. */
export function environmentPath() {
  const reading: FieldReading = {
    source: byId.Project,
    by: 'projectId',
    paths: [],
    shape: () => ({ ...single, columns: ['name'], below: [] }),
  };
  return {
    extensions: { reading, columns: ['name'] },
    resolve: (row: object, _args: object, context: Context, info: GraphQLResolveInfo) =>
      when(readPage(context, info, reading, {}, row), ({ rows: [project] }) =>
        [project?.name, (row as Row).name].join('/'),
      ) as string,
  };
}
