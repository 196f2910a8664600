import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  NoDeprecatedCustomRule,
  typeFromAST,
  validate,
  type DefinitionNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  type NamedTypeNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Log } from '../domain/gateway.ts';
import { asWritten } from './documents/former-inputs.ts';

/** How often the log tells of one deprecated thing, in milliseconds. */
const everyMs = 60_000;

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Notes that a document is executed. */
export type NoteUse = (document: DocumentNode, variables: Variables) => void;

/**
 * Counts in the log how often documents are executed that use what is deprecated: so it is known whether it can be
 * removed.
 */
export function deprecatedUse(schema: GraphQLSchema, log: Log, now = () => performance.now()): NoteUse {
  if (!hasDeprecated(schema)) return () => undefined;
  const found = new WeakMap<DocumentNode, readonly string[]>();
  const counts = new Map<string, { uses: number; saidAt: number }>();
  return (document, variables) => {
    let deprecated = found.get(document);
    if (deprecated === undefined) {
      const uses = validate(schema, asWritten(document), [NoDeprecatedCustomRule]).map(
        ({ message }) => message,
      );
      found.set(document, (deprecated = [...new Set(uses)]));
    }
    const given = new Set<string>();
    const values = asWritten(variables ?? {});
    for (const definition of document.definitions) noteVariables(schema, definition, values, given);
    for (const message of new Set([...deprecated, ...given])) {
      const count = counts.get(message) ?? { uses: 0, saidAt: -Infinity };
      counts.set(message, count);
      count.uses += 1;
      if (now() - count.saidAt < everyMs) continue;
      count.saidAt = now();
      log.warn({ uses: count.uses }, `a client uses what is deprecated: ${message}`);
    }
  };
}

/** Whether anything that a document can use is deprecated. */
function hasDeprecated(schema: GraphQLSchema): boolean {
  const isDeprecated = ({ deprecationReason }: { deprecationReason?: string | null | undefined }): boolean =>
    deprecationReason != null;
  return Object.values(schema.getTypeMap()).some((type) => {
    // Those of introspection are none of ours.
    if (isIntrospectionType(type)) return false;
    if (isEnumType(type)) return type.getValues().some(isDeprecated);
    if (isInputObjectType(type)) return Object.values(type.getFields()).some(isDeprecated);
    if (!isObjectType(type) && !isInterfaceType(type)) return false;
    return Object.values(type.getFields()).some(
      (field) => isDeprecated(field) || field.args.some(isDeprecated),
    );
  });
}

/** Adds what is deprecated in the values of variables. A document does not tell it. */
function noteVariables(
  schema: GraphQLSchema,
  definition: DefinitionNode,
  values: NonNullable<Variables>,
  messages: Set<string>,
): void {
  if (definition.kind !== Kind.OPERATION_DEFINITION) return;
  for (const { type, variable } of definition.variableDefinitions ?? []) {
    noteValue(typeFromAST(schema, type as NamedTypeNode), values[variable.name.value], messages);
  }
}

// The words are those of graphql-js.
function noteValue(type: unknown, value: unknown, messages: Set<string>): void {
  if (value === null || value === undefined) return;
  if (isNonNullType(type)) noteValue(type.ofType, value, messages);
  else if (isListType(type)) {
    for (const one of Array.isArray(value) ? value : [value]) noteValue(type.ofType, one, messages);
  } else if (isEnumType(type)) {
    const reason = typeof value === 'string' ? type.getValue(value)?.deprecationReason : null;
    if (reason) messages.add(`The enum value "${type.name}.${value as string}" is deprecated. ${reason}`);
  } else if (isInputObjectType(type)) {
    for (const { name, type: below, deprecationReason: reason } of Object.values(type.getFields())) {
      const given = (value as Record<string, unknown>)[name];
      if (given !== undefined && reason)
        messages.add(`The input field ${type.name}.${name} is deprecated. ${reason}`);
      noteValue(below, given, messages);
    }
  }
}

/** Notes what Yoga executes. */
export function deprecatedUsePlugin(note: NoteUse): Plugin {
  const noteExecuted = ({ document, variableValues }: ExecutionArgs): void => note(document, variableValues);
  return {
    onExecute: ({ args }) => noteExecuted(args),
    onSubscribe: ({ args }) => noteExecuted(args),
  };
}
