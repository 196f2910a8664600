import type { ServerResponse } from 'node:http';
import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import type { Context } from '../schema/context.ts';
import type { ReadRequest } from './http.ts';
import { checkNodes } from './limits.ts';
import { withMovedPaths } from './moved-paths.ts';

/** What is needed of Yoga. */
interface Yoga {
  graphqlEndpoint: string;
  getEnveloped: (context: object) => unknown;
}

/** What is asked for by a POST of JSON. */
interface PlainRequest {
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

/**
 * Answers the requests that nearly all are: a query, sent as JSON, whose answer has no errors. Yoga parses and
 * validates it, with its caches and our limits; what is spared are the Fetch API's objects around each request
 * and response, and the interpreting of the document: a function is compiled for it.
 *
 * Everything else is left to Yoga and graphql-js. A query that came upon an error is executed there once more,
 * from the start and level by level, since it has changed nothing: errors and nulls are those that the
 * specifications know, and what cannot be read is missing alone.
 *
 * @returns whether it has answered
 */
export function plainQueries(
  yoga: Yoga,
  createContext: () => Context,
): (request: ReadRequest, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const mediaType = acceptedType(request.headers.accept);
    const asked = request.method === 'POST' && request.url === yoga.graphqlEndpoint ? read(request) : null;
    if (asked === null || mediaType === null) return false;
    const result = await execute(yoga, createContext, asked);
    if (result?.errors) request.failed = true;
    if (result === null || result.errors) return false;
    response.writeHead(200, { 'content-type': `${mediaType}; charset=utf-8` });
    response.end(JSON.stringify(result));
    return true;
  };
}

async function execute(
  yoga: Yoga,
  createContext: () => Context,
  { query, operationName, variables: variableValues }: PlainRequest,
): Promise<ExecutionResult | null> {
  const { schema, parse, validate } = yoga.getEnveloped({}) as {
    schema: GraphQLSchema;
    parse: (text: string) => DocumentNode;
    validate: (schema: GraphQLSchema, document: DocumentNode) => readonly Error[];
  };
  try {
    const document = parse(query);
    if (validate(schema, document).length > 0) return null;
    const compiled = compiledQuery(schema, document, operationName);
    if (compiled === null || checkNodes({ schema, document, operationName, variableValues })) return null;
    const context = createContext();
    return withMovedPaths(await compiled.query(undefined, context, variableValues), context);
  } catch {
    return null;
  }
}

// They go when their document leaves the parser's cache.
const compiledQueries = new WeakMap<DocumentNode, Map<string | null, CompiledQuery | null>>();

function compiledQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): CompiledQuery | null {
  const operations = compiledQueries.get(document) ?? new Map<string | null, CompiledQuery | null>();
  compiledQueries.set(document, operations);
  let compiled = operations.get(operationName);
  if (compiled === undefined) {
    const isQuery = getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
    const made = isQuery && compileQuery(schema, document, operationName ?? '');
    compiled = made !== false && isCompiledQuery(made) ? made : null;
    // Names that the document does not have are refused each time, not kept.
    if (compiled !== null || operationName === null) operations.set(operationName, compiled);
  }
  return compiled;
}

function read({ body }: ReadRequest): PlainRequest | null {
  try {
    const { query, operationName, variables, ...more } = JSON.parse(String(body)) as Record<string, unknown>;
    const fits =
      typeof query === 'string' &&
      (operationName == null || typeof operationName === 'string') &&
      (variables == null || (typeof variables === 'object' && !Array.isArray(variables))) &&
      Object.keys(more).length === 0;
    return fits
      ? {
          query,
          operationName: operationName ?? null,
          variables: (variables ?? {}) as Record<string, unknown>,
        }
      : null;
  } catch {
    return null;
  }
}

// What the caller would like best, if it is one of the two that every GraphQL client knows.
function acceptedType(accept = '*/*'): string | null {
  const [best = ''] = accept.split(/[,;]/);
  if (best === '*/*' || best === 'application/json') return 'application/json';
  return best === 'application/graphql-response+json' ? best : null;
}
