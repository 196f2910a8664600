import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Budget } from '../../lib/serving/budget.ts';
import { parseJson, TooManyKeys } from '../../lib/event-loop/parse-json.ts';
import { badRequest, type Refusal } from './refusal.ts';

/**
 * The largest request body in bytes. It has room for the largest state document as JSON text with escaped
 * quotes.
 */
export const maxBodyBytes = 10_000_000;

/**
 * Reads the JSON of a POST.
 *
 * @param memory bytes that the bodies of all requests may have together. Those of this one are given back when it
 *   has been answered: what was made of them lives as long.
 * @param done called with an object or a list, or why there is none; not at all when the client leaves
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  memory: Budget,
  done: (body: { params: object } | Refusal) => void,
): void {
  const refusal = wrongMediaType(request);
  if (refusal !== null) {
    done(refusal);
    return;
  }
  collect(request, response, memory, (bytes) => {
    if ('status' in bytes) done(bytes);
    else
      void jsonOf(bytes).then((body) => {
        if (!response.closed) done(body);
      });
  });
}

/** Reads the bytes of a POST. It waits for ever when the client leaves. */
export function readBytes(
  request: IncomingMessage,
  response: ServerResponse,
  memory: Budget,
): Promise<Buffer | Refusal> {
  return new Promise((resolve) => collect(request, response, memory, resolve));
}

function collect(
  request: IncomingMessage,
  response: ServerResponse,
  memory: Budget,
  done: (bytes: Buffer | Refusal) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    done(tooLarge);
    return;
  }
  const pieces = new Pieces();
  const stop = (why: Refusal): void => {
    request.off('data', take).off('end', end);
    giveBack();
    done(why);
  };
  let taken = 0;
  const giveBack = (): void => {
    memory.giveBack(taken);
    taken = 0;
  };
  const take = (piece: Buffer): void => {
    if (pieces.size + piece.length > maxBodyBytes) {
      stop(tooLarge);
    } else if (memory.take(piece.length)) {
      taken += piece.length;
      pieces.add(piece);
    } else {
      stop(tooManyBytes(memory));
    }
  };
  const end = (): void => done(pieces.bytes());
  response.once('close', giveBack);
  request.on('data', take).on('end', end);
}

/** A page of another site can send forms and plain text without permission, but not JSON. */
function wrongMediaType({ headers }: IncomingMessage): Refusal | null {
  const unsupported = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' };
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json')
    return { ...unsupported, message: 'Send the request as application/json.' };
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity') return null;
  return { ...unsupported, message: 'Send the request without a content encoding.' };
}

const tooLarge: Refusal = {
  status: 413,
  code: 'BODY_TOO_LARGE',
  message: `The request's body has more than ${maxBodyBytes} bytes.`,
};

function tooManyBytes({ limit }: Budget): Refusal {
  return {
    status: 503,
    code: 'LIMIT_EXCEEDED',
    message: `The requests that are being answered have ${limit} bytes together, which is the most. Send this one again later.`,
    headers: { 'retry-after': '1' },
  };
}

/** The most keys of an object in a large body: to list those of one object takes a millisecond for each thousand. */
export const maxKeys = 50_000;

const tooManyKeys = badRequest(
  `An object in the request has more than ${maxKeys} keys. Give such a document as JSON text, in quotes.`,
);

async function jsonOf(bytes: Buffer): Promise<{ params: object } | Refusal> {
  try {
    const value = await parseJson(bytes.toString(), { maxKeys });
    if (typeof value === 'object' && value !== null) return { params: value };
  } catch (error) {
    if (error instanceof TooManyKeys) return tooManyKeys;
  }
  return badRequest('The body of the request is no JSON object.');
}

/** The pieces of a body, put together as they come: an object for each of ten million bytes would take gigabytes. */
class Pieces {
  size = 0;
  #bytes: Buffer = Buffer.alloc(0);

  add(piece: Buffer): void {
    const size = this.size + piece.length;
    if (this.size === 0) {
      this.#bytes = piece;
    } else {
      if (size > this.#bytes.length) this.#grow(Math.max(size, 2 * this.size));
      piece.copy(this.#bytes, this.size);
    }
    this.size = size;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafe(size);
    this.#bytes.copy(larger, 0, 0, this.size);
    this.#bytes = larger;
  }
}
