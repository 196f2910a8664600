import { setTimeout as sleep } from 'node:timers/promises';
import type { RunToExecute } from '../store/run.ts';
import { startBulkWorker } from './bulk-worker.ts';
import { claimRun, executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { recover } from './recover.ts';
import { runServices } from './run-services.ts';
import type { Stoppable } from './supervise.ts';

/** How often dead workers are looked for, in milliseconds. */
const recoveryMs = 10_000;

/** How much a worker does at a time. */
export interface Slots {
  runs: number;
  /** Services run for long: they take none of the slots of the runs. */
  services: number;
}

/**
 * Takes runs from the queue and executes them, and keeps services running, several at a time; and carries out bulk
 * operations beside them.
 */
export interface Worker {
  /**
   * Takes no new runs, gives those that are running time to end, and then stops them. Services, which would not end
   * by themselves, are stopped at once. Bulk operations are left to others.
   *
   * @param drainMs the time that they get, in milliseconds
   */
  stop: (drainMs: number) => Promise<void>;
}

/**
 * Starts a worker.
 *
 * @param slots how many runs it executes, and how many services it runs at a time
 * @param alone whether no other worker uses the same store
 */
export async function startWorker(execution: Execution, slots: Slots, alone: boolean): Promise<Worker> {
  const { store, log } = execution.services;
  /** Runs in their slots, from before they are claimed until their end is recorded. */
  const taken = new Set<Promise<void>>();
  const running = new Map<string, Stoppable>();
  let phase: 'TAKING' | 'DRAINING' | 'STOPPING' = 'TAKING';
  /** Called when a slot has become free, and when no more runs are taken. */
  let lookAgain = (): void => undefined;

  const execute = async (claimed: Promise<RunToExecute | null>): Promise<void> => {
    const run = await claimed;
    if (!run) return;
    await executeRun(execution, run, (stoppable) => {
      running.set(run.id, stoppable);
      if (phase === 'STOPPING') stoppable.stop('SHUTDOWN');
      return () => running.delete(run.id);
    });
  };
  const freeSlot = async (): Promise<void> => {
    while (taken.size >= slots.runs && phase === 'TAKING') {
      await new Promise<void>((resolve) => (lookAgain = resolve));
    }
  };
  // A message is done with when its run is claimed. The next one is looked for when there is a slot for it,
  // so that it is left to other workers until then.
  const take = async (runId: string): Promise<void> => {
    await freeSlot();
    // The message fails, and so comes again, to another worker.
    if (phase !== 'TAKING') throw new Error('This worker takes no new runs.');
    const claimed = claimRun(execution, runId);
    const executed = execute(claimed)
      .catch(() => undefined)
      .finally(() => {
        taken.delete(executed);
        lookAgain();
      });
    taken.add(executed);
    await claimed;
    await freeSlot();
  };

  await recover(execution, alone, () => false);
  await store.queue.work(take);
  const services = runServices(execution, slots.services);
  const isOurs = (runId: string): boolean => running.has(runId) || services.isRunning(runId);
  const bulk = startBulkWorker(execution, alone);

  let recovering = Promise.resolve();
  const recovery = setInterval(() => {
    recovering = recovering
      .then(() => recover(execution, false, isOurs))
      .then(() => bulk.look())
      .catch((error: unknown) => log.error({ err: error }, 'looking for lost runs failed'))
      .then(services.look);
  }, recoveryMs);

  return {
    stop: async (drainMs) => {
      phase = 'DRAINING';
      lookAgain();
      clearInterval(recovery);
      await Promise.all([store.queue.stopWork(), bulk.stop()]);
      const stopped = services.stop();
      const ended = Promise.allSettled(taken);
      const drained = new AbortController();
      await Promise.race([
        ended.finally(() => drained.abort()),
        sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined),
      ]);
      phase = 'STOPPING';
      for (const run of running.values()) run.stop('SHUTDOWN');
      await ended;
      await stopped;
      await recovering;
    },
  };
}
