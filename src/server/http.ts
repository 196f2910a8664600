import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** Largest request body, in bytes: a state document of the largest size, as JSON text with its quotes escaped. */
export const maxBodyBytes = 10_000_000;

/** How long the rest of a refused request is read and thrown away, in milliseconds. */
const lingerMs = 10_000;

// The page of GraphiQL holds all it needs, and no other page may show it in a frame: a click there
// could be led to the button that runs a mutation.
const headers = {
  'content-security-policy':
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
};

/** A request whose body was read; the GraphQL server takes it from here. */
export type ReadRequest = IncomingMessage & {
  body?: Buffer;
  /** Whether its query was executed and came upon an error. */
  failed?: boolean;
};

/**
 * Refuses what must not reach the GraphQL server: bodies that are too large, forms that another site's
 * page could post without asking, and, on a loopback address, names that another site could point at it.
 *
 * @param loopback whether the server listens on a loopback address only
 */
export function guarded(
  next: (request: ReadRequest, response: ServerResponse) => void,
  loopback: boolean,
): RequestListener {
  return (request: ReadRequest, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refuse = (...refusal: Refusal): void => answer(request, response, refusal);
    if (loopback && !isLoopbackName(request.headers.host ?? '')) {
      refuse(403, 'FORBIDDEN_HOST', 'Ask for this server by localhost, 127.0.0.1 or [::1].');
      return;
    }
    if (request.method !== 'POST') {
      next(request, response);
      return;
    }
    // A page of another site can post forms and plain text unasked, but not JSON.
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (type !== 'application/json') {
      refuse(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the request as application/json.');
      return;
    }
    if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
      refuse(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the request without a content encoding.');
      return;
    }
    readBody(request, {
      done: (body) => {
        request.body = body;
        next(request, response);
      },
      tooLarge: () =>
        refuse(413, 'BODY_TOO_LARGE', `The request's body has more than ${maxBodyBytes} bytes.`),
    });
  };
}

function readBody(
  request: IncomingMessage,
  { done, tooLarge }: { done: (body: Buffer) => void; tooLarge: () => void },
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    tooLarge();
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBodyBytes) return;
    request.off('data', take).off('end', end);
    tooLarge();
  };
  const end = (): void => done(Buffer.concat(chunks));
  request.on('data', take).on('end', end);
}

type Refusal = [status: number, code: string, message: string];

// The rest of the request is still read for a while: a connection that is closed on a client that is
// sending takes the answer with it.
function answer(request: IncomingMessage, response: ServerResponse, [status, code, message]: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.on('close', () => clearTimeout(timer)).resume();
}

/** Whether a `Host` header names this machine itself, whatever the port. */
function isLoopbackName(host: string): boolean {
  return isLoopback(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}

/** Whether a name or an address is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    (isIPv4(name) && name.startsWith('127.')) ||
    (isIPv6(name) && /^(0*:)*:?0*1$/.test(name))
  );
}
