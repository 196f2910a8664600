import { hrtime } from 'node:process';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

// Processes on several machines that write times into the same database go by one clock, that of the database. This
// one knows by how much it differs from the clock that counts on in this process and that nobody can set. So it is
// right when the clock of the machine is wrong, and when it is set.

const key = 'meltano-graphql.shared-clock';

/** The difference, and how exactly it is known, both in milliseconds. Threads have the same memory. */
const known =
  (getEnvironmentData(key) as Float64Array | undefined) ??
  new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT)).fill(NaN);
setEnvironmentData(key, known);

/** Below this difference, in milliseconds, the clock of the machine counts as right: it is read more exactly. */
const toleranceMs = 20;

/**
 * Reads the shared clock. Before the first time, and where this is never called, the clock of the machine is the shared
 * one.
 *
 * @param ask gets its time, in milliseconds since 1970
 */
export async function readSharedClock(ask: () => Promise<number>): Promise<void> {
  let best = { difference: NaN, precision: Infinity };
  for (let i = 0; i < 3; i++) {
    const sent = countedMs();
    const time = await ask();
    const took = countedMs() - sent;
    if (took / 2 < best.precision) best = { difference: time - sent - took / 2, precision: took / 2 };
  }
  known.set([best.difference, best.precision]);
}

/** The time by the shared clock, in milliseconds since 1970. */
export function sharedNow(): number {
  return Date.now() + wrongByMs();
}

/** A time by the clock of this machine, as the shared clock has it. */
export function bySharedClock(time: Date): Date {
  const ms = wrongByMs();
  return ms === 0 ? time : new Date(time.getTime() + ms);
}

/** What the clock of this machine lacks now, in milliseconds. */
function wrongByMs(): number {
  const [difference = NaN, precision = 0] = known;
  const ms = countedMs() + difference - Date.now();
  return Math.abs(ms) > Math.max(toleranceMs, precision) ? Math.round(ms) : 0;
}

/** Not `performance.now()`, which begins anew in each thread. */
function countedMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
