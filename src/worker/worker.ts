import { setTimeout as sleep } from 'node:timers/promises';
import { executeRun, type Stoppable } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { recover } from './recover.ts';

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
  await recover(execution, alone);
  const running = new Map<Stoppable, Promise<void>>();
  let stopping = false;

  const take = async (runId: string): Promise<void> => {
    // Its row stays QUEUED, for another worker or the next start.
    if (stopping) return;
    let done: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (done = resolve));
    try {
      await executeRun(execution, runId, (run) => {
        running.set(run, ended);
        if (stopping) run.stop('SHUTDOWN');
        return () => running.delete(run);
      });
    } catch (error) {
      log.error({ err: error, runId }, 'a run could not be executed to its end');
    } finally {
      done();
    }
  };
  await store.queue.work(slots, take);
  // Messages of a store that was restored, or that a dead worker had taken, may not come again.
  for (const runId of await store.queuedRuns()) await store.wake(runId);

  const recovery = setInterval(() => {
    recover(execution, false).catch((error: unknown) => {
      log.error({ err: error }, 'looking for lost runs failed');
    });
  }, recoveryMs);

  return {
    stop: async (drainMs) => {
      stopping = true;
      clearInterval(recovery);
      await store.queue.stopWork();
      const all = (): Promise<unknown> => Promise.all(running.values());
      const drained = new AbortController();
      await Promise.race([
        all().finally(() => drained.abort()),
        sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined),
      ]);
      for (const run of running.keys()) run.stop('SHUTDOWN');
      await all();
    },
  };
}
