import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { KnownNow } from './known.ts';
import { valuesFor } from './values.ts';

/** A document, as it is sent. */
export interface FuzzDocument {
  query: string;
  variables: Record<string, unknown>;
}

type Field = GraphQLField<unknown, unknown>;

/** What a field takes and selects, before it is printed. */
interface Call {
  field: Field;
  args: [name: string, value: unknown, isInline: boolean][];
  selection: readonly Call[];
}

/** How deep selections are. */
const depth = 3;

/** Makes arbitrary documents: one root field each, with any arguments, in the document or as variables. */
export function documentsFor(schema: GraphQLSchema, known: KnownNow): fc.Arbitrary<FuzzDocument> {
  const values = valuesFor(known);
  const calls = new Map<string, fc.Arbitrary<Call>>();

  const callOf = (parent: GraphQLObjectType, field: Field, left: number): fc.Arbitrary<Call> => {
    const key = `${parent.name}.${field.name} ${left}`;
    const made = calls.get(key) ?? makeCall(field, left);
    calls.set(key, made);
    return made;
  };

  const makeCall = (field: Field, left: number): fc.Arbitrary<Call> =>
    fc
      .tuple(
        fc.tuple(
          ...field.args.map((arg) =>
            fc.tuple(isRequiredArgument(arg) ? fc.constant(true) : fc.boolean(), values(arg), fc.boolean()),
          ),
        ),
        selectionOf(field, left),
      )
      .map(([given, selection]) => ({
        field,
        selection,
        args: field.args.flatMap((arg, i) => {
          const [isGiven, value, isInline] = given[i] ?? [false, null, true];
          return isGiven ? [[arg.name, value, isInline] as Call['args'][number]] : [];
        }),
      }));

  const selectionOf = (field: Field, left: number): fc.Arbitrary<readonly Call[]> => {
    const type = getNamedType(field.type);
    if (!isObjectType(type) || left === 0) return fc.constant([]);
    const fields = Object.values(type.getFields()).filter(
      (one) => left > 1 || !isObjectType(getNamedType(one.type)),
    );
    if (fields.length === 0) return fc.constant([]);
    return fc
      .uniqueArray(fc.nat({ max: fields.length - 1 }), { maxLength: 3 })
      .chain((chosen) => fc.tuple(...chosen.map((i) => callOf(type, fields[i] as Field, left - 1))));
  };

  const rootFields = (type: GraphQLObjectType | null | undefined, prefix: string) =>
    fc
      .constantFrom(...Object.values(type?.getFields() ?? {}))
      .chain((field) => callOf(type as GraphQLObjectType, field, depth))
      .map((call) => print(prefix, call));
  return fc.oneof(
    { arbitrary: rootFields(schema.getQueryType(), 'query'), weight: 60 },
    { arbitrary: rootFields(schema.getMutationType(), 'mutation'), weight: 40 },
    { arbitrary: rootFields(schema.getSubscriptionType(), 'subscription'), weight: 1 },
  );
}

/** Prints a document. Variables are declared where they are used. */
function print(operation: string, root: Call): FuzzDocument {
  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  const printed = (call: Call): string => {
    const args = call.args.map(([name, value, isInline]) => {
      const type = call.field.args.find((arg) => arg.name === name)?.type as GraphQLInputType;
      if (isInline) return `${name}: ${literal(type, value)}`;
      const variable = `v${definitions.length}`;
      definitions.push(`$${variable}: ${String(type)}`);
      variables[variable] = value;
      return `${name}: $${variable}`;
    });
    return `${call.field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selected(call, printed)}`;
  };
  const body = printed(root);
  const declared = definitions.length > 0 ? ` (${definitions.join(', ')})` : '';
  return { query: `${operation}${declared} { ${body} }`, variables };
}

function selected({ field, selection }: Call, printed: (call: Call) => string): string {
  const type = getNamedType(field.type);
  if (isUnionType(type)) {
    const details = type.getTypes().map((member) => detailsOf[member.name] ?? success(member));
    return ` { __typename ... on UserError { code message path } ${details.join(' ')} }`;
  }
  if (isInterfaceType(type)) return ' { __typename }';
  if (!isObjectType(type)) return '';
  // Each alias is another field, so that the same field may have other arguments.
  return ` { __typename ${selection.map((call, i) => `a${i}: ${printed(call)}`).join(' ')} }`;
}

/** A selection of what a mutation answers when it succeeds: the columns of each row that it leads to. */
function success(type: GraphQLObjectType): string {
  if (!type.name.endsWith('Success')) return '';
  const fields = Object.values(type.getFields()).map(({ name, type: given }) => {
    const row = getNamedType(given);
    if (isInterfaceType(row)) return `${name} { __typename }`;
    if (!isObjectType(row)) return name;
    const leaves = Object.values(row.getFields()).filter(
      (field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument),
    );
    return `${name} { __typename ${leaves.map((leaf) => leaf.name).join(' ')} }`;
  });
  return `... on ${type.name} { ${fields.map((field, i) => `${aliasFor(type, i)}: ${field}`).join(' ')} }`;
}

// Fields of one name have one type in all members, or an alias.
const aliasFor = (type: GraphQLObjectType, i: number): string => `${type.name}${i}`;

const detailsOf: Record<string, string> = {
  InvalidInput: '... on InvalidInput { fields { path code message } }',
  Busy: '... on Busy { run { id } }',
  Validated: '... on Validated { changes { type objectId field before after } pathCount }',
};

/** A value as GraphQL text. What does not fit the type is printed as it is. */
function literal(given: GraphQLInputType, value: unknown, above = 0): string {
  const type = getNullableType(given);
  // Deeper ones are sent as variables alone.
  if (value === null || value === undefined || above > 300) return 'null';
  if (Array.isArray(value)) {
    const item = isListType(type) ? type.ofType : type;
    return `[${value.map((one) => literal(item, one, above + 1)).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    const entries = Object.entries(value).filter(([key]) => /^[_A-Za-z]\w*$/.test(key));
    return `{${entries.map(([key, one]) => `${key}: ${literal(fields[key]?.type ?? type, one, above + 1)}`).join(', ')}}`;
  }
  const item = isListType(type) ? getNullableType(type.ofType) : type;
  if (isEnumType(item) && typeof value === 'string') return value;
  return JSON.stringify(value);
}
