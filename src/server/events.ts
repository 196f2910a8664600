import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { printLargeJson } from '../lib/event-loop/print-json.ts';
import type { EventIds } from '../schema/context.ts';
import { eventStream } from './http/accept.ts';
import type { ReadRequest } from './http/front.ts';
import { drained } from './http/send-text.ts';
import type { YogaContext } from './yoga-answers.ts';

type Events = NonNullable<ReadRequest['events']>;

/**
 * The id of the last event of a stream that has come to its end. A browser asks again for every stream that ends, and
 * says which event was the last it has got; it asks no more when the answer is a 204.
 */
export const completeId = 'complete';

/** How often something is sent so that nobody takes the connection for a dead one, in milliseconds. */
const pingMs = 12_000;

/** Lets Yoga leave events to `sendEvents`: its own have no ids. */
export const eventsPlugin: Plugin<YogaContext, YogaContext> = {
  onResultProcess: (processing) => {
    const { req } = processing.serverContext;
    if (!isAsyncIterable(processing.result) && req.accepts.answer !== eventStream) return;
    processing.setResultProcessor((processed, fetchAPI) => {
      req.events = processed as Events;
      return new fetchAPI.Response(null, { ...headOf(req.events) });
    }, eventStream);
  },
};

function headOf(events: Events): { status: number; headers: Record<string, string> } {
  const errors = isAsyncIterable(events) ? [] : (events.errors ?? []);
  const http = errors.flatMap(({ extensions }) => (extensions.http ? [extensions.http] : []));
  const refusal = http.find(({ spec }) => spec !== true);
  return {
    status: refusal?.status ?? 200,
    headers: { ...refusal?.headers, 'content-type': eventStream },
  };
}

/**
 * Sends events, each when the client has taken the one before. When the client leaves, the subscription ends at once.
 * After an event that says that the gateway cannot do it now, the stream is not complete: the client may ask again.
 */
export async function sendEvents(events: Events, response: ServerResponse, ids: EventIds): Promise<void> {
  const { results, end } = opened(events);
  response.once('close', end);
  if (response.closed || response.req.method === 'HEAD') {
    end();
    response.end();
    return;
  }
  const send = async (text: string): Promise<void> => {
    if (!response.write(text)) await drained(response);
  };
  const timer = setInterval(() => void response.write(':\n\n'), pingMs);
  try {
    // Some browsers wait for a first byte.
    await send(':\n\n');
    for (let isFirst = true; ; isFirst = false) {
      ids.next = null;
      const next = await results.next();
      if (next.done === true) break;
      const { value } = next;
      const text = await textOf(value);
      const id = value.errors ? null : idOf(ids, text);
      // What the client has got already, as it still is.
      if (isFirst && id !== null && id === ids.last) continue;
      await send(`${id === null ? '' : `id: ${id}\n`}event: next\ndata: ${text}\n\n`);
      if (value.errors?.some(({ extensions }) => extensions.code === 'UNAVAILABLE')) {
        end();
        response.end();
        return;
      }
    }
    response.end(`id: ${completeId}\nevent: complete\ndata:\n\n`);
  } finally {
    clearInterval(timer);
  }
}

/** Sends a part of an answer by WebSocket. */
export type Send = (type: 'next' | 'error', payload: string) => Promise<void>;

/** Sends events by WebSocket, each when the client has taken the one before, until `signal` says that it wants no more. */
export async function sendEach(events: Events, signal: AbortSignal, send: Send): Promise<void> {
  const { results, end } = opened(events);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  for (;;) {
    const next = await results.next();
    if (next.done === true) return;
    await send('next', await textOf(next.value));
  }
}

/** Clients that follow the same get the same result, which is written once for all. */
const texts = new WeakMap<ExecutionResult, Promise<string>>();

function textOf(result: ExecutionResult): Promise<string> {
  const text = texts.get(result) ?? printLargeJson(withoutHttp(result));
  texts.set(result, text);
  return text;
}

/** The results of a stream, and what ends it early. */
function opened(events: Events): { results: AsyncIterator<ExecutionResult>; end: () => void } {
  const results = isAsyncIterable(events) ? events[Symbol.asyncIterator]() : single(events);
  return { results, end: () => void Promise.resolve(results.return?.()).catch(() => undefined) };
}

async function* single(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield await Promise.resolve(result);
}

/** The id of an event. Where nothing tells its place in the stream, it says what the event is. */
function idOf({ next }: EventIds, text: string): string {
  return next ?? createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Errors may say what is for the head of an answer, which has been sent. */
function withoutHttp({ errors, data, extensions }: ExecutionResult): object {
  return {
    ...(errors ? { errors: errors.map(shown) } : {}),
    ...(data === undefined ? {} : { data }),
    ...(extensions ? { extensions } : {}),
  };
}

function shown(error: GraphQLError): object {
  const { extensions = {}, ...others } = error.toJSON();
  const told = Object.fromEntries(Object.entries(extensions).filter(([name]) => name !== 'http'));
  return Object.keys(told).length > 0 ? { ...others, extensions: told } : others;
}
