import { lookup as resolveName } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { addressIn, checkAddresses, type AllowedAddresses } from './addresses.ts';

/** An answer, as far as it was read. */
export interface PostAnswer {
  status: number;
  /** The header `Retry-After`; null when there is none. */
  retryAfter: string | null;
  /** The beginning of its body. */
  text: string;
}

export interface PostOptions {
  headers: Readonly<Record<string, string>>;
  body: string;
  allowed: AllowedAddresses;
  /** The time for all of it, in milliseconds. */
  timeoutMs: number;
  /** How many bytes of the answer are read. */
  maxBytes: number;
  /** Finds the addresses of a host. */
  resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>;
}

const byName: NonNullable<PostOptions['resolve']> = (host) => resolveName(host, { all: true });

/**
 * Posts a text to an address that may be reached. The connection goes to the very addresses that were checked, so that a
 * name cannot lead elsewhere a moment later. It follows no redirect.
 *
 * @throws ForbiddenAddress, and what keeps an answer from coming
 */
export async function post(url: URL, options: PostOptions): Promise<PostAnswer> {
  const { headers, body, allowed, timeoutMs, resolve = byName } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const own = addressIn(url);
  const host = own ?? url.hostname;
  const addresses =
    own === null
      ? await within(signal, resolve(host))
      : [{ address: own, family: own.includes(':') ? 6 : 4 }];
  checkAddresses(
    host,
    addresses.map(({ address }) => address),
    allowed,
  );
  const lookup: LookupFunction = (_host, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise<PostAnswer>((answer, fail) => {
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      lookup,
      signal,
    });
    let isAnswered = false;
    request.on('error', (error) => fail(signal.aborted ? noAnswer(timeoutMs) : error));
    // Such as after an answer that would have changed the protocol.
    request.on('close', () => {
      if (!isAnswered) fail(new Error('the connection was closed without an answer'));
    });
    request.on('response', (response) => {
      isAnswered = true;
      void beginningOf(response, options.maxBytes).then((text) => {
        request.destroy();
        answer({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] ?? null,
          text,
        });
      });
    });
    request.end(body);
  });
}

/** Reads the beginning of an answer. What breaks off there was answered all the same. */
async function beginningOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // The status has come.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, fail) => {
      signal.addEventListener('abort', () => fail(new Error('the name of the host was not found in time')));
    }),
  ]);
}

function noAnswer(timeoutMs: number): Error {
  return new Error(`there was no answer within ${timeoutMs / 1000} seconds`);
}
