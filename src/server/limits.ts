import {
  getNullableType,
  getOperationAST,
  GraphQLError,
  isListType,
  parse,
  type DocumentNode,
  type ExecutionArgs,
  type ParseOptions,
} from 'graphql';
import { getComplexity, type ComplexityEstimatorArgs } from 'graphql-query-complexity';
import type { Plugin } from 'graphql-yoga';
import { inSlices } from '../lib/event-loop/slices.ts';
import { defaultPageSize } from '../reading/fields/page-arguments.ts';
import { faultsOfArguments } from './arguments.ts';
import { badUserInput, limitExceeded, withoutSuggestion } from './request-errors.ts';
import { checkSelections, type SelectionLimits } from './selections.ts';
import { readVariables } from './variables.ts';

/** Limits of one request. */
export const limits = {
  /** Words and signs of the document. */
  tokens: 4000,
  depth: 24,
  aliases: 50,
  repeats: 20,
  spreads: 50,
  /** Number of objects that the answer could have, from the sizes of the requested pages. */
  nodes: 500_000,
} as const satisfies SelectionLimits & Record<string, number>;

/** Plugins that refuse requests beyond the limits. The error has a code, and its message names the limit. */
export function limitPlugins(): Plugin[] {
  return [tokensPlugin, selectionsPlugin, withoutSuggestions, requestPlugin];
}

const tokensPlugin: Plugin = {
  onParse: ({ setParseFn }) => {
    setParseFn((source: Parameters<typeof parse>[0], options: ParseOptions = {}) => {
      try {
        return parse(source, { ...options, maxTokens: limits.tokens });
      } catch (error) {
        if (!(error instanceof GraphQLError) || !/more tha[nt] \d+ tokens/.test(error.message)) throw error;
        throw limitExceeded(`Token limit of ${limits.tokens} exceeded.`);
      }
    });
  },
};

const withinLimits = new WeakSet<DocumentNode>();

// After parsing and not in validation, since it is validation that would take long.
const selectionsPlugin: Plugin = {
  onParse:
    () =>
    ({ result, replaceParseResult }) => {
      if (result === null || result instanceof Error || withinLimits.has(result as DocumentNode)) return;
      const error = checkSelections(result as DocumentNode, limits);
      if (error) replaceParseResult(error);
      else withinLimits.add(result as DocumentNode);
    },
};

// Not validation rules, because results of validation are cached for each document, and these depend on the
// variables.
const requestPlugin: Plugin = {
  onExecute: async ({ args, setResultAndStopExecution }) => {
    const errors = await checkRequest(args);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  },
  onSubscribe: async ({ args, setResultAndStopExecution }) => {
    const errors = await checkRequest(args);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  },
};

/**
 * Checks a request before it is executed: the size of its variables, whether they fit the operation, the
 * maxima of what is read, and the number of objects that the answer could have. What the request is executed
 * with has then a bounded size and no mistakes, so it may be coerced again by whatever executes it. Each part of this
 * goes through all variables, which takes a while for many of them, so the event loop turns between the parts.
 *
 * @param args its variables get the present names of what they give by former ones
 */
export async function checkRequest(args: ExecutionArgs): Promise<readonly GraphQLError[]> {
  const { schema, document, operationName } = args;
  const operation = getOperationAST(document, operationName);
  // The execution says that there is no such operation.
  if (!operation) return [];
  const turn = inSlices();
  const { present, coerced, errors } = readVariables(schema, operation, args.variableValues ?? {});
  if (errors) return errors;
  args.variableValues = present;
  await turn();
  const faults = faultsOfArguments(schema, document, coerced);
  if (faults.length > 0) return faults;
  await turn();
  const tooMany = checkNodes(args, coerced);
  await turn();
  return tooMany ? [tooMany] : [];
}

// Results by document, and by the parts of the variables on which the number can depend.
const checked = new WeakMap<DocumentNode, Map<string, GraphQLError | null>>();
const checkedPerDocument = 100;

function checkNodes(args: ExecutionArgs, coerced: Readonly<Record<string, unknown>>): GraphQLError | null {
  const { document, operationName } = args;
  const results = checked.get(document) ?? new Map<string, GraphQLError | null>();
  checked.set(document, results);
  const key = `${operationName ?? ''} ${Object.entries(coerced).map(sizeOf).join()}`;
  let result = results.get(key);
  if (result === undefined) {
    result = countNodes(args);
    if (results.size >= checkedPerDocument) results.clear();
    results.set(key, result);
  }
  return result;
}

// Texts and times do not change the number; `first`, the length of `ids` and `@include(if:)` do. A null where
// a value is required is a mistake.
function sizeOf([name, value]: [string, unknown]): string {
  if (value === null) return `${name}!`;
  if (Array.isArray(value)) return `${name}#${value.length}`;
  return `${name}:${typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''}`;
}

function countNodes({ schema, document, operationName, variableValues }: ExecutionArgs): GraphQLError | null {
  try {
    const nodes = getComplexity({
      schema,
      query: document,
      variables: { ...variableValues },
      ...(typeof operationName === 'string' ? { operationName } : {}),
      estimators: [nodesOf],
    });
    return nodes > limits.nodes
      ? limitExceeded(
          `The answer could hold ${nodes} objects; ${limits.nodes} are allowed. Ask for smaller pages.`,
        )
      : null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // The counting stops early for fragments that contain each other again and again.
    if (!error.nodes) return limitExceeded(error.message);
    // An argument does not fit, such as a required one whose variable has no value.
    return badUserInput(error);
  }
}

// An object counts as one. A list counts as its highest number of rows times the number for one row.
function nodesOf({ type, field, args, childComplexity }: ComplexityEstimatorArgs): number {
  const { first, last, ids } = args as { first?: number | null; last?: number | null; ids?: unknown };
  const perRow = Math.max(childComplexity, 1);
  if (/Connection!?$/.test(String(field.type))) return Math.max(first ?? last ?? defaultPageSize, 1) * perRow;
  if (Array.isArray(ids)) return ids.length * (childComplexity + 1);
  if (typeof first === 'number') return Math.max(first, 1) * perRow;
  // A list without pages whose items lead to other objects, such as tests to their plugins.
  const isPlainList = isListType(getNullableType(field.type)) && !type.name.endsWith('Connection');
  const { most = defaultPageSize } = field.extensions as { most?: number };
  if (isPlainList) return most * childComplexity;
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
