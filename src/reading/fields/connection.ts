import type { ObjectRef, SchemaTypes } from '@pothos/core';
import { getRefFromModel } from '@pothos/plugin-prisma';
import { encodeCursor } from './cursor.ts';
import { countLimit } from './page-arguments.ts';
import type { Page } from '../pages.ts';
import type { Row } from '../rows.ts';
import type { OrderColumn } from '../sources.ts';

type Builder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>;
type Ref<Shape> = ObjectRef<SchemaTypes, Shape>;

// The fields of edges and connections are properties of these objects: a compiled query reads a property where it is
// used, and calls a resolver with much that few need.

/** A row in a list, with the order for its cursor. */
export class Edge {
  readonly node: Row;
  readonly #order: readonly OrderColumn[];
  #cursor: string | null = null;

  constructor(node: Row, order: readonly OrderColumn[]) {
    this.node = node;
    this.#order = order;
  }

  get cursor(): string {
    return (this.#cursor ??= encodeCursor(this.node, this.#order));
  }
}

/** A page as callers see it. What has to be made is made once: a compiled query reads a property several times. */
export class Connection {
  readonly #page: Page;
  #edges: Edge[] | null = null;
  #pageInfo: PageInfo | null = null;

  constructor(page: Page) {
    this.#page = page;
  }

  get nodes(): Row[] {
    return this.#page.rows;
  }

  get edges(): Edge[] {
    const { rows, shape } = this.#page;
    return (this.#edges ??= rows.map((row) => new Edge(row, shape.order)));
  }

  get pageInfo(): PageInfo {
    return (this.#pageInfo ??= this.#makePageInfo());
  }

  get totalCount(): number | null {
    const count = this.#page.count ?? 0;
    return count <= countLimit ? count : null;
  }

  #makePageInfo(): PageInfo {
    const { rows, more, earlier, reached, shape } = this.#page;
    const { backward, cursors, order, limit } = shape;
    // A page with fewer rows than were wanted goes on where its search ended.
    const isCutOff = reached !== null && rows.length < (limit ?? 0);
    const searched = (isEnd: boolean): string | null =>
      isCutOff && isEnd ? encodeCursor({ [order[0]?.name ?? '']: reached }, order) : null;
    const goesOn = more || reached !== null;
    // Where edges are there, they have made these cursors, or will need them.
    const cursorOf = (at: number): string | null => {
      const row = rows.at(at);
      return row && cursors ? (this.#edges?.at(at)?.cursor ?? encodeCursor(row, order)) : null;
    };
    return {
      hasNextPage: backward ? earlier : goesOn,
      hasPreviousPage: backward ? goesOn : earlier,
      startCursor: searched(backward) ?? cursorOf(0),
      endCursor: searched(!backward) ?? cursorOf(-1),
    };
  }
}

/** Where a page stands in its list. */
interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** The types that lists of a builder need. Each is made once, and found by the name of the type of rows. */
interface ListTypes {
  edges: Map<string, Ref<Edge>>;
  connections: Map<string, Ref<Connection>>;
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
      cursor: t.exposeString('cursor', {
        description:
          'Position in the list, for `after` and `before`. It stays valid when rows are added or removed.',
        nullable: false,
      }),
      node: t.expose('node', {
        type: rowType(builder, name),
        nullable: false,
        description: `The ${name}.`,
      }),
    }),
  });
}

/** The connection type of a table. */
export function connectionType(builder: Builder, name: string): Ref<Connection> {
  const { connections } = typesOf(builder);
  const connection = connections.get(name) ?? makeConnection(builder, name);
  connections.set(name, connection);
  return connection;
}

function makeConnection(builder: Builder, name: string): Ref<Connection> {
  const edge = edgeType(builder, name);
  return builder.objectRef<Connection>(`${name}Connection`).implement({
    description: `A page of a list of ${name}, as in the Relay cursor connections specification.`,
    fields: (t) => ({
      edges: t.expose('edges', {
        type: [edge],
        nullable: false,
        description: 'The rows with their cursors.',
      }),
      nodes: t.expose('nodes', {
        type: [rowType(builder, name)],
        nullable: false,
        description: 'The rows.',
      }),
      pageInfo: t.expose('pageInfo', {
        type: builder.pageInfoRef(),
        nullable: false,
        description: 'Whether the list has more rows, and the cursors of this page.',
      }),
      totalCount: t.exposeInt('totalCount', {
        nullable: true,
        description: `The exact number of rows in the whole list, of all its pages. Null when there are more than ${countLimit.toLocaleString('en')}: they are not counted further.`,
      }),
    }),
  });
}
