import { GraphQLError } from 'graphql';
import { Budget } from '../lib/serving/budget.ts';
import { Queue } from '../lib/serving/queue.ts';

/** What reading may take of the memory. */
export interface ReadLimits {
  /** Bytes that one statement may read. */
  bytes: number;
  /** Bytes that all large results may have together, from when they came until they are answers. */
  memory: Budget;
  /** Where statements wait that read values of megabytes. */
  queue: Queue;
}

/** Statements that read values of megabytes at a time, and that wait. */
const [inside, waiting] = [2, 100];

/**
 * Makes the limits of a process.
 *
 * @param bytes what one statement may read
 * @param memory what all large results may have together
 */
export function readLimits(bytes: number, memory: number): ReadLimits {
  return { bytes, memory: new Budget(memory), queue: new Queue(inside, waiting) };
}

/** From here on a result is large, in bytes: to make an answer of it takes milliseconds. */
const large = 500_000;

/** More was to be read than may be, or than there is room for now. */
export class ReadLimitExceeded extends GraphQLError {
  constructor(message: string, http: object) {
    super(message, { extensions: { code: 'LIMIT_EXCEEDED', http } });
  }
}

/** The answer would be too large, whenever it is asked for. */
export function tooLarge(bytes: number): ReadLimitExceeded {
  // Status 400 for a caller that accepts GraphQL's own media type.
  return new ReadLimitExceeded(
    `The answer would have more than ${bytes} bytes. Ask for smaller pages, or for fewer fields. (A mutation was done all the same.)`,
    { status: 400, spec: true },
  );
}

/** There is no room for this answer beside others. */
export function noRoom(): ReadLimitExceeded {
  return new ReadLimitExceeded('Too many large answers are being made or sent. Ask again later.', {
    status: 503,
    headers: { 'retry-after': '1' },
  });
}

/**
 * Reads values of megabytes when it is the turn of this statement: results that come at the same time would keep the
 * event loop from everything else.
 *
 * @throws ReadLimitExceeded
 */
export async function inQueue<T>({ queue }: ReadLimits, read: () => Promise<T>): Promise<T> {
  const leave = await queue.enter();
  if (leave === null) throw noRoom();
  try {
    return await read();
  } finally {
    // After what follows from the result: see `takeTurn`.
    setImmediate(leave);
  }
}

/**
 * Waits until a result may be worked on. Large ones take their turns one after the other, and other requests get theirs
 * in between.
 *
 * @throws ReadLimitExceeded
 */
export async function takeTurn(bytes: number, { bytes: most, memory }: ReadLimits): Promise<void> {
  if (bytes > most) throw tooLarge(most);
  if (bytes < large) return;
  if (!memory.take(bytes)) throw noRoom();
  const turn = lastTurn;
  // All that follows from a result, up to its answer, happens before the next turn of the event loop.
  lastTurn = turn.then(() => new Promise((resolve) => setImmediate(resolve)));
  void lastTurn.then(() => memory.giveBack(bytes));
  await turn;
}

let lastTurn = Promise.resolve();
