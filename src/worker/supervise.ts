import type { Statements } from '../store/index.ts';
import type { RunToExecute } from '../store/run.ts';
import { heartbeatMs, lostGraceMs, silenceMs, type Execution } from './execution.ts';
import { persist } from './persist.ts';
import type { AnyOutcome, StopReason } from './run-end.ts';

/** How often to look at the clock, in milliseconds. */
const tickMs = 500;

/** A process at work, whatever the kind of the run. */
export interface Process {
  pid: () => number | null;
  stop: (options: { graceMs: number }) => Promise<unknown>;
  outcome: Promise<AnyOutcome>;
  /** Stores what came of it, after the outcome, in the transaction in which the run ends. */
  keep?: (tx: Statements) => Promise<void>;
}

/** Why a run is stopped from outside, and the means to do it. */
export interface Stoppable {
  stop: (reason: StopReason) => void;
}

/** Watches over a run while it is being executed. */
export interface Supervision extends Stoppable {
  /** The process that is to be stopped, from when it is there. */
  attach: (process: Process) => void;
  /** Does work on behalf of the run; when the run is no longer ours, it is stopped. */
  guard: (work: () => Promise<void>) => Promise<void>;
  /** Why the run was stopped; null when it was not. The first reason holds, unless the run is TAKEN. */
  reason: () => StopReason | null;
  /** Ends the watch: the process has ended. */
  close: () => void;
}

/** Gives signs of life, watches for a wish to cancel and for the timeout, and stops the process. */
export function supervise({ services, workerId, graceMs }: Execution, run: RunToExecute): Supervision {
  const { store, log } = services;
  const deadline = run.timeoutSeconds === null ? Infinity : Date.now() + run.timeoutSeconds * 1000;
  let process: Process | null = null;
  let reason: StopReason | null = null;
  let lastSign = Date.now();
  let silentTicks = 0;
  let closed = false;
  const stop = (why: StopReason): void => {
    // A run that was taken has no other end, whatever it was asked before.
    if (why === 'TAKEN') reason = why;
    reason ??= why;
    const grace = reason === 'TAKEN' ? Math.min(graceMs, lostGraceMs) : graceMs;
    if (process) void process.stop({ graceMs: grace });
  };
  const guard = async (work: () => Promise<void>): Promise<void> => {
    if (reason === 'TAKEN') return;
    try {
      await work();
    } catch (error) {
      // A sign of life that was on its way when the end was recorded.
      if (closed) return;
      // Nothing of this run can be stored any more: it is another's, or the database has been away
      // for so long that it counts as lost. It must not go on writing to its target.
      log.error({ err: error, runId: run.id }, 'a run cannot be recorded and is stopped');
      stop('TAKEN');
    }
  };
  const check = (): Promise<void> =>
    guard(async () => {
      const status = await persist(async () => {
        const at = Date.now();
        const current = await store.beat(run.id, workerId, process?.pid() ?? undefined);
        lastSign = at;
        return current;
      });
      if (status === 'CANCELLING') stop('CANCEL_REQUESTED');
    });
  const tick = (): void => {
    if (Date.now() >= deadline) stop('TIMEOUT');
    // The store may also leave us without any answer. After a sleep of the machine it was not asked for long,
    // so it is asked once more, and gets a moment to answer.
    silentTicks = Date.now() - lastSign > silenceMs ? silentTicks + 1 : 0;
    if (silentTicks === 1) void check();
    if (silentTicks < 3 || reason === 'TAKEN') return;
    log.error({ runId: run.id }, 'a run is stopped: the store does not answer');
    stop('TAKEN');
  };
  const timers = [setInterval(() => void check(), heartbeatMs), setInterval(tick, tickMs)];
  const unsubscribe = store.notifications.subscribe((notification) => {
    if (notification.topic === 'CHANGE' && notification.runId === run.id) void check();
  });
  return {
    stop,
    guard,
    reason: () => reason,
    attach: (attached) => {
      process = attached;
      if (reason) stop(reason);
      else void check();
    },
    close: () => {
      closed = true;
      timers.forEach(clearInterval);
      unsubscribe();
    },
  };
}
