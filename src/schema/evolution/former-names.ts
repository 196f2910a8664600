import {
  getNullableType,
  GraphQLEnumType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** Present names by the schema coordinates of the former ones. */
export type FormerNames = Readonly<Record<string, string>>;

/**
 * The fields, arguments, fields of inputs and values of enums that were renamed, such as
 * `{ 'Run.finishedAt': 'endedAt', 'Query.runs(where:)': 'filter', 'RunJobInput.variables': 'env', 'RunStatus.DONE': 'SUCCEEDED' }`.
 * One line here keeps a former name until the next release but one: it means the same, is marked as deprecated, and each use
 * of it is counted in the log. A field answers by both names. A value of an enum is taken by both, and answered by the
 * present one.
 */
export const formerNames: FormerNames = {};

/** Lets a schema be used by former names, too. @throws Error when a name does not fit */
export function addFormerNames(schema: GraphQLSchema, former: FormerNames): void {
  for (const [coordinate, name] of Object.entries(former)) {
    const [, typeName = '', first = '', argument] = /^(\w+)\.(\w+)(?:\((\w+):\))?$/.exec(coordinate) ?? [];
    const type = schema.getType(typeName);
    const entry = { deprecationReason: `Use \`${name}\`.` };
    const check = (names: readonly string[], formerName: string): void => {
      if (!names.includes(name)) throw new Error(`${coordinate}: there is no ${name}.`);
      if (names.includes(formerName)) throw new Error(`${coordinate} is there itself.`);
    };
    if (isEnumType(type)) {
      check(namesOf(type.getValues()), first);
      addValue(type, first, name, entry);
    } else if (isInputObjectType(type)) {
      const fields = type.getFields();
      check(Object.keys(fields), first);
      fields[first] = formerInput(fields[name] as GraphQLInputField, first, entry);
    } else if (argument === undefined) {
      const fields = fieldsOf(type);
      check(Object.keys(fields), first);
      addField(fields, first, name, entry);
    } else {
      const args = fieldsOf(type)[first]?.args ?? [];
      check(namesOf(args), argument);
      addArgument(args, argument, name, entry);
    }
  }
}

/** The present name of an argument, or of a field of an input, that has a former one; null for any other. */
export function presentName({ extensions }: GraphQLArgument | GraphQLInputField): string | null {
  return (extensions as { presentName?: string }).presentName ?? null;
}

type Fields = Record<string, GraphQLField<unknown, unknown>>;

interface Entry {
  deprecationReason: string;
}

function fieldsOf(type: GraphQLNamedType | undefined): Fields {
  return isObjectType(type) ? type.getFields() : {};
}

function namesOf(named: readonly { name: string }[]): string[] {
  return named.map(({ name }) => name);
}

function addField(fields: Fields, formerName: string, name: string, entry: Entry): void {
  const field = fields[name] as Fields[string];
  // Without a resolver, a field reads the property of its own name.
  const resolve = field.resolve ?? ((row: unknown) => (row as Record<string, unknown>)[name]);
  fields[formerName] = { ...field, ...entry, name: formerName, resolve };
}

function addArgument(args: readonly GraphQLArgument[], formerName: string, name: string, entry: Entry): void {
  const argument = args.find((one) => one.name === name) as GraphQLArgument;
  (args as GraphQLArgument[]).push(formerInput(argument, formerName, entry));
}

/**
 * An argument, or a field of an input, by its former name. The server puts the present name in its place before it executes
 * a document, see `server/documents/former-inputs.ts`.
 */
function formerInput<T extends GraphQLArgument | GraphQLInputField>(
  present: T,
  formerName: string,
  entry: Entry,
): T {
  return {
    ...present,
    ...entry,
    name: formerName,
    // One of the two is enough, and what is deprecated may not be required.
    type: getNullableType(present.type),
    defaultValue: undefined,
    extensions: { ...present.extensions, presentName: present.name },
  };
}

function addValue(type: GraphQLEnumType, formerName: string, name: string, entry: Entry): void {
  const config = type.toConfig();
  // Of several names of a value, the last one is what it is written as.
  const values = { [formerName]: { ...config.values[name], ...entry }, ...config.values };
  Object.assign(type, new GraphQLEnumType({ ...config, values }));
}
