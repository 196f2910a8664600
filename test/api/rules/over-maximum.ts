import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { documentLimits } from '../../../src/domain/states/documents/check-state.ts';
import type { Input } from '../../../src/schema/maxima/find-faults.ts';
import type { Maxima } from '../../../src/schema/maxima/maxima.ts';
import { maximaOf } from '../../../src/schema/maxima/plugin.ts';
import { schema } from '../../../src/schema/index.ts';

/** A list or a text that callers can give, at its place in the arguments. */
export interface Place {
  /** Where it is in the arguments; `0` is an entry of a list. */
  path: readonly string[];
  input: Input;
  maxima: Maxima | null;
  /** Whether it is the list itself, or a text: alone or in the list. */
  what: 'LIST' | 'TEXT';
}

/** Everything in an argument, or in an input field, that has to have a maximum. */
export function placesIn(input: Input, at: readonly string[] = []): Place[] {
  const path = [...at, input.name];
  const type = getNullableType(input.type);
  const item = getNamedType(type);
  const isList = isListType(type);
  const maxima = maximaOf(input);
  const inner = isList ? [...path, '0'] : path;
  const isText = ['String', 'ID', 'JSON'].includes(item.name);
  return [
    ...(isList ? [{ path, input, maxima, what: 'LIST' } as const] : []),
    ...(isText ? [{ path: inner, input, maxima, what: 'TEXT' } as const] : []),
    ...(isInputObjectType(item)
      ? Object.values(item.getFields()).flatMap((field) => placesIn(field, inner))
      : []),
  ];
}

/**
 * A value as large as the maximum of a place, or larger.
 *
 * @param more by how many entries, or characters
 */
export function valueAt({ maxima, what, input, path }: Place, more = 0): unknown {
  if (what === 'LIST') {
    const type = getNullableType(input.type);
    const item = isListType(type) ? type.ofType : type;
    return Array.from({ length: (maxima?.entries ?? 0) + more }, () => anyValue(item));
  }
  const length = (maxima?.length ?? 0) + more;
  const isDocument = maxima?.checkedBy === 'VERB' && maxima.length === documentLimits.length;
  if (!isDocument) return 'x'.repeat(length - (maxima?.isJson === true ? '""'.length : 0));
  const short = documents[path.join('.')] ?? '{"singer_state":"…"}';
  const filled = short.replace('…', 'x'.repeat(length - short.length + '…'.length));
  return maxima.isJson ? JSON.parse(filled) : filled;
}

/** What verbs take that is no document of a state, as JSON text, by where it is in the arguments. */
const documents: Record<string, string> = {
  'input.text': '{"large":{"completed":{"singer_state":"…"},"partial":{}}}',
  'input.patch': '[{"op":"replace","path":"/singer_state","value":"…"}]',
};

/** Arguments that fit the types, with a value at a path. @param given values to start with */
export function argumentsWith(
  inputs: readonly Input[],
  [name = '', ...below]: readonly string[],
  value: unknown,
  given: Record<string, unknown> = {},
): Record<string, unknown> {
  const input = inputs.find((one) => one.name === name);
  if (!input) throw new Error(`There is no ${name}.`);
  const required = inputs.filter((one) => isNonNullType(one.type) && one.defaultValue === undefined);
  return {
    ...Object.fromEntries(required.map((one) => [one.name, anyValue(one.type)])),
    ...given,
    [name]: valueWith(input.type, below, value, given[name]),
  };
}

function valueWith(type: GraphQLInputType, path: readonly string[], value: unknown, given: unknown): unknown {
  if (path.length === 0) return value;
  const present = getNullableType(type);
  if (isListType(present)) return [valueWith(present.ofType, path.slice(1), value, undefined)];
  const fields = Object.values((present as GraphQLInputObjectType).getFields());
  const isOneOf = (present as GraphQLInputObjectType).isOneOf;
  return argumentsWith(fields, path, value, isOneOf ? {} : ((given ?? {}) as Record<string, unknown>));
}

/** A value that fits a type. */
export function anyValue(type: GraphQLInputType): unknown {
  const present = getNullableType(type);
  if (isListType(present)) return [];
  if (isEnumType(present)) return present.getValues()[0]?.name;
  if (isInputObjectType(present)) {
    const fields = Object.values(present.getFields());
    const [first] = fields;
    if (present.isOneOf && first) return { [first.name]: anyValue(first.type) };
    return Object.fromEntries(
      fields.filter(isRequiredInputField).map((field) => [field.name, anyValue(field.type)]),
    );
  }
  return { Int: 1, Boolean: false, DateTime: '2026-01-01T00:00:00Z', JSON: {} }[present.name] ?? 'x';
}

/** A field that is read, with the fields that lead to it. */
export interface ReadField {
  operation: 'query' | 'subscription';
  type: GraphQLObjectType;
  field: GraphQLField<unknown, unknown>;
  /** Puts a call of the field below those that lead to it. */
  within: (call: string) => string;
}

/** Every field with arguments that is read. */
export function readFields(): ReadField[] {
  const found: ReadField[] = [];
  const seen = new Set<string>();
  const roots = [
    ['query', schema.getQueryType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  const waiting = roots.map(([operation, type]) => ({
    operation,
    type: type as GraphQLObjectType,
    within: (call: string): string => call,
  }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { operation, type, within } = next;
    if (seen.has(type.name)) continue;
    seen.add(type.name);
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) found.push({ operation, type, field, within });
      const below = getNamedType(field.type);
      const required = field.args
        .filter(isRequiredArgument)
        .map((arg) => `${arg.name}: ${JSON.stringify(anyValue(arg.type))}`);
      const call = `${field.name}${required.length > 0 ? `(${required.join(', ')})` : ''}`;
      if (isObjectType(below)) {
        waiting.push({ operation, type: below, within: (inner) => within(`${call} { ${inner} }`) });
      }
    }
  }
  return found;
}
