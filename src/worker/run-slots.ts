import { setTimeout as sleep } from 'node:timers/promises';
import type { RunToExecute } from '../store/runs/runs.ts';
import { claimRun } from './claim-run.ts';
import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { oneLook } from './one-look.ts';
import type { Stoppable } from './supervise.ts';

/** How often a worker looks for runs that it can execute while others take them first. */
const triesToLook = 3;

/** Executes runs from the queue, several at a time. */
export interface RunSlots {
  isRunning: (runId: string) => boolean;
  /** Looks soon for runs that this worker can execute and that no message tells it of. */
  look: () => void;
  /** Takes no new runs until `resume` is called. */
  pause: () => Promise<void>;
  resume: () => Promise<void>;
  /** Takes no new runs. */
  close: () => Promise<void>;
  /**
   * Lets the runs end for some time, after `close`, and then stops them. Resolves when their ends are
   * recorded.
   *
   * @param drainMs that time, in milliseconds
   * @param hurry ends that time when it is aborted
   */
  drain: (drainMs: number, hurry: AbortSignal) => Promise<void>;
  /** Whether no run is in a slot. */
  isIdle: () => boolean;
}

/**
 * Starts to take runs from the queue.
 *
 * @param slots how many runs are executed at the same time
 * @param quota after how many runs it takes no more; Infinity for never
 * @param onQuota called when the last of them has ended
 */
export async function openRunSlots(
  execution: Execution,
  slots: number,
  quota = Infinity,
  onQuota = (): void => undefined,
): Promise<RunSlots> {
  const { workerId } = execution;
  const { queue, claims, notifications } = execution.store;
  const { log } = execution.gateway;
  /** Runs in slots, from before they are claimed until their end is recorded. */
  const taken = new Set<Promise<void>>();
  const running = new Map<string, Stoppable>();
  let phase: 'TAKING' | 'PAUSED' | 'DRAINING' | 'STOPPING' = 'TAKING';
  /** Called when a slot has become free, and when no more runs are taken. */
  let lookAgain = (): void => undefined;

  /** Runs that were claimed, or are being claimed. */
  let counted = 0;

  const isTaking = (): boolean => phase === 'TAKING';
  const hasRoom = (): boolean => taken.size < slots && counted < quota;
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
    while (!hasRoom() && phase === 'TAKING') {
      await new Promise<void>((resolve) => (lookAgain = resolve));
    }
  };
  /** Claims a run in a free slot, and executes it. @returns whether it could be claimed */
  const claimInSlot = async (runId: string): Promise<boolean> => {
    counted += 1;
    const claimed = claimRun(execution, runId);
    const executed = execute(claimed)
      .catch(() => undefined)
      .finally(() => {
        taken.delete(executed);
        lookAgain();
        if (looksWhenFree) looks.ask();
        if (counted >= quota && taken.size === 0) onQuota();
      });
    taken.add(executed);
    const isClaimed = (await claimed.catch(() => null)) !== null;
    if (!isClaimed) counted -= 1;
    // Others are to get the messages that come.
    else if (counted >= quota) await pause();
    return isClaimed;
  };
  // A message is completed when its run is claimed. The next message is taken only when a slot is free, so
  // that other workers can take it before.
  const take = async (runId: string): Promise<void> => {
    await freeSlot();
    // The message fails, so another worker gets it.
    if (phase !== 'TAKING') throw new Error('This worker takes no new runs.');
    await claimInSlot(runId);
    await freeSlot();
  };

  /** Whether runs may be ready when the next slot becomes free. */
  let looksWhenFree = false;
  const takeReady = async (): Promise<void> => {
    looksWhenFree = false;
    for (let misses = 0; isTaking() && misses < triesToLook;) {
      const ready = hasRoom() ? await claims.ready(workerId, slots - taken.size) : null;
      if (ready?.length === 0) return;
      let claimed = 0;
      for (const runId of ready ?? []) {
        if (!hasRoom() || !isTaking()) break;
        if (await claimInSlot(runId)) claimed += 1;
      }
      looksWhenFree = taken.size >= slots;
      if (looksWhenFree) return;
      // Other workers were faster.
      if (claimed === 0) misses += 1;
    }
  };
  const looks = oneLook(takeReady, (error) => log.error({ err: error }, 'looking for runs failed'));
  const pause = async (): Promise<void> => {
    if (phase !== 'TAKING') return;
    phase = 'PAUSED';
    lookAgain();
    await queue.stopWork();
  };
  const unsubscribe = notifications.subscribe(({ topic }) => {
    if (topic === 'QUEUE') looks.ask();
  });

  await queue.work(take);
  return {
    isRunning: (runId) => running.has(runId),
    look: looks.ask,
    pause,
    resume: async () => {
      if (phase !== 'PAUSED' || counted >= quota) return;
      phase = 'TAKING';
      await queue.work(take);
      looks.ask();
    },
    close: async () => {
      const takes = phase === 'TAKING';
      phase = 'DRAINING';
      lookAgain();
      unsubscribe();
      await looks.done();
      if (takes) await queue.stopWork();
    },
    isIdle: () => taken.size === 0,
    drain: async (drainMs, hurry) => {
      const ended = Promise.allSettled(taken);
      const drained = new AbortController();
      const signal = AbortSignal.any([drained.signal, hurry]);
      await Promise.race([
        ended.finally(() => drained.abort()),
        sleep(drainMs, undefined, { signal }).catch(() => undefined),
      ]);
      phase = 'STOPPING';
      for (const run of running.values()) run.stop('SHUTDOWN');
      await ended;
    },
  };
}
