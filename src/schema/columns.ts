import {
  Kind,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql';
import type { Prisma } from '../store/index.ts';
import type { Context } from './context.ts';

/** Says which columns of its row a field is computed from; fields that expose a column need not. */
export function needs(...columns: string[]): { extensions: { columns: string[] } } {
  return { extensions: { columns } };
}

/**
 * The columns that a selection needs from rows of a type, and no others; the id is always among them
 * where there is one.
 *
 * @param paths where below the field the rows stand; none when the field itself is the row
 */
export function selectedColumns(
  context: Context,
  info: GraphQLResolveInfo,
  typeName: Prisma.ModelName,
  paths: readonly (readonly string[])[] = [[]],
): readonly string[] {
  // The same field of every row in a list has the same selection: it is looked at once a request.
  const byType = context.selections.get(info.fieldNodes) ?? new Map<string, readonly string[]>();
  context.selections.set(info.fieldNodes, byType);
  const known = byType.get(typeName);
  if (known) return known;
  const type = info.schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is not an object type.`);
  const columns = new Set<string>(type.getFields().id ? ['id'] : []);
  for (const path of paths) {
    for (const node of info.fieldNodes) collect(info, node.selectionSet, path, type, columns);
  }
  byType.set(typeName, [...columns]);
  return [...columns];
}

function collect(
  info: GraphQLResolveInfo,
  selectionSet: SelectionSetNode | undefined,
  path: readonly string[],
  type: GraphQLObjectType,
  columns: Set<string>,
): void {
  const [step, ...rest] = path;
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      if (step === undefined) addColumns(type, selection.name.value, columns);
      else if (selection.name.value === step) collect(info, selection.selectionSet, rest, type, columns);
      continue;
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection;
    const condition = fragment?.typeCondition?.name.value;
    // Within the rows, a fragment on another object type selects nothing from this one.
    const other = step === undefined && condition !== undefined && condition !== type.name;
    if (!other || !isObjectType(info.schema.getType(condition))) {
      collect(info, fragment?.selectionSet, path, type, columns);
    }
  }
}

function addColumns(type: GraphQLObjectType, name: string, columns: Set<string>): void {
  const { columns: needed, pothosExposedField: exposed } = (type.getFields()[name]?.extensions ?? {}) as {
    columns?: string[];
    pothosExposedField?: string;
  };
  for (const column of needed ?? (exposed === undefined ? [] : [exposed])) columns.add(column);
}
