import { isObjectType, type GraphQLSchema } from 'graphql';

/** The present names of fields by their former ones, such as `{ 'Run.finishedAt': 'endedAt' }`. */
export type FormerFields = Readonly<Record<string, string>>;

/**
 * The fields that were renamed. One line here keeps a former name until the next release but one: it answers the same,
 * is marked as deprecated, and each use of it is counted in the log.
 */
export const formerFields: FormerFields = {};

/** Lets the fields of a schema be asked for by their former names, too. @throws Error when a name does not fit */
export function addFormerFields(schema: GraphQLSchema, former: FormerFields): void {
  for (const [coordinate, name] of Object.entries(former)) {
    const [typeName = '', formerName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const fields = isObjectType(type) ? type.getFields() : {};
    const field = fields[name];
    if (!field) throw new Error(`${coordinate}: there is no field ${typeName}.${name}.`);
    if (Object.hasOwn(fields, formerName)) throw new Error(`${coordinate} is there itself.`);
    // Without a resolver, a field reads the property of its own name.
    const resolve = field.resolve ?? ((row: unknown) => (row as Record<string, unknown>)[name]);
    fields[formerName] = { ...field, name: formerName, resolve, deprecationReason: `Use \`${name}\`.` };
  }
}
