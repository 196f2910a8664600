import type { GraphQLResolveInfo } from 'graphql';
import { readById } from '../reading/look-ahead.ts';
import type { Prisma } from '../store/index.ts';
import { byId } from '../store/reading/tables.ts';
import type { RowOf } from './builder.ts';
import type { Context } from './context.ts';

/**
 * The row with an id, with the selected columns and the selected rows below; null when there is none.
 *
 * @param columns further columns
 */
export async function findById<T extends Prisma.ModelName>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
  columns: readonly string[] = [],
): Promise<RowOf<T> | null> {
  return (await readById(context, info, byId[table], id, columns)) as RowOf<T> | null;
}

/** Like `findById`, for the row that an event of a subscription is about. When it is gone, the event is not sent. */
export async function rowOfEvent<T extends Prisma.ModelName>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
  columns: readonly string[] = [],
): Promise<RowOf<T>> {
  const row = await findById(context, info, table, id, columns);
  context.isOvertaken ||= row === null;
  return row as RowOf<T>;
}

/** Like `findById`, for a row that must be there. */
export async function rowById<T extends Prisma.ModelName>(
  context: Context,
  info: GraphQLResolveInfo,
  table: T,
  id: string,
): Promise<RowOf<T>> {
  const row = await findById(context, info, table, id);
  if (row) return row;
  throw new Error(`${table} ${id} is missing although something refers to it.`);
}
