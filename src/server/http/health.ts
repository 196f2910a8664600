import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is wrong with each part of the gateway; null for a part that works. */
export type Health = Readonly<Record<string, string | null>>;

/** For how long an answer holds, in milliseconds: anybody may ask as often as they like. */
const holdsMs = 1000;

/**
 * Answers whether the gateway can do its work: 200, or 503 with what does not work.
 *
 * @param check is not called again while it works, nor for a second after that
 */
export function healthAnswers(
  check: () => Promise<Health>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let current: Promise<Health> | null = null;
  const look = (): Promise<Health> => {
    current ??= check().finally(() => setTimeout(() => (current = null), holdsMs).unref());
    return current;
  };
  return async (_request, response) => {
    const parts = Object.entries(await look());
    const isReady = parts.every(([, failure]) => failure === null);
    const said = parts.map(([part, failure]) => [part, failure ?? 'ok'] as const);
    const text = JSON.stringify({ status: isReady ? 'ready' : 'not ready', ...Object.fromEntries(said) });
    response.writeHead(isReady ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8',
      ...(isReady ? {} : { 'retry-after': '5' }),
    });
    response.end(text);
  };
}
