import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/**
 * Sends a GraphQL operation over a connection that is kept, and gives the answer's data. Once more over another
 * one when the server has just closed it for being idle, as Node's documentation has it for such connections.
 *
 * @throws on errors
 */
export async function post<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  try {
    return await send(url, query, variables);
  } catch (error) {
    if (!(error instanceof ConnectionGone)) throw error;
    return send(url, query, variables);
  }
}

class ConnectionGone extends Error {}

function send<Data>(url: string, query: string, variables: object): Promise<Data> {
  const body = JSON.stringify({ query, variables });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { data, errors } = JSON.parse(text) as { data: Data; errors?: unknown };
        if (response.statusCode === 200 && errors === undefined) resolve(data);
        else reject(new Error(`${response.statusCode ?? 0}: ${text}`));
      });
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isGone = sent.reusedSocket && error.code === 'ECONNRESET';
      reject(isGone ? new ConnectionGone(error.message, { cause: error }) : error);
    });
    sent.end(body);
  });
}
