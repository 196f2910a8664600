import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { measure } from '../../metrics/measures.ts';

/** Why a request is not handed to GraphQL. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  headers?: OutgoingHttpHeaders;
}

export function badRequest(message: string): Refusal {
  return { status: 400, code: 'BAD_REQUEST', message };
}

/** @param what of which too many came */
export function tooManyTries(seconds: number, what: 'tokens' | 'signatures'): Refusal {
  return {
    status: 429,
    code: 'LIMIT_EXCEEDED',
    message: `Too many wrong ${what} came from this address. Try again in ${seconds} seconds.`,
    headers: { 'retry-after': String(seconds) },
  };
}

/** How long the rest of a refused request is read and ignored, in milliseconds. */
const lingerMs = 10_000;

/** The answer's text: like any answer of GraphQL that has errors and no data. */
export function refusalText({ code, message }: Pick<Refusal, 'code' | 'message'>): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

/** Answers with a refusal. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  measure('refusal', { status: refusal.status });
  const text = refusalText(refusal);
  if (!request.complete) linger(request, response);
  response.writeHead(refusal.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...refusal.headers,
  });
  response.end(text);
}

/**
 * Reads and ignores the rest of a request for some time before its connection is closed, also where the client wants
 * it closed with the answer: a client that cannot go on sending does not see the answer.
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  if (!response.shouldKeepAlive) {
    response.setHeader('connection', 'keep-alive');
    request.once('end', () => request.socket.end());
  }
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.on('close', () => clearTimeout(timer)).resume();
}
