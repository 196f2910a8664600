import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeGlobalId } from '../../domain/naming/global-id.ts';
import { logFile, LogGone, type LogFile, type LogFormat } from '../../domain/logs/log-file.ts';
import type { Budget } from '../../lib/serving/budget.ts';
import { nextTurn } from '../../lib/event-loop/slices.ts';
import type { Store } from '../../store/index.ts';
import { preferredType } from '../http/accept.ts';
import { isKnown } from '../http/etags.ts';
import { refuse, type Refusal } from '../http/refusal.ts';
import { drained } from '../http/send-text.ts';
import { rangeOf, readRange, type ByteRange } from './byte-range.ts';

/** A log that is asked for by its address. */
export interface AskedLog {
  /** The opaque id of the run. */
  run: string;
  /** Null when the `Accept` header says it. */
  format: LogFormat | null;
}

/** Reads the path of a log: `/runs/<id>/log`, also with `.txt` or `.ndjson`. */
export function readLogPath(path: string): AskedLog | null {
  const [, run, ending] = /^\/runs\/([\w-]{1,200})\/log(\.txt|\.ndjson)?$/.exec(path) ?? [];
  if (run === undefined) return null;
  return { run, format: ending === undefined ? null : ending === '.txt' ? 'TEXT' : 'NDJSON' };
}

const types = { TEXT: 'text/plain', NDJSON: 'application/x-ndjson' } as const satisfies Record<
  LogFormat,
  string
>;

/** What of the memory a log takes while it is sent: a piece from the database, as text and as bytes. */
const memoryOfOne = 2_000_000;

/**
 * Sends the whole log of a run, or a range of its bytes. A log that grows is sent as it is now. It only grows at its
 * end, so the ranges of its bytes stay what they are, and a client can fetch what has come since.
 *
 * @param memory what all answers may take of it
 */
export async function sendRunLog(
  store: Store,
  memory: Budget,
  request: IncomingMessage,
  response: ServerResponse,
  asked: AskedLog,
): Promise<void> {
  const id = decodeGlobalId(asked.run);
  const format = asked.format ?? formatFor(request.headers.accept);
  const file = id?.type === 'Run' && format !== null ? await logFile(store, id.id, format) : null;
  const refusal = format === null ? notAcceptable : file === null ? noRun : file.isRemoved ? removed : null;
  if (format === null || file === null || refusal !== null || !memory.take(memoryOfOne)) {
    refuse(request, response, refusal ?? noRoom);
    return;
  }
  response.once('close', () => memory.giveBack(memoryOfOne));
  await sendFile(file, types[format], request, response);
}

async function sendFile(
  file: LogFile,
  type: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers, method } = request;
  const etag = `"${file.version}"`;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('cache-control', 'private, no-cache');
  response.appendHeader('vary', 'accept');
  if (isKnown(headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  // Of a HEAD it says nothing (RFC 9110, §14.2).
  const asked = isSame && method === 'GET' ? readRange(headers.range) : null;
  const size = asked !== null || method === 'HEAD' || file.isShort ? await file.size() : null;
  const range = asked && rangeOf(asked, size ?? 0);
  if (asked !== null && range === null) {
    refuse(request, response, unsatisfiable(size ?? 0));
    return;
  }
  response.writeHead(range ? 206 : 200, {
    'content-type': `${type}; charset=utf-8`,
    ...(range ? { 'content-range': `bytes ${range.start}-${range.end - 1}/${size ?? '*'}` } : {}),
    ...(size === null ? {} : { 'content-length': range ? range.end - range.start : size }),
  });
  if (method === 'HEAD') response.end();
  else await sendBytes(file, range, response);
}

async function sendBytes(file: LogFile, range: ByteRange | null, response: ServerResponse): Promise<void> {
  try {
    for await (const bytes of file.read(range?.start ?? 0, range?.end ?? null)) {
      if (response.closed) return;
      const isTaken = response.write(bytes);
      await (isTaken ? nextTurn() : drained(response));
    }
    response.end();
  } catch (error) {
    // What was sent is no whole log, and the client must see that.
    if (!(error instanceof LogGone)) throw error;
    response.destroy();
  }
}

function formatFor(accept: string | undefined): LogFormat | null {
  const type = preferredType([types.TEXT, types.NDJSON], accept);
  return type === null ? null : type === types.TEXT ? 'TEXT' : 'NDJSON';
}

const noRun: Refusal = { status: 404, code: 'NOT_FOUND', message: 'There is no run with this id.' };

const removed: Refusal = {
  status: 410,
  code: 'NOT_FOUND',
  message: 'The lines of this run were removed, as the retention of its project says.',
};

const notAcceptable: Refusal = {
  status: 406,
  code: 'NOT_ACCEPTABLE',
  message: `A log comes as ${types.TEXT} or ${types.NDJSON}. The Accept header allows neither.`,
};

const noRoom: Refusal = {
  status: 503,
  code: 'LIMIT_EXCEEDED',
  message: 'Too many large answers are being sent. Try again in a moment.',
  headers: { 'retry-after': '5' },
};

function unsatisfiable(size: number): Refusal {
  return {
    status: 416,
    code: 'BAD_RANGE',
    message: `The log has ${size} bytes, and none in this range.`,
    headers: { 'content-range': `bytes */${size}` },
  };
}
