import { setTimeout as sleep } from 'node:timers/promises';
import type { RunToExecute } from '../store/runs/runs.ts';
import { claimRun, isForThisWorker } from './claim-run.ts';
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
  /** Whether runs may wait that no message will tell of in time: all slots were taken, and no look has found none since. */
  let isCrowded = true;

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
        if (isCrowded) looks.ask();
        if (counted >= quota && taken.size === 0) onQuota();
      });
    taken.add(executed);
    isCrowded ||= taken.size >= slots;
    const isClaimed = (await claimed.catch(() => null)) !== null;
    if (!isClaimed) counted -= 1;
    // Others are to get the messages that come.
    else if (counted >= quota) await pause();
    return isClaimed;
  };
  /** The run to claim when a message tells of one: when many wait, it may be another one's turn. */
  const inTurn = async (runId: string): Promise<string> => {
    if (!isCrowded) return runId;
    const [first = runId] = await claims.ready(workerId, 1);
    // No further message comes for it. Another worker may be the only one that can execute it.
    if (first !== runId) await isForThisWorker(execution, runId);
    return first;
  };
  // A message is completed when a run is claimed. The next message is taken only when a slot is free, so
  // that other workers can take it before.
  const take = async (runId: string): Promise<void> => {
    let next = runId;
    do {
      await freeSlot();
      // The message fails, so another worker gets it.
      if (phase !== 'TAKING') throw new Error('This worker takes no new runs.');
      next = await inTurn(runId);
    } while (!hasRoom() || !isTaking());
    // The message that told of a run which another worker has claimed may stand for one whose turn it was not.
    if (!(await claimInSlot(next)) || next !== runId) looks.ask();
    await freeSlot();
  };

  const takeReady = async (): Promise<void> => {
    for (let misses = 0; isTaking() && misses < triesToLook;) {
      const ready = hasRoom() ? await claims.ready(workerId, slots - taken.size) : null;
      if (ready?.length === 0) {
        isCrowded = taken.size >= slots;
        return;
      }
      let claimed = 0;
      for (const runId of ready ?? []) {
        if (!hasRoom() || !isTaking()) break;
        if (await claimInSlot(runId)) claimed += 1;
      }
      if (taken.size >= slots) return;
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
