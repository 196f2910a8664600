import { setTimeout as sleep } from 'node:timers/promises';
import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { recover } from './recover.ts';
import type { Stoppable } from './supervise.ts';

/** How often dead workers are looked for, in milliseconds. */
const recoveryMs = 10_000;

/** Takes runs from the queue and executes them, several at a time. */
export interface Worker {
  /**
   * Takes no new runs, gives those that are running time to end, and then stops them.
   *
   * @param drainMs the time that they get, in milliseconds
   */
  stop: (drainMs: number) => Promise<void>;
}

/**
 * Starts a worker.
 *
 * @param slots how many runs it executes at a time
 * @param alone whether no other worker uses the same store
 */
export async function startWorker(execution: Execution, slots: number, alone: boolean): Promise<Worker> {
  const { store, log } = execution.services;
  /** Messages being handled, from before their run is claimed until its end is recorded. */
  const takes = new Set<Promise<void>>();
  const running = new Map<string, Stoppable>();
  let phase: 'TAKING' | 'DRAINING' | 'STOPPING' = 'TAKING';

  const execute = (runId: string): Promise<void> =>
    executeRun(execution, runId, (run) => {
      running.set(runId, run);
      if (phase === 'STOPPING') run.stop('SHUTDOWN');
      return () => running.delete(runId);
    });
  const take = async (runId: string): Promise<void> => {
    // The message fails, and so comes again, to another worker.
    if (phase !== 'TAKING') throw new Error('This worker takes no new runs.');
    const taking = execute(runId);
    takes.add(taking);
    await taking.finally(() => takes.delete(taking));
  };
  const isOurs = (runId: string): boolean => running.has(runId);

  await recover(execution, alone, isOurs);
  await store.queue.work(slots, take);
  // Messages of a store that was restored, or that a dead worker had taken, may not come again.
  for (const runId of await store.queuedRuns()) await store.wake(runId);

  let recovering = Promise.resolve();
  const recovery = setInterval(() => {
    recovering = recovering
      .then(() => recover(execution, false, isOurs))
      .catch((error: unknown) => log.error({ err: error }, 'looking for lost runs failed'));
  }, recoveryMs);

  return {
    stop: async (drainMs) => {
      phase = 'DRAINING';
      clearInterval(recovery);
      await store.queue.stopWork();
      const ended = Promise.allSettled(takes);
      const drained = new AbortController();
      await Promise.race([
        ended.finally(() => drained.abort()),
        sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined),
      ]);
      phase = 'STOPPING';
      for (const run of running.values()) run.stop('SHUTDOWN');
      await ended;
      await recovering;
    },
  };
}
