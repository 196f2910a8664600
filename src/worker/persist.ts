import { setTimeout as sleep } from 'node:timers/promises';
import { RunTaken } from '../store/run-taken.ts';
import { leaseMs } from './execution.ts';

/**
 * Writes to the store, again and again while the database cannot be reached, until the time is over
 * after which the run counts as lost. The work must be harmless when it is done twice.
 */
export async function persist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + leaseMs;
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2000)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RunTaken || Date.now() + waitMs > deadline) throw error;
      await sleep(waitMs);
    }
  }
}
