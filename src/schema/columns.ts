import type { FieldNode, GraphQLField, GraphQLObjectType } from 'graphql';

/** Says which columns of its row a field is computed from; fields that expose a column need not. */
export function needs(...columns: string[]): { extensions: { columns: string[] } } {
  return { extensions: { columns } };
}

/** The columns that selected fields need from a row, and no others; the id is always among them where there is one. */
export function columnsOf(type: GraphQLObjectType, fields: readonly (readonly FieldNode[])[]): string[] {
  const known = type.getFields();
  const selected = fields.flatMap(([node]) => known[node?.name.value ?? ''] ?? []);
  return [...(known.id ? ['id'] : []), ...selected.flatMap(columnsOfField)];
}

function columnsOfField({ extensions }: GraphQLField<unknown, unknown>): readonly string[] {
  const { columns, pothosExposedField, reading } = extensions as {
    columns?: string[];
    pothosExposedField?: string;
    reading?: { by: string | null };
  };
  return [
    ...(columns ?? []),
    ...[pothosExposedField, reading?.by].filter((name) => typeof name === 'string'),
  ];
}
