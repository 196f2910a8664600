import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import {
  getNullableType,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  isListType,
  type DocumentNode,
  type ExecutionArgs,
  type ValidationContext,
} from 'graphql';
import { getComplexity, type ComplexityEstimatorArgs } from 'graphql-query-complexity';
import type { Plugin } from 'graphql-yoga';
import { defaultPageSize } from '../schema/connection.ts';

/** What one request may ask for. */
export const limits = {
  /** Fields within fields. A fragment counts as one, introspection as none (it has a limit of its own). */
  depth: 24,
  /** Renamed fields. */
  aliases: 50,
  /** Words and signs of the document. */
  tokens: 4000,
  /** Objects that the answer could hold, by the sizes of the pages that are asked for. */
  nodes: 500_000,
} as const;

/** Plugins that refuse requests over the limits, with a code and a message that says which. */
export function limitPlugins(): Plugin[] {
  const options = { exposeLimits: true, propagateOnRejection: false };
  return [
    // The parser has no list of errors to add to: throwing is how it says one.
    maxTokensPlugin({
      ...options,
      n: limits.tokens,
      onReject: [
        (_context, error) => {
          throw limitExceeded(error.message);
        },
      ],
    }),
    maxDepthPlugin({ ...options, n: limits.depth, onReject: [report] }),
    maxAliasesPlugin({ ...options, n: limits.aliases, allowList: [], onReject: [report] }),
    withoutSuggestions,
    maxNodesPlugin,
  ];
}

function report(context: ValidationContext | null, error: GraphQLError): void {
  context?.reportError(limitExceeded(error.message));
}

// 400 where the caller asked for GraphQL's own media type; in plain JSON every answer of GraphQL is a 200.
const badRequest = { status: 400, spec: true };

function limitExceeded(message: string): GraphQLError {
  return new GraphQLError(message.replace('Syntax Error: ', ''), {
    extensions: { code: 'LIMIT_EXCEEDED', http: badRequest },
  });
}

// Here and not among the validation rules: their results are kept for each document, and the count
// depends on the variables.
const maxNodesPlugin: Plugin = {
  onExecute: ({ args, setResultAndStopExecution }) => {
    const error = checkNodes(args);
    if (error) setResultAndStopExecution({ errors: [error] });
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const error = checkNodes(args);
    if (error) setResultAndStopExecution({ errors: [error] });
  },
};

// Errors and passes by document and by what of the variables the count can depend on.
const checked = new WeakMap<DocumentNode, Map<string, GraphQLError | null>>();
const checkedPerDocument = 100;

/** The error of an answer that could hold too many objects, or whose variables do not fit; null when there is none. */
export function checkNodes(args: ExecutionArgs): GraphQLError | null {
  const { schema, document, operationName } = args;
  const operation = getOperationAST(document, operationName);
  const variables = getVariableValues(
    schema,
    operation?.variableDefinitions ?? [],
    args.variableValues ?? {},
  );
  if (!variables.coerced) return countAndCheck(args);
  const results = checked.get(document) ?? new Map<string, GraphQLError | null>();
  checked.set(document, results);
  const key = `${operationName ?? ''} ${Object.entries(variables.coerced).map(sizeOf).join()}`;
  let result = results.get(key);
  if (result === undefined) {
    result = countAndCheck(args);
    if (results.size >= checkedPerDocument) results.clear();
    results.set(key, result);
  }
  return result;
}

// Texts and times do not count; `first`, the length of `ids` and `@include(if:)` do.
function sizeOf([name, value]: [string, unknown]): string {
  if (Array.isArray(value)) return `${name}#${value.length}`;
  return `${name}:${typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''}`;
}

function countAndCheck(args: ExecutionArgs): GraphQLError | null {
  try {
    const nodes = getComplexity({
      schema: args.schema,
      query: args.document,
      variables: { ...args.variableValues },
      ...(typeof args.operationName === 'string' ? { operationName: args.operationName } : {}),
      estimators: [countNodes],
    });
    return nodes > limits.nodes
      ? limitExceeded(
          `The answer could hold ${nodes} objects; ${limits.nodes} are allowed. Ask for smaller pages.`,
        )
      : null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // Fragments that spread fragments over and over are not counted to their end.
    if (!error.nodes) return limitExceeded(error.message);
    // The variables do not fit the operation, which is said here as it would be by the execution.
    return new GraphQLError(withoutSuggestion(error.message), {
      nodes: error.nodes,
      extensions: { code: 'BAD_USER_INPUT', http: badRequest },
    });
  }
}

// An object counts one, and a list as many times what is asked of each row as it may have rows.
function countNodes({ type, field, args, childComplexity }: ComplexityEstimatorArgs): number {
  const { first, last, ids } = args as { first?: number | null; last?: number | null; ids?: unknown };
  const perRow = Math.max(childComplexity, 1);
  if (/Connection!?$/.test(String(field.type))) return Math.max(first ?? last ?? defaultPageSize, 1) * perRow;
  if (Array.isArray(ids)) return ids.length * (childComplexity + 1);
  if (typeof first === 'number') return Math.max(first, 1) * perRow;
  // A list without pages that leads on to other objects, such as tests to their plugins.
  const isPlainList = isListType(getNullableType(field.type)) && !type.name.endsWith('Connection');
  if (isPlainList) return defaultPageSize * childComplexity;
  const isRow = field.name === 'node' && type.name.endsWith('Edge');
  return childComplexity + (isRow || field.name === 'nodes' ? 1 : 0);
}

const withoutSuggestions: Plugin = {
  onValidate:
    () =>
    ({ valid, result, setResult }) => {
      if (valid) return;
      for (const error of result as Error[]) error.message = withoutSuggestion(error.message);
      setResult([...result]);
    },
};

/** A message of graphql-js without the names that it offers instead. */
function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^?]*\?/g, '');
}
