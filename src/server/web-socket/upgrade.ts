import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { HostName } from '../../lib/serving/host-name.ts';
import { Places } from '../../lib/serving/places.ts';
import { readTarget } from '../http/address.ts';
import { clientOf } from '../http/client.ts';
import { endWith } from '../http/connection-errors.ts';
import { graphqlPath } from '../http/front.ts';
import { maxBodyBytes } from '../http/read-body.ts';
import { badRequest, type Refusal } from '../http/refusal.ts';
import { serveConnection, type ConnectionSettings } from './connection.ts';
import { closings, subProtocol } from './messages.ts';

interface UpgradeSettings extends ConnectionSettings {
  allowedHosts: readonly HostName[];
  /** Origins beside the server's own whose pages may connect. */
  corsOrigins: ReadonlySet<string>;
  /** How many connections may be open at a time. */
  connections: { all: number; perClient: number };
}

/** The WebSockets of a server. */
export interface WebSockets {
  /** Tells all clients that the gateway goes away, and closes their connections. */
  close: () => void;
  /** Closes what is still open at once. */
  terminate: () => void;
}

/** Lets clients of a server speak by WebSocket. */
export function acceptWebSockets(server: Server, settings: UpgradeSettings): WebSockets {
  const places = new Places(settings.connections);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    // It takes more time than it saves on the machine or in the network where clients usually are.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subProtocol) ? subProtocol : false),
  });
  sockets.on('wsClientError', (error, socket) => endWith(socket, badRequest(`${error.message}.`)));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!/^websocket$/i.test(request.headers.upgrade ?? '')) {
      withoutUpgrade(server, request, socket, head);
      return;
    }
    socket.on('error', () => socket.destroy());
    const refusal = whyNot(request, settings);
    if (refusal) {
      endWith(socket, refusal);
      return;
    }
    const client = clientOf(request.socket.remoteAddress);
    const full = places.take(client);
    if (full !== null) {
      endWith(socket, tooMany(full));
      return;
    }
    socket.once('close', () => places.giveBack(client));
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (webSocket.protocol === subProtocol) serveConnection(webSocket, request, settings);
      else webSocket.close(...closings.noSubProtocol);
    });
  });
  return {
    close: () => {
      for (const socket of sockets.clients) socket.close(...closings.goingAway);
    },
    terminate: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

function whyNot(
  request: IncomingMessage,
  { allowedHosts, corsOrigins, checkAccess }: UpgradeSettings,
): Refusal | null {
  const target = readTarget(request, allowedHosts);
  if ('status' in target) return target;
  if (target.path !== graphqlPath) return notFound;
  if (!isOwnOrigin(request.headers) && !corsOrigins.has(request.headers.origin ?? '')) return foreignOrigin;
  // A client that sends its token later, as pages must, has no header.
  return request.headers.authorization === undefined ? null : checkAccess(request);
}

/** Whether no page of another site asks: browsers let each page open WebSockets to any address. */
function isOwnOrigin({ origin, host }: IncomingMessage['headers']): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * Reads a request again without its wish for another protocol, such as HTTP/2: its client goes on without. Node hands
 * over all requests that wish for any.
 */
function withoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = 'GET', url = '/', rawHeaders } = request;
  let text = `${method} ${url} HTTP/1.1\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) text += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function tooMany(whose: 'CLIENT' | 'ALL'): Refusal {
  return {
    status: whose === 'CLIENT' ? 429 : 503,
    code: 'LIMIT_EXCEEDED',
    message: `${whose === 'CLIENT' ? 'Your address' : 'This gateway'} has as many WebSockets open as may be. Close one, or try again later.`,
  };
}

const notFound: Refusal = {
  ...badRequest(`WebSockets are at ${graphqlPath}.`),
  status: 404,
  code: 'NOT_FOUND',
};

const foreignOrigin: Refusal = {
  status: 403,
  code: 'FORBIDDEN_ORIGIN',
  message:
    'A page of another origin may not ask. Name its origin when the gateway is started, with --cors-origin, or serve the page and this server under one origin, by a proxy.',
};
