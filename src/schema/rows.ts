import type { GraphQLResolveInfo } from 'graphql';
import type { Source } from '../store/pages.ts';
import { filters, orders } from '../store/sources.ts';
import type { RowOf } from './builder.ts';
import { selectedColumns } from './columns.ts';
import type { Context } from './context.ts';

/** Loads the row that a field leads to, with the columns that were selected. */
export async function rowById<Table extends Source['table']>(
  context: Context,
  info: GraphQLResolveInfo,
  table: Table,
  id: string,
): Promise<RowOf<Table>> {
  const row = await context.row(table, id, selectedColumns(context, info, table));
  if (row === null) throw new Error(`${table} ${id} is missing although something refers to it.`);
  return row as RowOf<Table>;
}

/** Like `rowById`, for a field that leads nowhere when the id is null. */
export async function rowByOptionalId<Table extends Source['table']>(
  context: Context,
  info: GraphQLResolveInfo,
  table: Table,
  id: string | null,
): Promise<RowOf<Table> | null> {
  return id === null ? null : rowById(context, info, table, id);
}

/** Loads a child by its natural name: a page of one, so look-ups of many parents share a statement. */
export async function rowByName<Table extends Source['table']>(
  context: Context,
  info: GraphQLResolveInfo,
  source: Source & { table: Table },
  parentId: string | null,
  column: 'name' | 'stateId' | 'id',
  value: string,
): Promise<RowOf<Table> | null> {
  const page = await context.page(source, {
    parentId,
    columns: selectedColumns(context, info, source.table),
    order: orders.created,
    direction: 'ASC',
    where: [filters.equals(column, value)],
    choice: null,
    limit: 1,
    backward: false,
    after: null,
    before: null,
    probe: false,
    countTo: null,
  });
  return (page.rows[0] ?? null) as RowOf<Table> | null;
}

/** The path of something that lies in an environment: `project/environment/name`. */
export async function pathIn(context: Context, environmentId: string, name: string): Promise<string> {
  return `${await environmentPath(context, environmentId)}/${name}`;
}

/** The path of an environment: `project/environment`. */
export async function environmentPath(context: Context, id: string): Promise<string> {
  const environment = await context.row('Environment', id, ['name', 'projectId']);
  const project = await context.row('Project', environment?.projectId as string, ['name']);
  return `${project?.name as string}/${environment?.name as string}`;
}
