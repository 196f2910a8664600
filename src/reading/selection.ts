import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  typeFromAST,
  type ArgumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** What was selected of a field; a `GraphQLResolveInfo` is one. */
export type Selection = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'schema' | 'variableValues'>;

/** Whether a field's selection holds a path of names, `@skip` and `@include` aside. */
export function selects({ fieldNodes, fragments }: Selection, path: readonly string[]): boolean {
  const within = (selectionSet: SelectionSetNode | undefined, [name, ...rest]: readonly string[]): boolean =>
    selectionSet?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        return selection.name.value === name && (rest.length === 0 || within(selection.selectionSet, rest));
      }
      const spread = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
      return within(
        spread?.selectionSet,
        [name, ...rest].filter((part) => part !== undefined),
      );
    }) ?? false;
  return fieldNodes.some((node) => within(node.selectionSet, path));
}

/**
 * The fields that are selected of an object of a type below a field: for each response key its nodes, in the
 * order in which they are executed. Source: CollectFields of the GraphQL specification, §6.3.2.
 *
 * @param path names of the fields between; none when the field itself is the object
 */
export function fieldsAt(
  selection: Selection,
  path: readonly string[],
  type: GraphQLObjectType,
): (readonly FieldNode[])[] {
  const [step, ...rest] = path;
  const fields = new Map<string, FieldNode[]>();
  for (const { selectionSet } of selection.fieldNodes) {
    // Between the field and the object stand connections and edges, which no fragment can tell apart.
    collect(selection, selectionSet, step === undefined ? type : null, fields, new Set());
  }
  const found = [...fields.values()];
  if (step === undefined) return found;
  return found
    .filter(([node]) => node?.name.value === step)
    .flatMap((fieldNodes) => fieldsAt({ ...selection, fieldNodes }, rest, type));
}

function collect(
  selection: Selection,
  selectionSet: SelectionSetNode | undefined,
  type: GraphQLObjectType | null,
  fields: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const node of selectionSet?.selections ?? []) {
    if (!isIncluded(node, selection)) continue;
    if (node.kind === Kind.FIELD) {
      const key = (node.alias ?? node.name).value;
      const known = fields.get(key);
      if (known) known.push(node);
      else fields.set(key, [node]);
      continue;
    }
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      if (visited.has(node.name.value)) continue;
      visited.add(node.name.value);
    }
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? selection.fragments[node.name.value] : node;
    if (type === null || appliesTo(fragment?.typeCondition, type, selection)) {
      collect(selection, fragment?.selectionSet, type, fields, visited);
    }
  }
}

function isIncluded(node: SelectionNode, { variableValues }: Selection): boolean {
  if (!node.directives?.length) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues);
  return skip?.if !== true && getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}

function appliesTo(
  condition: Parameters<typeof typeFromAST>[1] | undefined,
  type: GraphQLObjectType,
  { schema }: Selection,
): boolean {
  if (condition === undefined) return true;
  const named = typeFromAST(schema, condition as never);
  return named === type || (isAbstractType(named) && schema.isSubType(named, type));
}

/**
 * Whether variables decide what a field selects.
 *
 * @param withArguments whether the field's own arguments count, too
 */
export function usesVariables({ fieldNodes, fragments }: Selection, withArguments: boolean): boolean {
  const visited = new Set<string>();
  const inNode = (node: SelectionNode): boolean => {
    if (node.directives?.some(({ arguments: given }) => holdVariable(given))) return true;
    if (node.kind === Kind.FIELD) return holdVariable(node.arguments) || inSet(node.selectionSet);
    if (node.kind === Kind.INLINE_FRAGMENT) return inSet(node.selectionSet);
    if (visited.has(node.name.value)) return false;
    visited.add(node.name.value);
    return inSet(fragments[node.name.value]?.selectionSet);
  };
  const inSet = (set: SelectionSetNode | undefined): boolean => set?.selections.some(inNode) ?? false;
  return fieldNodes.some(
    (node) => inSet(node.selectionSet) || (withArguments && holdVariable(node.arguments)),
  );
}

function holdVariable(given: readonly ArgumentNode[] | undefined): boolean {
  const isVariable = (value: ValueNode): boolean => {
    switch (value.kind) {
      case Kind.VARIABLE:
        return true;
      case Kind.LIST:
        return value.values.some(isVariable);
      case Kind.OBJECT:
        return value.fields.some((field) => isVariable(field.value));
      default:
        return false;
    }
  };
  return given?.some(({ value }) => isVariable(value)) ?? false;
}

/** Says which columns of its row a field is computed from; fields that expose a column need not. */
export function needs(...columns: string[]): { extensions: { columns: string[] } } {
  return { extensions: { columns } };
}

/**
 * The columns that a selected field needs from a row, and no others.
 *
 * @param isReadAlong whether what it leads to is read along with the row; else the key is needed
 */
export function columnsOf(
  type: GraphQLObjectType,
  [node]: readonly FieldNode[],
  isReadAlong: boolean,
): readonly string[] {
  const { columns, pothosExposedField, reading } = (type.getFields()[node?.name.value ?? '']?.extensions ??
    {}) as {
    columns?: string[];
    pothosExposedField?: string;
    reading?: { relation: { by: string | null } };
  };
  return [
    ...(columns ?? []),
    ...[pothosExposedField, isReadAlong ? null : reading?.relation.by].filter(
      (name) => typeof name === 'string',
    ),
  ];
}
