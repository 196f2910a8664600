import type { ObjectRef, SchemaTypes } from '@pothos/core';
import { getRefFromModel } from '@pothos/plugin-prisma';
import { encodeCursor } from './cursor.ts';
import { countLimit } from './page-arguments.ts';
import type { Page } from '../pages.ts';
import type { Row } from '../rows.ts';
import type { OrderColumn } from '../sources.ts';

type Builder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>;
type Ref<Shape> = ObjectRef<SchemaTypes, Shape>;

/** A row in a list, with the order for its cursor. */
export interface Edge {
  row: Row;
  order: readonly OrderColumn[];
}

/** The types that lists of a builder need. Each is made once, and found by the name of the type of rows. */
interface ListTypes {
  edges: Map<string, Ref<Edge>>;
  connections: Map<string, Ref<Page>>;
}

const listTypes = new WeakMap<object, ListTypes>();

function typesOf(builder: Builder): ListTypes {
  const types = listTypes.get(builder) ?? { edges: new Map(), connections: new Map() };
  listTypes.set(builder, types);
  return types;
}

/** The type of the rows of a table. */
export function rowType(builder: Builder, name: string): Ref<Row> {
  return getRefFromModel(name, builder) as unknown as Ref<Row>;
}

/** The edge type of a table. */
export function edgeType(builder: Builder, name: string): Ref<Edge> {
  const { edges } = typesOf(builder);
  const edge = edges.get(name) ?? makeEdge(builder, name);
  edges.set(name, edge);
  return edge;
}

function makeEdge(builder: Builder, name: string): Ref<Edge> {
  return builder.objectRef<Edge>(`${name}Edge`).implement({
    description: `One row of a list of ${name}, with its cursor.`,
    fields: (t) => ({
      cursor: t.string({
        description:
          'Position in the list, for `after` and `before`. It stays valid when rows are added or removed.',
        nullable: false,
        resolve: ({ row, order }) => encodeCursor(row, order),
      }),
      node: t.field({
        type: rowType(builder, name),
        nullable: false,
        description: `The ${name}.`,
        resolve: ({ row }) => row,
      }),
    }),
  });
}

/** The connection type of a table. */
export function connectionType(builder: Builder, name: string): Ref<Page> {
  const { connections } = typesOf(builder);
  const connection = connections.get(name) ?? makeConnection(builder, name);
  connections.set(name, connection);
  return connection;
}

function makeConnection(builder: Builder, name: string): Ref<Page> {
  const edge = edgeType(builder, name);
  return builder.objectRef<Page>(`${name}Connection`).implement({
    description: `A page of a list of ${name}, as in the Relay cursor connections specification.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        nullable: false,
        description: 'The rows with their cursors.',
        resolve: ({ rows, shape: { order } }) => rows.map((row) => ({ row, order })),
      }),
      nodes: t.field({
        type: [rowType(builder, name)],
        nullable: false,
        description: 'The rows.',
        resolve: ({ rows }) => rows,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        nullable: false,
        description: 'Whether the list has more rows, and the cursors of this page.',
        resolve: pageInfoOf,
      }),
      totalCount: t.int({
        nullable: false,
        description: `Number of rows in the whole list, counted up to ${countLimit}. See \`totalCountIsExact\`.`,
        resolve: ({ count }) => Math.min(count ?? 0, countLimit),
      }),
      totalCountIsExact: t.boolean({
        nullable: false,
        description: `Whether \`totalCount\` is the exact number. False when the list has more than ${countLimit} rows.`,
        resolve: ({ count }) => (count ?? 0) <= countLimit,
      }),
    }),
  });
}

function pageInfoOf({ rows, more, earlier, shape: { backward, cursors, order } }: Page) {
  const cursorOf = (row: Row | undefined) => (row && cursors ? encodeCursor(row, order) : null);
  return {
    hasNextPage: backward ? earlier : more,
    hasPreviousPage: backward ? more : earlier,
    startCursor: cursorOf(rows.at(0)),
    endCursor: cursorOf(rows.at(-1)),
  };
}
