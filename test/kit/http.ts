import { request } from 'node:http';

/** An answer, as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/**
 * Sends a request that `fetch` would not: any header, and a body piece by piece without saying its length.
 *
 * @param end whether the body comes to its end; one that does not waits for the answer to end it
 */
export async function sendRaw(
  url: string,
  {
    method = 'POST',
    headers = {},
    body = [],
    end = true,
  }: {
    method?: string;
    headers?: Record<string, string>;
    body?: readonly (string | Buffer)[];
    end?: boolean;
  },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
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
