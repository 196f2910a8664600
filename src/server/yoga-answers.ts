import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Plugin, YogaServerInstance } from 'graphql-yoga';
import type { EventIds } from '../schema/context.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { FindDocument } from './documents/find-document.ts';
import { completeId, sendEach, sendEvents, type Send } from './events.ts';
import type { Execute } from './web-socket/connection.ts';
import { eventStream } from './http/accept.ts';
import { graphqlPath, type ReadRequest } from './http/front.ts';
import { sendText } from './http/send-text.ts';
import { measureRequest } from './metrics/measured-requests.ts';

/** What an answer goes to. */
export interface Answering {
  /** Calls back when the answer has been sent, or its client has left. */
  once: (event: 'close', listener: () => void) => unknown;
  setHeader: (name: string, value: string) => unknown;
}

/** What Yoga is told of a request beside the request of the Fetch API. */
export interface YogaContext {
  req: ReadRequest;
  res: Answering;
  ids: EventIds;
}

/** Gives Yoga what a request asks for, which has been read before, and refuses what is not served. */
export const requestPlugin: Plugin<YogaContext, YogaContext> = {
  onRequestParse: ({ serverContext: { req }, setRequestParser }) => {
    setRequestParser(() => {
      if (req.noDocument) throw req.noDocument;
      return req.params;
    });
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const { accepts, method } = (args.contextValue as YogaContext).req;
    if (!accepts.events) setResultAndStopExecution({ errors: [noEvents()] });
    // Nobody would receive the events.
    else if (method === 'HEAD') setResultAndStopExecution({ data: null });
  },
};

function noEvents(): GraphQLError {
  return new GraphQLError(
    `A subscription is answered as ${eventStream}, which the Accept header does not allow.`,
    { extensions: { code: 'NOT_ACCEPTABLE', http: { status: 406 } } },
  );
}

/**
 * Answers requests by Yoga. Yoga's own listener is not used: it builds the address of a request from what the
 * client says, reads the body once more, and answers its own failures with their stack.
 */
export function yogaAnswers(
  yoga: YogaServerInstance<YogaContext, object>,
): (request: ReadRequest, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    if (idOf(request) === completeId) {
      response.writeHead(204).end();
      return;
    }
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    const asked = new yoga.fetchAPI.Request(`http://gateway${graphqlPath}`, {
      // A HEAD is a GET whose answer has no body.
      method: request.method === 'POST' ? 'POST' : 'GET',
      headers: { ...(request.headers as Record<string, string>), accept: acceptFor(request) },
      signal: abort.signal,
    });
    const ids = { last: idOf(request), next: null };
    const answer = await yoga.handleRequest(asked, { req: request, res: response, ids });
    if (!response.closed) sendHead(answer, response);
    const { events } = request;
    if (events !== undefined) await sendEvents(events, response, ids);
    else if (!response.closed) await sendText(response, await answer.text());
  };
}

/** Answers operations by Yoga that come by WebSocket. */
export function yogaOperations(
  yoga: YogaServerInstance<YogaContext, object>,
  findDocument: FindDocument,
  tracing: Tracing | null,
): Execute {
  return async (upgrade, params, signal, send) => {
    // All that is asked of a request of HTTP is asked of this one.
    const request = Object.assign(
      Object.create(upgrade) as IncomingMessage,
      {
        method: 'POST',
        ...findDocument(params),
        accepts: { answer: 'application/json', events: true },
      } as const,
    ) as ReadRequest;
    const ended = new EventEmitter();
    const measured = measureRequest(request, tracing);
    try {
      const asked = new yoga.fetchAPI.Request(`http://gateway${graphqlPath}`, {
        method: 'POST',
        headers: { accept: acceptFor(request) },
        signal,
      });
      const res: Answering = {
        once: (event, listener) => ended.once(event, listener),
        setHeader: () => undefined,
      };
      const ids = { last: null, next: null };
      const answer = await measured.within(() => yoga.handleRequest(asked, { req: request, res, ids }));
      const { events } = request;
      if (events === undefined) await sendWhole(await answer.text(), send);
      else await sendEach(events, signal, send);
    } finally {
      ended.emit('close');
      measured.end();
    }
  };
}

/** An answer without data is an error of the protocol. */
async function sendWhole(text: string, send: Send): Promise<void> {
  const { errors, data } = text.startsWith('{"errors"')
    ? (JSON.parse(text) as ExecutionResult)
    : { data: {} };
  if (errors && data === undefined) await send('error', JSON.stringify(errors));
  else await send('next', text);
}

/** What Yoga may choose from: it does not know weights. */
function acceptFor({ accepts: { answer, events } }: ReadRequest): string {
  return events ? `${answer}, ${eventStream}` : answer;
}

/** The last event that the client has got, as browsers say it when they ask for a stream again. */
function idOf({ headers }: ReadRequest): string | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

function sendHead({ headers, status }: Response, response: ServerResponse): void {
  for (const [name, value] of headers) {
    // No cache may keep an answer, also where Yoga says less.
    if (name.toLowerCase() !== 'cache-control') response.setHeader(name, value);
  }
  response.writeHead(status);
}
