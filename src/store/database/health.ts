import { setTimeout as sleep } from 'node:timers/promises';
import type { Send } from '../../lib/sql.ts';
import { isUpToDate } from './migrations.ts';
import type { Queue } from './queue.ts';
import { whyUnavailable } from './why-unavailable.ts';

/** What is wrong with each part of the store; null for a part that works. */
export interface StoreHealth {
  database: string | null;
  migrations: string | null;
  queue: string | null;
}

const notOurs = 'The tables are not those of this version.';

/** How long the database may take for an answer, in milliseconds. */
const answerMs = 3000;

/**
 * Asks the database, on the connections that everything else uses.
 *
 * @param onError is called with errors that are no usual trouble of a database
 */
export async function checkStore(
  send: Send,
  queue: Queue,
  onError: (error: unknown) => void,
): Promise<StoreHealth> {
  const [upToDate, queued] = await Promise.all([
    inTime(isUpToDate(send), onError),
    inTime(queue.check(), onError),
  ]);
  return {
    database: upToDate.failure,
    migrations: upToDate.failure ?? (upToDate.answer === true ? null : notOurs),
    queue: queued.failure,
  };
}

/** The answer, or why there is none. */
async function inTime<T>(
  work: Promise<T>,
  onError: (error: unknown) => void,
): Promise<{ answer: T | null; failure: string | null }> {
  const given = new AbortController();
  const tooLate = sleep(answerMs, null, { signal: given.signal }).catch(() => null);
  const answered = work.then(
    (answer) => ({ answer, failure: null }),
    (error: unknown) => {
      const reason = whyUnavailable(error);
      if (reason === null) onError(error);
      return { answer: null, failure: reason ?? 'The database has answered with an error; see the log.' };
    },
  );
  const first = await Promise.race([answered, tooLate]);
  given.abort();
  return first ?? { answer: null, failure: `The database has not answered for ${answerMs / 1000} seconds.` };
}
