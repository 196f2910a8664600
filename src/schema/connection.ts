import type { InputRef, ObjectRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Page, PageShape, Source } from '../store/pages.ts';
import type { Row } from '../store/rows.ts';
import type { Direction, OrderColumn } from '../store/scan.ts';
import type { Conditions } from '../store/sources.ts';
import { builder, type BuilderTypes } from './builder.ts';
import { BadRequest } from './bad-request.ts';
import type { Context } from './context.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { readPage, type FieldReading } from './reading.ts';
import { selects } from './selection.ts';

/** Rows of a page when the caller names no number. */
export const defaultPageSize = 20;
/** The most rows that a page may have. */
export const maxPageSize = 100;
/** Up to here `totalCount` counts; beyond it says that there are more. */
const countLimit = 1000;

/** A reference to the type of a row. Its shape is whatever was selected from the row. */
export type RowRef = ObjectRef<BuilderTypes, unknown>;

/** One way of ordering a list. */
export type Orders = Record<string, { columns: readonly OrderColumn[]; description: string }>;

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { description: 'The smallest, the oldest, or A first.' },
    DESC: { description: 'The largest, the newest, or Z first.' },
  } as const,
});

/** The input type by which callers order lists of a type. */
export function orderInput(name: string, orders: Orders) {
  const field = builder.enumType(`${name}OrderField`, {
    description: `What lists of ${name} can be ordered by.`,
    values: Object.fromEntries(
      Object.entries(orders).map(([key, { description }]) => [key, { description }]),
    ),
  });
  const type = builder.inputType(`${name}Order`, {
    description: `How to order a list of ${name}. Equal rows are ordered by the time they were made.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'What to order by.' }),
      direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
    }),
  });
  return { type, orders };
}

interface ConnectionOptions<Filter> {
  /** Type that the field belongs to; its rows have an `id`. None for a field of `Query`. */
  parent?: RowRef;
  field: string;
  description: string;
  /** Name of the node type, which is also the table. */
  name: Source['table'];
  node: RowRef;
  source: Source;
  /** The ways to order, and which one holds when the caller names none. */
  order: ReturnType<typeof orderInput>;
  defaultOrder: { field: string; direction: 'ASC' | 'DESC' };
  /** The filter's input type, and the conditions that its values stand for. */
  filter?: { type: InputRef<Filter>; conditions: (filter: Filter) => Conditions };
}

interface ListArguments extends PageArguments {
  showDeleted?: boolean | null;
  orderBy?: { field: string; direction: Direction } | null;
  filter?: unknown;
}

interface PageArguments {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
}

/**
 * Adds a list field: a Relay connection that is read in one SQL statement for all parents, whatever
 * the arguments.
 */
export function addConnection<Filter = never>(options: ConnectionOptions<Filter>): void {
  const { parent, field, description, node, name, source, order, defaultOrder, filter } = options;
  const type = connectionType(name, node);
  const reading: FieldReading = {
    source,
    by: parent ? 'id' : null,
    paths: [['nodes'], ['edges', 'node']],
    shape: (args: ListArguments, selection) => {
      const { field: key, direction } = args.orderBy ?? defaultOrder;
      const columns = order.orders[key]?.columns ?? [];
      const conditions = args.filter == null ? undefined : filter?.conditions(args.filter as Filter);
      const asks = (...path: string[]): boolean => selects(selection, path);
      const { limit, ...bounds } = pageBounds(args, columns);
      return {
        order: columns,
        direction,
        where: conditions?.where ?? [],
        withDeleted: args.showDeleted === true,
        choice: conditions?.choice ?? null,
        ...bounds,
        limit: asks('nodes') || asks('edges') || asks('pageInfo') ? limit : null,
        peek: asks('pageInfo', bounds.backward ? 'hasPreviousPage' : 'hasNextPage'),
        probe: asks('pageInfo', bounds.backward ? 'hasNextPage' : 'hasPreviousPage'),
        countTo: asks('totalCount') || asks('totalCountIsExact') ? countLimit + 1 : null,
      };
    },
  };
  const build = (t: FieldBuilder) =>
    t.field({
      type,
      description,
      args: {
        first: t.arg.int({
          description: `Take this many rows from the start. At most ${maxPageSize}; ${defaultPageSize} when neither \`first\` nor \`last\` is given.`,
        }),
        after: t.arg.string({ description: 'Take rows after this cursor.' }),
        last: t.arg.int({ description: `Take this many rows from the end. At most ${maxPageSize}.` }),
        before: t.arg.string({ description: 'Take rows before this cursor.' }),
        orderBy: t.arg({
          type: order.type,
          description: `The order. By default ${defaultOrder.field} ${defaultOrder.direction}.`,
        }),
        ...(source.withDeleted
          ? {
              showDeleted: t.arg.boolean({
                description:
                  'List what was deleted and can be brought back with `undelete`, too; false when absent.',
              }),
            }
          : {}),
        ...(filter
          ? {
              filter: t.arg({
                type: filter.type as never,
                description: 'Which rows to list; all when absent.',
              }),
            }
          : {}),
      },
      extensions: { reading },
      resolve: (row: object | undefined, args: object, context: Context, info: GraphQLResolveInfo) =>
        readPage(context, info, reading, args, row ?? null),
    });
  if (parent) builder.objectField(parent, field, build as never);
  else builder.queryField(field, build);
}

type FieldBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0];

/** Checks and translates the paging arguments. @throws BadRequest */
function pageBounds(
  args: PageArguments,
  order: readonly OrderColumn[],
): Pick<PageShape, 'limit' | 'backward' | 'after' | 'before'> {
  const { first, last, after, before } = args;
  if (first != null && last != null) {
    throw new BadRequest('Give `first` or `last`, not both.', 'BAD_PAGE');
  }
  for (const [key, value] of Object.entries({ first, last })) {
    if (value != null && (value < 0 || value > maxPageSize)) {
      throw new BadRequest(`\`${key}\` must be between 0 and ${maxPageSize}, and is ${value}.`, 'BAD_PAGE');
    }
  }
  return {
    limit: first ?? last ?? defaultPageSize,
    backward: last != null,
    after: after == null ? null : decodeCursor(after, order),
    before: before == null ? null : decodeCursor(before, order),
  };
}

/** A row in a list, with the order that its cursor is for. */
interface Edge {
  row: Row;
  order: readonly OrderColumn[];
}

const edgeTypes = new Map<string, ObjectRef<BuilderTypes, Edge>>();

/** The edge type of a node type, made once. */
export function edgeType(name: string, node: RowRef): ObjectRef<BuilderTypes, Edge> {
  const known = edgeTypes.get(name);
  if (known) return known;
  const edge = builder.objectRef<Edge>(`${name}Edge`).implement({
    description: `A ${name} in a list, with its cursor.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'Position in the list, for `after` and `before`. It stays good when rows come and go.',
        resolve: ({ row, order }) => encodeCursor(row, order),
      }),
      node: t.field({ type: node, description: `The ${name}.`, resolve: ({ row }) => row }),
    }),
  });
  edgeTypes.set(name, edge);
  return edge;
}

const connectionTypes = new Map<string, ObjectRef<BuilderTypes, Page>>();

/** The connection type of a node type, made once. */
function connectionType(name: string, node: RowRef): ObjectRef<BuilderTypes, Page> {
  const known = connectionTypes.get(name);
  if (known) return known;
  const edge = edgeType(name, node);
  const connection = builder.objectRef<Page>(`${name}Connection`).implement({
    description: `A page of a list of ${name}, after the Relay cursor connections specification.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'The rows with their cursors.',
        resolve: ({ rows, shape: { order } }) => rows.map((row) => ({ row, order })),
      }),
      nodes: t.field({ type: [node], description: 'The rows.', resolve: ({ rows }) => rows }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Whether there is more, and from where to go on.',
        resolve: ({ rows, more, earlier, shape: { backward, order } }) => ({
          hasNextPage: backward ? earlier : more,
          hasPreviousPage: backward ? more : earlier,
          startCursor: cursorOf(rows.at(0), order),
          endCursor: cursorOf(rows.at(-1), order),
        }),
      }),
      totalCount: t.int({
        description: `Number of rows in the whole list, counted up to ${countLimit}; see \`totalCountIsExact\`.`,
        resolve: ({ count }) => Math.min(count ?? 0, countLimit),
      }),
      totalCountIsExact: t.boolean({
        description: `Whether \`totalCount\` is the exact number: false when there are more than ${countLimit} rows.`,
        resolve: ({ count }) => (count ?? 0) <= countLimit,
      }),
    }),
  });
  connectionTypes.set(name, connection);
  return connection;
}

function cursorOf(row: Row | undefined, order: readonly OrderColumn[]): string | null {
  return row ? encodeCursor(row, order) : null;
}
