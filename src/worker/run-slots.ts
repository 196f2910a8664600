import { setTimeout as sleep } from 'node:timers/promises';
import type { RunToExecute } from '../store/runs/runs.ts';
import { claimRun } from './claim-run.ts';
import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import type { Stoppable } from './supervise.ts';

/** Executes runs from the queue, several at a time. */
export interface RunSlots {
  isRunning: (runId: string) => boolean;
  /** Takes no new runs. */
  close: () => Promise<void>;
  /**
   * Lets the runs end for some time, after `close`, and then stops them. Resolves when their ends are
   * recorded.
   *
   * @param drainMs that time, in milliseconds
   */
  drain: (drainMs: number) => Promise<void>;
}

/**
 * Starts to take runs from the queue.
 *
 * @param slots how many runs are executed at the same time
 */
export async function openRunSlots(execution: Execution, slots: number): Promise<RunSlots> {
  const { queue } = execution.store;
  /** Runs in slots, from before they are claimed until their end is recorded. */
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
    while (taken.size >= slots && phase === 'TAKING') {
      await new Promise<void>((resolve) => (lookAgain = resolve));
    }
  };
  // A message is completed when its run is claimed. The next message is taken only when a slot is free, so
  // that other workers can take it before.
  const take = async (runId: string): Promise<void> => {
    await freeSlot();
    // The message fails, so another worker gets it.
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

  await queue.work(take);
  return {
    isRunning: (runId) => running.has(runId),
    close: () => {
      phase = 'DRAINING';
      lookAgain();
      return queue.stopWork();
    },
    drain: async (drainMs) => {
      const ended = Promise.allSettled(taken);
      const drained = new AbortController();
      await Promise.race([
        ended.finally(() => drained.abort()),
        sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined),
      ]);
      phase = 'STOPPING';
      for (const run of running.values()) run.stop('SHUTDOWN');
      await ended;
    },
  };
}
