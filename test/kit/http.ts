import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';

/** An answer as it was received. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/**
 * Sends a request that `fetch` would not send: any header, and a body in pieces without its length.
 *
 * @param end whether the body ends; otherwise the answer must end the request
 */
export async function sendRaw(
  url: string,
  {
    method = 'POST',
    headers = {},
    body = [],
    end = true,
    localAddress,
  }: {
    method?: string;
    headers?: Record<string, string>;
    body?: readonly (string | Buffer)[];
    end?: boolean;
    /** The address of this machine from which it is sent. */
    localAddress?: string;
  },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, localAddress, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        sent.destroy();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.flushHeaders();
    for (const piece of body) sent.write(piece);
    if (end) sent.end();
  });
}

/** Sends bytes as they are, and says all that comes back until the connection is closed. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(bytes, 'latin1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  await once(socket, 'close');
  return answer;
}
