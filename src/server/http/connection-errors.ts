import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusalText, type Refusal } from './refusal.ts';

/**
 * Answers what Node refuses before it is a request, in the same form as every other refusal: text that is not HTTP,
 * headers that are too long or come too late, and CONNECT.
 */
export function refuseBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => endWith(socket, refusalFor(error.code)));
  server.on('connect', (_request, socket) => endWith(socket, badMethod));
}

const badMethod: Refusal = {
  status: 405,
  code: 'METHOD_NOT_ALLOWED',
  message: 'This server is no proxy.',
};

function refusalFor(code: string | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'HEADERS_TOO_LARGE',
        message: 'The address and the headers are too long. Send the query in the body of a POST.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time.' };
    default:
      return { status: 400, code: 'BAD_REQUEST', message: 'This is no request of HTTP/1.1.' };
  }
}

const reasons: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** Ends a connection with a refusal, without the objects that Node makes of a request. */
export function endWith(socket: Duplex & { bytesWritten?: number }, refusal: Refusal): void {
  // On a connection that had answers before, one may be half sent. Nothing can follow it.
  if (!socket.writable || (socket.bytesWritten ?? 0) > 0) {
    socket.destroy();
    return;
  }
  const text = refusalText(refusal);
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${reasons[refusal.status] ?? ''}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(text)}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      'connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}
