import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Budget } from '../../lib/serving/budget.ts';
import { parseJson } from '../../lib/event-loop/parse-json.ts';
import type { CheckAccess } from '../http/access.ts';
import { maxKeys } from '../http/read-body.ts';
import { closings, complete, readMessage, withPayload, type Message } from './messages.ts';

/** Executes an operation, and hands over each part of its answer as JSON. Ends when the operation does, or `signal` says. */
export type Execute = (
  request: IncomingMessage,
  params: object,
  signal: AbortSignal,
  send: (type: 'next' | 'error', payload: string) => Promise<void>,
) => Promise<void>;

export interface ConnectionSettings {
  checkAccess: CheckAccess;
  execute: Execute;
  /** Bytes that what clients have sent may have together, while it is being answered. */
  bodies: Budget;
}

/** How long a client may take to begin, in milliseconds. */
const initMs = 10_000;

/** How often a client is asked whether it is still there, in milliseconds. One that does not answer is gone. */
const pingMs = 12_000;

/** How many operations of one connection may be under way at a time. */
const maxOperations = 100;

/** Speaks with one client until either side leaves. */
export function serveConnection(
  socket: WebSocket,
  request: IncomingMessage,
  { checkAccess, execute, bodies }: ConnectionSettings,
): void {
  const operations = new Map<string, AbortController>();
  let state: 'NEW' | 'READY' = 'NEW';
  let isThere = true;
  let received = 0;
  const close = ([code, reason]: readonly [number, string]): void => socket.close(code, reason);

  const initTimer = setTimeout(() => close(closings.initTimeout), initMs);
  const pingTimer = setInterval(() => {
    if (!isThere) socket.terminate();
    isThere = false;
    socket.ping();
  }, pingMs);
  // What a client sends is counted as it comes: a message may be as long as a body.
  const count = (piece: Buffer): void => {
    if (bodies.take(piece.length)) received += piece.length;
    else close(closings.tryAgainLater);
  };
  request.socket.on('data', count);
  socket.on('pong', () => {
    isThere = true;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(initTimer);
    clearInterval(pingTimer);
    request.socket.off('data', count);
    bodies.giveBack(received);
    for (const operation of operations.values()) operation.abort();
  });
  socket.on('message', (data: Buffer, isBinary) => {
    const size = received;
    received = 0;
    void take(data, isBinary).finally(() => bodies.giveBack(size));
  });

  async function take(data: Buffer, isBinary: boolean): Promise<void> {
    const message = isBinary ? null : await read(data);
    if (socket.readyState !== socket.OPEN) return;
    if (message === null) close(closings.badMessage);
    else if (message.type === 'connection_init') begin(message.payload);
    else if (message.type === 'ping') await say('{"type":"pong"}');
    else if (message.type === 'complete') operations.get(message.id)?.abort();
    else if (message.type === 'subscribe') await start(message);
  }

  function begin(payload: Record<string, unknown>): void {
    if (state === 'READY') {
      close(closings.tooManyInits);
      return;
    }
    clearTimeout(initTimer);
    // A page cannot give a WebSocket a header.
    const [, given] = Object.entries(payload).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
    const authorization = request.headers.authorization ?? (typeof given === 'string' ? given : undefined);
    if (checkAccess({ headers: { authorization }, socket: request.socket }) !== null) {
      close(closings.forbidden);
      return;
    }
    state = 'READY';
    void say('{"type":"connection_ack"}');
  }

  async function start({ id, payload }: Message & { type: 'subscribe' }): Promise<void> {
    if (state === 'NEW') {
      close(closings.unauthorized);
      return;
    }
    if (operations.has(id)) {
      socket.close(4409, `Subscriber for ${id.slice(0, 80)} already exists`);
      return;
    }
    if (operations.size >= maxOperations) {
      await say(withPayload('error', id, tooManyOperations));
      return;
    }
    const operation = new AbortController();
    operations.set(id, operation);
    const isOpen = (): boolean => operations.get(id) === operation && !operation.signal.aborted;
    operation.signal.addEventListener('abort', () => operations.delete(id));
    let last = 'next' as 'next' | 'error';
    await execute(request, payload, operation.signal, async (type, text) => {
      last = type;
      if (isOpen()) await say(withPayload(type, id, text));
    });
    if (!isOpen()) return;
    operations.delete(id);
    // An error ends the operation by itself.
    if (last === 'next') await say(complete(id));
  }

  /** Sends a message, and waits until it has left this process. */
  function say(text: string): Promise<void> {
    return new Promise((resolve) => {
      socket.send(text, () => resolve());
    });
  }
}

async function read(data: Buffer): Promise<Message | null> {
  try {
    return readMessage(await parseJson(data.toString(), { maxKeys }));
  } catch {
    return null;
  }
}

const tooManyOperations = JSON.stringify([
  {
    message: `This connection has ${maxOperations} operations under way, which is the most. End one, or open another connection.`,
    extensions: { code: 'LIMIT_EXCEEDED' },
  },
]);
