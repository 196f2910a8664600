import type { ServerResponse } from 'node:http';
import { nextTurn } from '../../lib/event-loop/slices.ts';

/** Bytes that are sent at once: to hand over some megabytes keeps the event loop while the system copies them. */
const pieceBytes = 500_000;

/** Ends an answer with its text; a long one is sent in pieces, as the client takes them. */
export async function sendText(response: ServerResponse, text: string): Promise<void> {
  if (text.length <= pieceBytes) {
    response.end(text);
    return;
  }
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length && !response.closed; at += pieceBytes) {
    const isTaken = response.write(bytes.subarray(at, at + pieceBytes));
    await (isTaken ? nextTurn() : drained(response));
  }
  response.end();
}

/** Waits until the client has taken what was sent, or has left. */
export function drained(response: ServerResponse): Promise<void> {
  if (response.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
