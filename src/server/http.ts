import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** Largest request body, in bytes. */
export const maxBodyBytes = 1_000_000;

/** A request whose body was read; the GraphQL server takes it from here. */
type ReadRequest = IncomingMessage & { body?: Buffer };

/**
 * Refuses what must not reach the GraphQL server: bodies that are too large, forms that another site's
 * page could post without asking, and, on a loopback address, names that another site could point at it.
 *
 * @param loopback whether the server listens on a loopback address only
 */
export function guarded(next: RequestListener, loopback: boolean): RequestListener {
  return (request: ReadRequest, response) => {
    if (loopback && !isLoopbackName(request.headers.host ?? '')) {
      refuse(response, 403, 'FORBIDDEN_HOST', 'Ask for this server by localhost, 127.0.0.1 or [::1].');
      return;
    }
    if (request.method !== 'POST') {
      next(request, response);
      return;
    }
    // A page of another site can post forms and plain text unasked, but not JSON.
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (type !== 'application/json') {
      request.resume();
      refuse(response, 415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the request as application/json.');
      return;
    }
    readBody(request, response, (body) => {
      request.body = body;
      next(request, response);
    });
  };
}

function readBody(request: ReadRequest, response: ServerResponse, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = Number(request.headers['content-length'] ?? 0) > maxBodyBytes ? Infinity : 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
    else tooLarge();
  };
  const tooLarge = (): void => {
    request.off('data', take).off('end', end).resume();
    response.setHeader('connection', 'close');
    refuse(response, 413, 'BODY_TOO_LARGE', `The request's body has more than ${maxBodyBytes} bytes.`);
  };
  const end = (): void => done(Buffer.concat(chunks));
  if (size > maxBodyBytes) tooLarge();
  else request.on('data', take).on('end', end);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

/** Whether a `Host` header names this machine itself, whatever the port. */
function isLoopbackName(host: string): boolean {
  return isLoopback(host.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
}

/** Whether a name or an address is this machine's own. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    (isIPv4(host) && host.startsWith('127.')) ||
    (isIPv6(host) && /^(0*:)*:?0*1$/.test(host))
  );
}
