import {
  getNullableType,
  GraphQLError,
  isInputObjectType,
  isListType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type ValueNode,
} from 'graphql';
import type { InvalidField } from '../errors.ts';
import { findFaults, type Input } from '../schema/maxima/find-faults.ts';
import { maximaOf } from '../schema/maxima/plugin.ts';
import { badRequest } from './request-errors.ts';

/** A place in a document at which a variable is an argument, or a part of one, of something to read. */
interface Usage {
  variable: string;
  input: Input;
  path: readonly string[];
  field: FieldNode;
}

/** What a document gives to the arguments of what it reads. */
interface Given {
  usages: Usage[];
  /** What is wrong with the values that the document itself contains. */
  faults: GraphQLError[];
}

// Entries disappear when their document leaves the parser's cache.
const known = new WeakMap<DocumentNode, Given>();

/**
 * Finds arguments of what a document reads that are over a maximum. A mutation itself refuses its input, with
 * a result.
 *
 * @param variables as GraphQL has coerced them
 */
export function faultsOfArguments(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  let given = known.get(document);
  if (!given) known.set(document, (given = readArguments(schema, document)));
  const { usages, faults } = given;
  if (usages.length === 0) return faults;
  return [
    ...faults,
    ...usages.flatMap(({ variable, input, path, field }) =>
      errors(field, findFaults(input, variables[variable], path)),
    ),
  ];
}

// A text that cannot be stored is no error of a reader: nothing has that name.
function errors(field: FieldNode, faults: readonly InvalidField[]): GraphQLError[] {
  return faults
    .filter(({ code }) => code !== 'BAD_TEXT')
    .map(
      ({ code, message, path }) =>
        new GraphQLError(message, { nodes: field, extensions: { code, argument: path, http: badRequest } }),
    );
}

function readArguments(schema: GraphQLSchema, document: DocumentNode): Given {
  const given: Given = { usages: [], faults: [] };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: (field) => {
        if (!field.arguments?.length || types.getParentType() === schema.getMutationType()) return;
        const inputs = types.getFieldDef()?.args ?? [];
        for (const { name, value } of field.arguments) {
          const input = inputs.find((one) => one.name === name.value);
          if (input) readValue(given, field, input, value, [name.value]);
        }
      },
    }),
  );
  return given;
}

/** Notes the usages and the faults in a value of a document, which has passed validation. */
function readValue(
  given: Given,
  field: FieldNode,
  input: Input,
  value: ValueNode,
  path: readonly string[],
): void {
  const type = getNullableType(input.type);
  if (value.kind === Kind.VARIABLE) {
    // Numbers and the like have no maxima.
    if (!maximaOf(input) && !isInputObjectType(type)) return;
    given.usages.push({ variable: value.name.value, input, path, field });
  } else if (value.kind === Kind.STRING) {
    given.faults.push(
      ...errors(field, findFaults(input, isListType(type) ? [value.value] : value.value, path)),
    );
  } else if (value.kind === Kind.LIST && isListType(type)) {
    // The entries have the type and the maximal length of the list.
    const entries = value.values.map((entry) => (entry.kind === Kind.STRING ? entry.value : null));
    given.faults.push(...errors(field, findFaults(input, entries, path)));
    value.values.forEach((entry, i) => {
      if (entry.kind === Kind.STRING || entry.kind === Kind.NULL) return;
      readValue(given, field, { ...input, type: type.ofType }, entry, [...path, String(i)]);
    });
  } else if (value.kind === Kind.OBJECT && isInputObjectType(type)) {
    const fields = type.getFields();
    for (const { name, value: below } of value.fields) {
      const inner = fields[name.value];
      if (inner) readValue(given, field, inner, below, [...path, name.value]);
    }
  }
}
