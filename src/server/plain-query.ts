import type { ServerResponse } from 'node:http';
import {
  BREAK,
  execute as interpret,
  getOperationAST,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Context } from '../schema/context.ts';
import { printAnswer, refusalIn, type AnswerLimits } from './answers.ts';
import { eventStream } from './http/accept.ts';
import type { ReadRequest } from './http/front.ts';
import { checkRequest } from './limits.ts';
import { withMovedPaths } from './moved-paths.ts';
import { whyNothing } from './unavailable.ts';

/** The parts of Yoga that are used here. */
interface Yoga {
  getEnveloped: (context: object) => unknown;
}

/** The content of a POST of JSON. */
interface PlainRequest {
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

/**
 * Answers the usual requests quickly: a query, sent as JSON, whose answer has no errors. Yoga parses and
 * validates it, with its caches and our limits. Two costs are saved: the objects of the Fetch API for each
 * request, and the interpretation of a document that comes again, because it is compiled to a function.
 *
 * Yoga and graphql-js answer everything else. A query with an error is executed there again, from the start
 * and level by level; this is safe because a query changes nothing. Errors and nulls then follow the
 * specification, and a part that cannot be read does not take others with it.
 *
 * @returns whether it has answered
 */
export function plainQueries(
  yoga: Yoga,
  createContext: () => Context,
  limits: AnswerLimits,
): (request: ReadRequest, response: ServerResponse) => Promise<boolean> {
  return async (request, response) => {
    const mediaType = request.accepts.answer;
    const asked = request.method === 'POST' && mediaType !== eventStream ? read(request) : null;
    if (asked === null) return false;
    const result = await execute(yoga, createContext, asked);
    if (result === null) return false;
    const printed = result.errors
      ? (refusalIn(result) ?? whyNothing(result))
      : await printAnswer(result, response, limits);
    if (typeof printed === 'string') {
      // With its length the answer is one piece, and not several of a chunked one.
      response.writeHead(200, {
        'content-type': `${mediaType}; charset=utf-8`,
        'content-length': Buffer.byteLength(printed),
      });
      response.end(printed);
      return true;
    }
    // Yoga says why there is no answer, and does not execute the query again.
    if (printed) request.refusal = printed;
    else request.failed = true;
    return false;
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
    if (!isQuery(document, operationName)) return null;
    if (checkRequest({ schema, document, operationName, variableValues }).length > 0) return null;
    const executed = executable(schema, document, operationName);
    if (executed === null) return null;
    const context = createContext();
    return withMovedPaths(await executed(context, variableValues), context);
  } catch {
    return null;
  }
}

/** Executes an operation of a document. */
type Executable = (
  context: Context,
  variables: Record<string, unknown>,
) => ExecutionResult | Promise<ExecutionResult>;

// Entries disappear when their document leaves the parser's cache.
const executables = new WeakMap<DocumentNode, Map<string | null, Executable | null>>();

/**
 * How a query is executed; null when it cannot be compiled. A document that comes for the first time is interpreted,
 * because its compilation costs as much as six interpretations: a caller who writes values into its documents, so
 * that each differs from all others, would pay it with each request.
 */
function executable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): Executable | null {
  const operations = executables.get(document);
  if (!operations) {
    executables.set(document, new Map());
    return interpreted(schema, document, operationName);
  }
  const known = operations.get(operationName);
  if (known !== undefined) return known;
  const made = compiled(schema, document, operationName);
  operations.set(operationName, made);
  return made;
}

function isQuery(document: DocumentNode, operationName: string | null): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
}

function interpreted(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): Executable {
  return (contextValue, variableValues) =>
    interpret({ schema, document, operationName, contextValue, variableValues });
}

function compiled(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): Executable | null {
  if (renamesToPrototype(document)) return interpreted(schema, document, operationName);
  const made = compileQuery(schema, document, operationName ?? '');
  if (!isCompiledQuery(made)) return null;
  return (context, variables) => made.query(undefined, context, variables);
}

/** Whether a field is called `__proto__` in the answer: compiled functions would set the prototype of an object. */
function renamesToPrototype(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ alias }) => {
      if (alias?.value !== '__proto__') return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

function read({ params }: ReadRequest): PlainRequest | null {
  const { query, operationName, variables, ...more } = params as Record<string, unknown>;
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
}
