// The messages of the sub-protocol `graphql-transport-ws`:
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

/** The name of the sub-protocol. */
export const subProtocol = 'graphql-transport-ws';

/** What a client says. */
export type Message =
  | { type: 'connection_init'; payload: Record<string, unknown> }
  | { type: 'ping' | 'pong' }
  | { type: 'subscribe'; id: string; payload: object }
  | { type: 'complete'; id: string };

/** The longest id of an operation, in characters. Clients take numbers or UUIDs. */
const idLength = 200;

/** Reads a message; null when it is none. */
export function readMessage(value: unknown): Message | null {
  if (!isObject(value)) return null;
  const { type, id, payload } = value;
  switch (type) {
    case 'connection_init':
      return { type, payload: isObject(payload) ? payload : {} };
    case 'ping':
    case 'pong':
      return { type };
    case 'subscribe':
      return isId(id) && isObject(payload) ? { type, id, payload } : null;
    case 'complete':
      return isId(id) ? { type, id } : null;
    default:
      return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= idLength;
}

/** The message that gives a client a part of an answer, which is JSON already. */
export function withPayload(type: 'next' | 'error', id: string, payload: string): string {
  return `{"id":${JSON.stringify(id)},"type":"${type}","payload":${payload}}`;
}

/** The message that ends an operation. */
export function complete(id: string): string {
  return JSON.stringify({ id, type: 'complete' });
}

/** Why a connection is closed. The reasons are those of the sub-protocol. */
export const closings = {
  goingAway: [1001, 'The gateway is being stopped'],
  tryAgainLater: [1013, 'The gateway has too much to do; try again later'],
  badMessage: [4400, 'Invalid message'],
  unauthorized: [4401, 'Unauthorized'],
  forbidden: [4403, 'Forbidden'],
  noSubProtocol: [4406, 'Subprotocol not acceptable'],
  initTimeout: [4408, 'Connection initialisation timeout'],
  tooManyInits: [4429, 'Too many initialisation requests'],
} as const satisfies Record<string, readonly [number, string]>;
