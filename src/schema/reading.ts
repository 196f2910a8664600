import {
  getArgumentValues,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
} from 'graphql';
import { pageBelow, type Page, type PageShape, type Reading, type Source } from '../store/pages.ts';
import type { Context } from './context.ts';
import { columnsOf } from './columns.ts';
import { fieldsAt, type Selection } from './selection.ts';

/** How a field reads rows: what the look-ahead needs to know to read them together with the rows above. */
export interface FieldReading {
  source: Source;
  /** Column of the row above that is the parent's key; null for a field of `Query`. */
  by: string | null;
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
 * @param row the row above; its key is found in the column `by`
 */
export function readPage(
  context: Context,
  info: GraphQLResolveInfo,
  reading: FieldReading,
  args: object,
  row: object | null,
): Page | Promise<Page> {
  const known = row && pageBelow(row, info.fieldNodes[0] as FieldNode);
  if (known) return known;
  const shape = context.shape(info.fieldNodes, reading.source, () =>
    shapeOf(reading, args, info, context.lookAhead),
  );
  const key = reading.by === null ? null : ((row as Record<string, unknown>)[reading.by] as string);
  return context.page(reading.source, key, shape);
}

function shapeOf(
  { source, paths, columns = [], shape }: FieldReading,
  args: object,
  selection: Selection,
  lookAhead: boolean,
): PageShape {
  const type = selection.schema.getType(source.table);
  const fields = isObjectType(type) ? paths.flatMap((path) => fieldsAt(selection, path, type)) : [];
  return {
    columns: [...columns, ...(isObjectType(type) ? columnsOf(type, fields) : [])],
    below:
      isObjectType(type) && lookAhead ? fields.flatMap((nodes) => readingBelow(selection, type, nodes)) : [],
    ...shape(args as never, selection),
  };
}

function readingBelow(
  selection: Selection,
  type: GraphQLObjectType,
  fieldNodes: readonly FieldNode[],
): Reading[] {
  const [node] = fieldNodes as [FieldNode];
  const field = type.getFields()[node.name.value];
  const reading = field && readingOf(field);
  if (!field || reading?.by == null) return [];
  try {
    const args = getArgumentValues(field, node, selection.variableValues);
    const shape = shapeOf(reading, args, { ...selection, fieldNodes }, true);
    return [{ token: node, source: reading.source, by: reading.by, shape }];
  } catch {
    // Arguments that cannot be: the field itself says so, at its own place in the answer.
    return [];
  }
}

function readingOf({ extensions }: GraphQLField<unknown, unknown>): FieldReading | undefined {
  return (extensions as { reading?: FieldReading }).reading;
}
