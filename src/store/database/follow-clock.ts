import type { Send } from '../../lib/sql.ts';
import { readSharedClock } from '../../lib/shared-clock.ts';

/** How often the clock is read, in milliseconds. */
const readMs = 10_000;

/**
 * Lets this process go by the clock of a database on a server. The embedded one has the clock of this process.
 *
 * @param polls whether it is read again from time to time
 * @returns what ends that
 */
export async function followClock(send: Send, polls: boolean): Promise<() => Promise<void>> {
  const read = (): Promise<void> =>
    readSharedClock(async () => {
      const [row] = await send('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms', []);
      return row?.ms as number;
    });
  await read();
  // While the database is away, the clock counts on.
  const timer = polls ? setInterval(() => void read().catch(() => undefined), readMs).unref() : undefined;
  return () => {
    clearInterval(timer);
    return Promise.resolve();
  };
}
