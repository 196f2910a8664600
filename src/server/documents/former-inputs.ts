import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { presentName } from '../../schema/evolution/former-names.ts';

/** Documents and variables as their clients have written them, by what is executed. */
const written = new WeakMap<object, object>();

/** A document, or its variables, as the client has written it. */
export function asWritten<T extends object>(executed: T): T {
  return (written.get(executed) as T | undefined) ?? executed;
}

/** Puts the present names of arguments and of fields of inputs in the place of former ones, right after a document was parsed. */
export function formerInputsPlugins(schema: GraphQLSchema): Plugin[] {
  if (!hasFormerInputs(schema)) return [];
  const renamed = new WeakMap<DocumentNode, DocumentNode>();
  return [
    {
      onParse:
        () =>
        ({ result, replaceParseResult }) => {
          if (result === null || result instanceof Error) return;
          const document = result as DocumentNode;
          const known = renamed.get(document) ?? withPresentNames(schema, document);
          renamed.set(document, known);
          if (known !== document) written.set(known, document);
          replaceParseResult(known);
        },
    },
  ];
}

function hasFormerInputs(schema: GraphQLSchema): boolean {
  const isFormer = (input: GraphQLArgument | GraphQLInputField): boolean => presentName(input) !== null;
  return Object.values(schema.getTypeMap()).some((type) => {
    if (isInputObjectType(type)) return Object.values(type.getFields()).some(isFormer);
    return isObjectType(type) && Object.values(type.getFields()).some(({ args }) => args.some(isFormer));
  });
}

/** A document with the present names of its inputs; the same document when it has no others. */
function withPresentNames(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Argument: (node) => {
        const argument = types.getArgument();
        const name = argument ? presentName(argument) : null;
        return name === null ? undefined : { ...node, name: { kind: Kind.NAME, value: name } };
      },
      ObjectField: (node) => {
        const given = types.getParentInputType();
        const type = given ? getNamedType(given) : null;
        const field = isInputObjectType(type) ? type.getFields()[node.name.value] : undefined;
        const name = field ? presentName(field) : null;
        return name === null ? undefined : { ...node, name: { kind: Kind.NAME, value: name } };
      },
    }),
  );
}

type Values = Readonly<Record<string, unknown>>;

/** A variable of an operation. */
interface Variable {
  name: string;
  type: GraphQLInputType;
}

/**
 * Values of variables with the present names of fields of inputs; the same object when they have no others.
 *
 * @param onBoth called for a field that is given by both names
 */
export function presentValues(
  variables: readonly Variable[],
  given: Values,
  onBoth: (message: string) => void,
): Values {
  let present: Values = given;
  for (const { name, type } of variables) {
    const value = presentValue(type, given[name], onBoth);
    if (value !== given[name]) present = { ...present, [name]: value };
  }
  if (present !== given) written.set(present, given);
  return present;
}

function presentValue(type: GraphQLInputType, value: unknown, onBoth: (message: string) => void): unknown {
  if (typeof value !== 'object' || value === null || !isInputObjectType(getNamedType(type))) return value;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    if (!Array.isArray(value)) return presentValue(nullable.ofType, value, onBoth);
    const entries = value.map((entry: unknown) => presentValue(nullable.ofType, entry, onBoth));
    return entries.every((entry, i) => entry === value[i]) ? value : entries;
  }
  if (!isInputObjectType(nullable)) return value;
  const fields = nullable.getFields();
  let present: Record<string, unknown> | null = null;
  for (const [name, given] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) continue;
    const own = presentName(field);
    const below = presentValue(field.type, given, onBoth);
    if (own === null && below === given) continue;
    if (own !== null && Object.hasOwn(value, own))
      onBoth(`"${nullable.name}" has "${name}", which is the former name of "${own}", and "${own}", too.`);
    present ??= { ...value };
    if (own !== null) Reflect.deleteProperty(present, name);
    present[own ?? name] = below;
  }
  return present ?? value;
}
