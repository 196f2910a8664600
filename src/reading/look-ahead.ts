import {
  getArgumentValues,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from 'graphql';
import type { ReadingContext } from './context.ts';
import type { Page, PageShape, Reading } from './pages.ts';
import { pageBelow, type Row } from './rows.ts';
import { columnsOf, fieldsAt, usesVariables, type Selection } from './selection.ts';
import type { Relation, Source } from './sources.ts';

/** How a field reads rows: what the look-ahead needs to know to read them together with the rows above. */
export interface FieldReading {
  relation: Relation;
  /** Where below the field the rows stand; an empty path when the field itself is the row. */
  paths: readonly (readonly string[])[];
  /** Columns that the field is computed from, whatever is selected of the rows. */
  columns?: readonly string[];
  /** What is asked of the source; columns and readings below follow from the selection. @throws BadRequest */
  shape: (args: never, selection: Selection) => Omit<PageShape, 'columns' | 'below'> & Partial<PageShape>;
}

/**
 * The page that a field stands for. What lies below its rows, as far as it was selected, is read along with it,
 * and is here already when the field itself was read so. Pages of one field that are asked for in the same tick
 * share a statement.
 *
 * @param args null where they are not what the page depends on
 * @param row the row above, in which the key of the parent is found
 */
export function readPage(
  context: ReadingContext,
  info: GraphQLResolveInfo,
  reading: FieldReading,
  args: object | null,
  row: object | null,
): Page | Promise<Page> {
  const known = row && pageBelow(row, info.fieldNodes[0] as FieldNode);
  if (known) return known;
  const { source, by } = reading.relation;
  const shape = shapeFor(context, info, reading, args);
  const key = by === null ? null : ((row as Record<string, unknown>)[by] as string);
  return context.page(source, key, shape);
}

/**
 * The shapes that follow from the document alone, by the nodes of their field; null where variables decide. A compiled
 * query has the same nodes in each request.
 */
const shapesOfDocuments = new WeakMap<readonly FieldNode[], Map<Source, PageShape | null>>();

function shapeFor(
  context: ReadingContext,
  info: GraphQLResolveInfo,
  reading: FieldReading,
  args: object | null,
): PageShape {
  const { fieldNodes } = info;
  const { source } = reading.relation;
  const make = (): PageShape => shapeOf(reading, args ?? {}, info, context.lookAhead);
  if (!context.lookAhead) return context.shape(fieldNodes, source, make);
  const shapes = shapesOfDocuments.get(fieldNodes) ?? new Map<Source, PageShape | null>();
  let shape = shapes.get(source);
  if (shape === undefined) {
    shape = usesVariables(info, args !== null) ? null : make();
    shapesOfDocuments.set(fieldNodes, shapes.set(source, shape));
  }
  return shape ?? context.shape(fieldNodes, source, make);
}

/** Goes on with a page at once when it is here: a promise for each of many rows costs more than their reading. */
export function whenRead<T>(page: Page | Promise<Page>, then: (page: Page) => T): T | Promise<T> {
  return page instanceof Promise ? page.then(then) : then(page);
}

function shapeOf(
  { relation, paths, columns = [], shape }: FieldReading,
  args: object,
  selection: Selection,
  lookAhead: boolean,
): PageShape {
  const type = selection.schema.getType(relation.source.table.name);
  const needed = [...columns];
  const below: Reading[] = [];
  if (isObjectType(type)) {
    for (const nodes of paths.flatMap((path) => fieldsAt(selection, path, type))) {
      const found = lookAhead ? readingBelow(selection, type, nodes) : null;
      if (found) below.push(found);
      needed.push(...columnsOf(type, nodes, found !== null));
    }
  }
  return { columns: needed, below, ...shape(args as never, selection) };
}

function readingBelow(
  selection: Selection,
  type: GraphQLObjectType,
  fieldNodes: readonly FieldNode[],
): Reading | null {
  const [node] = fieldNodes as [FieldNode];
  const field = type.getFields()[node.name.value];
  const reading = field && readingOf(field);
  if (!field || reading?.relation.by == null) return null;
  try {
    const args = getArgumentValues(field, node, selection.variableValues);
    const shape = shapeOf(reading, args, { ...selection, fieldNodes }, true);
    return { token: node, source: reading.relation.source, by: reading.relation.by, shape };
  } catch {
    // Arguments that cannot be: the field itself says so, at its own place in the answer.
    return null;
  }
}

function readingOf({ extensions }: GraphQLField<unknown, unknown>): FieldReading | undefined {
  return (extensions as { reading?: FieldReading }).reading;
}

/** What is asked of a source of which one row is wanted, the first by its id. */
export const singleRow = {
  order: [{ name: 'id', type: 'uuid' }],
  cursors: false,
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

/** How a field reads the one row that a relation leads to. */
export function readsSingle(relation: Relation): FieldReading {
  return { relation, paths: [[]], shape: () => singleRow };
}

/**
 * The row of an id, with the columns and what lies below as far as selected; null when there is none.
 *
 * @param source where a row is found by its id
 * @param columns further columns, the same at each call for the same field
 */
export async function readById(
  context: ReadingContext,
  info: GraphQLResolveInfo,
  source: Source,
  id: string,
  columns: readonly string[] = [],
): Promise<Row | null> {
  const reading = { ...readsSingle({ source, by: 'id', nullable: true }), columns };
  return whenRead(readPage(context, info, reading, null, { id }), ({ rows }) => rows[0] ?? null);
}
