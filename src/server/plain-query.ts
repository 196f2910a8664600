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
import { schema } from '../schema/index.ts';
import { printAnswer, refusalIn, type AnswerLimits } from './answers.ts';
import type { NoteUse } from './deprecated-use.ts';
import type { DocumentCache } from './documents/document-cache.ts';
import { eventStream } from './http/accept.ts';
import type { ReadRequest } from './http/front.ts';
import { sendText } from './http/send-text.ts';
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

interface PlainOptions {
  createContext: () => Context;
  limits: AnswerLimits;
  noteUse: NoteUse;
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
  documents: DocumentCache,
  { createContext, limits, noteUse }: PlainOptions,
): (request: ReadRequest, response: ServerResponse) => Promise<boolean> {
  const documentOf = (text: string): DocumentNode | null => {
    const known = documents.get(text);
    return known && executables.has(known) ? known : parsed(yoga, text);
  };
  return async (request, response) => {
    const mediaType = request.accepts.answer;
    const asked = request.method === 'POST' && mediaType !== eventStream ? read(request) : null;
    if (asked === null) return false;
    const result = await execute(documentOf, createContext, noteUse, asked);
    if (result === null) return false;
    const printed = result.errors
      ? (refusalIn(result) ?? whyNothing(result))
      : await printAnswer(result, response, limits);
    if (typeof printed === 'string') {
      request.measured = { kind: 'query', outcome: 'success', name: asked.operationName };
      // With its length the answer is one piece, and not several of a chunked one.
      response.writeHead(200, {
        'content-type': `${mediaType}; charset=utf-8`,
        'content-length': Buffer.byteLength(printed),
      });
      await sendText(response, printed);
      return true;
    }
    // Yoga says why there is no answer, and does not execute the query again.
    if (printed) request.refusal = printed;
    else request.failed = true;
    return false;
  };
}

/** Parses a text as Yoga does, with its caches and our limits; null when the document is not valid. @throws as Yoga */
function parsed(yoga: Yoga, text: string): DocumentNode | null {
  const { parse, validate } = yoga.getEnveloped({}) as {
    parse: (text: string) => DocumentNode;
    validate: (schema: GraphQLSchema, document: DocumentNode) => readonly Error[];
  };
  const document = parse(text);
  return validate(schema, document).length > 0 ? null : document;
}

async function execute(
  documentOf: (text: string) => DocumentNode | null,
  createContext: () => Context,
  noteUse: NoteUse,
  { query, operationName, variables: variableValues }: PlainRequest,
): Promise<ExecutionResult | null> {
  try {
    const document = documentOf(query);
    if (document === null || !isQuery(document, operationName)) return null;
    const args = { schema, document, operationName, variableValues };
    const errors = await checkRequest(args);
    if (errors.length > 0) return null;
    const executed = executable(document, operationName);
    if (executed === null) return null;
    const context = createContext();
    const result = await executed(context, args.variableValues);
    // Else Yoga executes it again, and notes it.
    if (!result.errors) noteUse(document, variableValues);
    return withMovedPaths(result, context);
  } catch {
    return null;
  }
}

/** Executes an operation of a document. */
type Executable = (
  context: Context,
  variables: Record<string, unknown>,
) => ExecutionResult | Promise<ExecutionResult>;

// Each document in it is valid. Entries disappear when their document leaves the parser's cache.
const executables = new WeakMap<DocumentNode, Map<string | null, Executable | null>>();

/**
 * How a query is executed; null when it cannot be compiled. A document that comes for the first time is interpreted,
 * because its compilation costs as much as six interpretations: a caller who writes values into its documents, so
 * that each differs from all others, would pay it with each request.
 */
function executable(document: DocumentNode, operationName: string | null): Executable | null {
  const operations = executables.get(document);
  if (!operations) {
    executables.set(document, new Map());
    return interpreted(document, operationName);
  }
  const known = operations.get(operationName);
  if (known !== undefined) return known;
  const made = compiled(document, operationName);
  operations.set(operationName, made);
  return made;
}

function isQuery(document: DocumentNode, operationName: string | null): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY;
}

function interpreted(document: DocumentNode, operationName: string | null): Executable {
  return (contextValue, variableValues) =>
    interpret({ schema, document, operationName, contextValue, variableValues });
}

function compiled(document: DocumentNode, operationName: string | null): Executable | null {
  if (renamesToPrototype(document)) return interpreted(document, operationName);
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

/** What a request may say. With more than that it is for Yoga, which refuses it. */
const names: ReadonlySet<string> = new Set(['query', 'operationName', 'variables']);

function read({ params }: ReadRequest): PlainRequest | null {
  for (const name in params) if (!names.has(name)) return null;
  const { query, operationName, variables } = params as Record<string, unknown>;
  const fits =
    typeof query === 'string' &&
    (operationName == null || typeof operationName === 'string') &&
    (variables == null || (typeof variables === 'object' && !Array.isArray(variables)));
  return fits
    ? {
        query,
        operationName: operationName ?? null,
        variables: (variables ?? {}) as Record<string, unknown>,
      }
    : null;
}
