import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How a receiver answers. Null for not at all. */
export type Reply = { status: number; headers?: Record<string, string>; body?: string } | null;

export interface Receiver {
  url: string;
  received: Received[];
  /** How the next requests are answered, one after the other; the last one stays. */
  reply: (...replies: Reply[]) => void;
  /** Resolves when it has got so many requests in all. */
  got: (count: number) => Promise<void>;
  close: () => Promise<void>;
}

/** Starts a receiver of webhooks on the loopback address. It answers with 204. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let replies: Reply[] = [{ status: 204 }];
  const waiting = new Set<() => void>();
  const answer = (response: ServerResponse): void => {
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply) response.writeHead(reply.status, reply.headers).end(reply.body);
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      answer(response);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    reply: (...given) => (replies = given),
    got: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
