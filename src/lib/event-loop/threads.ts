import { availableParallelism } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { startThread } from './start-thread.ts';

/** Work that a thread can do. */
interface Work {
  do: (...args: never[]) => unknown;
  /** The errors that it throws for its caller. They come back from the thread as what they are. */
  throws: readonly ErrorClass[];
}

// Errors are made by their constructors in the thread alone, so the arguments do not matter.
type ErrorClass = abstract new (...args: never[]) => Error;

/** All work that a thread can do, by its name. */
const works = new Map<string, Work>();

/** True in a thread of the pool: what is large is done there at once. */
let isThread = false;

/**
 * Makes a function whose large work is done by a thread, so that the event loop goes on meanwhile. Arguments and
 * results are copied, so they are plain data. Every module that calls this must be imported by `src/thread.ts`, too.
 *
 * @param work what the function does; it is called as it is when the work is small
 * @param isLarge whether the arguments mean more than a few milliseconds of work
 */
export function byThread<Args extends readonly unknown[], Result>(
  name: string,
  work: (...args: Args) => Result | Promise<Result>,
  { isLarge, throws = [] }: { isLarge: (...args: Args) => boolean; throws?: readonly ErrorClass[] },
): (...args: Args) => Promise<Result> {
  works.set(name, { do: work, throws });
  return async (...args) => {
    if (isThread || !isLarge(...args)) return work(...args);
    return (await runByThread(name, args)) as Result;
  };
}

interface Order {
  name: string;
  args: readonly unknown[];
}

type Outcome =
  { result: unknown } | { error: { kind: number; message: string; stack: string; fields: object } };

interface Waiting {
  order: Order;
  settle: (outcome: Outcome) => void;
  fail: (error: unknown) => void;
}

/** One core is left for the event loop. */
const mostThreads = Math.min(4, Math.max(1, availableParallelism() - 1));

/** Milliseconds after which a thread without work ends, and gives its memory back. */
const idleMs = 30_000;

const waiting: Waiting[] = [];
const idle: Thread[] = [];
let count = 0;

function runByThread(name: string, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: Outcome): void => {
      if ('result' in outcome) resolve(outcome.result);
      else reject(asThrown(name, outcome.error));
    };
    waiting.push({ order: { name, args }, settle, fail: reject });
    assign();
  });
}

function assign(): void {
  while (waiting.length > 0 && (idle.length > 0 || count < mostThreads)) {
    const work = waiting.shift() as Waiting;
    (idle.pop() ?? new Thread()).do(work);
  }
}

class Thread {
  readonly #worker = startThread('../../thread', import.meta.url);
  #work: Waiting | null = null;
  #ending: NodeJS.Timeout | undefined;

  constructor() {
    count += 1;
    this.#worker.on('message', (outcome: Outcome) => {
      const work = this.#work;
      this.#work = null;
      // An idle thread keeps no process alive.
      this.#worker.unref();
      this.#ending = setTimeout(() => this.#end(), idleMs).unref();
      idle.push(this);
      assign();
      work?.settle(outcome);
    });
    this.#worker.on('error', (error) => this.#work?.fail(error));
    this.#worker.on('exit', (code) => {
      count -= 1;
      this.#work?.fail(new Error(`A thread ended with code ${code} before its work was done.`));
      this.#remove();
      assign();
    });
  }

  do(work: Waiting): void {
    clearTimeout(this.#ending);
    this.#work = work;
    this.#worker.ref();
    try {
      this.#worker.postMessage(work.order);
    } catch (error) {
      // The arguments are no plain data.
      this.#end();
      work.fail(error);
    }
  }

  #end(): void {
    this.#remove();
    void this.#worker.terminate();
  }

  #remove(): void {
    const index = idle.indexOf(this);
    if (index >= 0) idle.splice(index, 1);
  }
}

/** The error that the work has thrown in the thread. */
function asThrown(
  name: string,
  { kind, message, stack, fields }: Extract<Outcome, { error: object }>['error'],
): Error {
  const known = works.get(name)?.throws[kind];
  const error = known ? (Object.create(known.prototype as object) as Error) : new Error(message);
  const hidden = (value: string) => ({ value, configurable: true, writable: true });
  Object.defineProperties(error, { message: hidden(message), stack: hidden(stack) });
  return Object.assign(error, fields);
}

/** Does the work that the main thread sends; the entry point of a thread calls it. */
export function serveAsThread(): void {
  isThread = true;
  const port = parentPort;
  if (!port) throw new Error('This is no thread.');
  port.on('message', ({ name, args }: Order) => {
    const work = works.get(name);
    // A promise, so that what is thrown at once comes back, too.
    Promise.resolve()
      .then(() => {
        if (!work) throw new Error(`No module that the thread knows does ${name}.`);
        return work.do(...(args as never[]));
      })
      .then(
        (result) => port.postMessage({ result } satisfies Outcome),
        (error: unknown) =>
          port.postMessage({ error: sendable(error, work?.throws ?? []) } satisfies Outcome),
      );
  });
}

function sendable(thrown: unknown, throws: readonly ErrorClass[]) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const kind = throws.findIndex((known) => error instanceof known);
  return {
    kind,
    message: error.message,
    stack: error.stack ?? '',
    fields: kind < 0 ? {} : Object.assign({}, error),
  };
}
