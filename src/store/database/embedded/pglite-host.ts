import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../../lib/event-loop/start-thread.ts';
import type { ThreadAnswer, ThreadData, ThreadRequest } from './pglite-thread.ts';
import type { Exchange } from './wire-stream.ts';

/** How long PostgreSQL may be silent before it is ended and started anew, in milliseconds. */
const defaultSilenceMs = { usual: 60_000, onFullDisk: 10_000 } as const;

/** How often to look at it, in milliseconds. */
const lookMs = 1000;

/** How long it may take to close, in milliseconds. */
const closeMs = 10_000;

/** The embedded PostgreSQL has ended, and with it what was asked of it. It is started again when it is needed. */
export class EmbeddedEnded extends Error {
  override name = 'EmbeddedEnded';
}

/** Runs PGlite in a thread. */
export interface PgliteHost {
  /** Gives access to PGlite; starts it if it is not running. @throws what PGlite throws when it cannot start */
  open: () => Promise<Exchange>;
  /** Does work during which PGlite may be silent for longer. */
  patiently: <T>(work: () => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
}

interface Options {
  directory: string;
  isDiskFull: () => boolean;
  /** Called when PGlite was ended because it did not answer. */
  onEnded: (error: EmbeddedEnded) => void;
  silenceMs?: { usual: number; onFullDisk: number };
}

export function hostPglite({
  directory,
  isDiskFull,
  onEnded,
  silenceMs = defaultSilenceMs,
}: Options): PgliteHost {
  let running: Promise<Thread> | null = null;
  /** Two on one directory would destroy it, so the next one waits until the last one has ended. */
  let ended: Promise<unknown> = Promise.resolve();
  let isPatient = false;
  const start = async (): Promise<Thread> => {
    await ended;
    const thread = new Thread(directory);
    ended = thread.ended.then(() => (running = null));
    await thread.opened;
    return thread;
  };
  const look = async (): Promise<void> => {
    const thread = await running?.catch(() => null);
    const limit = isDiskFull() ? silenceMs.onFullDisk : silenceMs.usual;
    if (!thread || isPatient || thread.silentMs() < limit) return;
    const error = new EmbeddedEnded(
      `The embedded PostgreSQL has not answered for ${limit / 1000} seconds. It is started anew.`,
    );
    onEnded(error);
    running = null;
    await thread.end(error);
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  return {
    open: async () => {
      running ??= start();
      const thread = await running;
      return (messages) => thread.exchange(messages);
    },
    patiently: async (work) => {
      isPatient = true;
      return work().finally(() => (isPatient = false));
    },
    close: async () => {
      clearInterval(timer);
      const thread = await running?.catch(() => null);
      await thread?.close();
    },
  };
}

/** Bytes that can be handed over: the caller may use the memory of a small message again, so that is copied. */
function ownBytes(messages: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = messages;
  const isWhole =
    byteLength > largeMessage && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(messages);
}

/** Bytes from which on a message has memory of its own, if it is as large as that. */
const largeMessage = 100_000;

/** What waits for an answer. */
interface Waiting {
  resolve: (answer: Uint8Array) => void;
  reject: (error: Error) => void;
}

class Thread {
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  /** In the order in which they were sent, which is that of the answers. */
  readonly #waiting: Waiting[] = [];
  #failure: Error | null = null;
  #lastAnswer = performance.now();

  constructor(directory: string) {
    const data: ThreadData = { directory };
    const worker = startThread('./pglite-thread', import.meta.url, data);
    this.#worker = worker;
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.opened = new Promise((resolve, reject) => {
      worker.on('message', (message: ThreadAnswer) => {
        if (message === 'OPEN') resolve();
        else if (message !== 'CLOSED') this.#answer(message);
      });
      const fail = (error: Error): void => {
        this.#fail(error);
        reject(error);
      };
      worker.on('error', fail);
      worker.on('exit', () => fail(new EmbeddedEnded('The embedded PostgreSQL has ended.')));
    });
  }

  exchange(messages: Uint8Array): Promise<Uint8Array> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#waiting.length === 0) this.#lastAnswer = performance.now();
    const own = ownBytes(messages);
    this.#send(own, [own.buffer]);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** For how long something has waited for an answer, in milliseconds. */
  silentMs(): number {
    return this.#waiting.length === 0 ? 0 : performance.now() - this.#lastAnswer;
  }

  /** Lets PostgreSQL write what it has in memory, and ends. */
  async close(): Promise<void> {
    const closed = once(this.#worker, 'message');
    this.#send('CLOSE');
    const given = new AbortController();
    await Promise.race([closed, sleep(closeMs, undefined, { signal: given.signal }).catch(() => undefined)]);
    given.abort();
    await this.#worker.terminate();
  }

  async end(error: Error): Promise<void> {
    this.#fail(error);
    await this.#worker.terminate();
  }

  #send(request: ThreadRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #answer(answer: Uint8Array): void {
    this.#lastAnswer = performance.now();
    this.#waiting.shift()?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
