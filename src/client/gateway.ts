import { setTimeout as sleep } from 'node:timers/promises';
import type { TypedDocumentString } from './operations.ts';

/** The gateway does not do what was asked for. */
export class Refused extends Error {
  override name = 'Refused';
}

/** The gateway cannot be reached any more. */
export class Lost extends Error {
  override name = 'Lost';
}

/** The gateway cannot do it now. It is asked again for some time. */
class Unavailable extends Error {
  override name = 'Unavailable';
}

/** A gateway that runs elsewhere. */
export interface Remote {
  /** Sends an operation that may be sent again: a query, or a mutation for which a second time changes nothing more. */
  send: <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ) => Promise<Data>;
  /** All events of a subscription. It goes on where it was after a lost connection. */
  follow: <Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ) => AsyncGenerator<Data>;
  /** The whole answer to an operation, sent once. */
  ask: (query: string, variables: object) => Promise<{ data?: unknown; errors?: { message: string }[] }>;
}

interface Event {
  type: string;
  id: string | null;
  data: string;
}

/** A stream from which nothing has come for so long is dead, in milliseconds: a gateway says something each 12 seconds. */
const silentMs = 45_000;

/** Time between two tries, in milliseconds. */
const retryMs = 500;

/** @param waitMs for how long a gateway that cannot be reached is tried again */
export function remote(url: string, token: string | null, waitMs: number): Remote {
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };

  async function post(
    body: object,
    accept: string,
    more: object = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const init = { method: 'POST', body: JSON.stringify(body), headers: { ...headers, accept, ...more } };
    const response = await fetch(url, { ...init, ...(signal ? { signal } : {}) }).catch((error: unknown) => {
      throw new Unavailable(reasonOf(error));
    });
    if (response.status === 502 || response.status === 503 || response.status === 504)
      throw new Unavailable(`it answers ${response.status}`);
    return response;
  }

  const answerOf = async (
    response: Response,
  ): Promise<{ data?: unknown; errors?: { message: string }[] }> => {
    const text = await response.text().catch((error: unknown) => {
      throw new Unavailable(reasonOf(error));
    });
    try {
      return JSON.parse(text) as object;
    } catch {
      throw new Refused(`${url} is no gateway: it answers ${response.status} without JSON.`);
    }
  };

  const lost = ({ message }: Unavailable): Lost =>
    new Lost(`The gateway at ${url} cannot be reached: ${message}.`);

  /** Tries until it works, or the gateway has not been there for too long. */
  async function insist<T>(attempt: () => Promise<T>): Promise<T> {
    const started = performance.now();
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (performance.now() - started >= waitMs) throw lost(error);
        await sleep(Math.min(retryMs, waitMs));
      }
    }
  }

  return {
    send: async <Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables) =>
      insist(async () => {
        const { data, errors } = await answerOf(
          await post({ query: document.toString(), variables }, 'application/json'),
        );
        checkErrors(errors);
        return data as Data;
      }),
    ask: async (query, variables) => {
      try {
        return await answerOf(await post({ query, variables }, 'application/json'));
      } catch (error) {
        throw error instanceof Unavailable ? lost(error) : error;
      }
    },
    follow: async function* <Data, Variables>(
      document: TypedDocumentString<Data, Variables>,
      variables: Variables,
    ) {
      let last: string | null = null;
      let heard = performance.now();
      for (;;) {
        const abort = new AbortController();
        const silence = setTimeout(() => abort.abort(), silentMs);
        try {
          const response = await insist(async () =>
            post(
              { query: document.toString(), variables },
              'text/event-stream',
              last === null ? {} : { 'last-event-id': last },
              abort.signal,
            ),
          );
          if (response.status === 204) return;
          if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
            checkErrors((await answerOf(response)).errors);
            throw new Refused(`${url} is no gateway: it answers ${response.status} and no events.`);
          }
          const onPiece = (): void => void silence.refresh();
          for await (const { type, id, data } of eventsOf(response, onPiece)) {
            if (type === 'complete') return;
            if (type !== 'next') continue;
            last = id ?? last;
            const result = JSON.parse(data) as { data?: Data; errors?: { message: string }[] };
            checkErrors(result.errors);
            heard = performance.now();
            if (result.data) yield result.data;
          }
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          if (performance.now() - heard >= Math.max(waitMs, silentMs)) throw lost(error);
        } finally {
          clearTimeout(silence);
          abort.abort();
        }
        await sleep(Math.min(retryMs, waitMs));
      }
    },
  };
}

function checkErrors(errors: { message: string; extensions?: { code?: string } }[] | undefined): void {
  const [first] = errors ?? [];
  if (!first) return;
  if (first.extensions?.code === 'UNAVAILABLE') throw new Unavailable(first.message);
  throw new Refused(`${first.extensions?.code ?? ''} ${first.message}`.trim());
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}

/** Reads Server-Sent Events. @throws Unavailable when the connection is lost */
async function* eventsOf(response: Response, onPiece: () => void): AsyncGenerator<Event> {
  let rest = '';
  const decoder = new TextDecoder();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new Unavailable(reasonOf(error));
    });
    if (done) return;
    onPiece();
    const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string): string | null =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim() ?? null;
      yield { type: field('event') ?? '', id: field('id'), data: field('data') ?? '' };
    }
  }
}
