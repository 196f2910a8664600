import { uptimeMs } from '../lib/uptime.ts';
import type { NewCatalog } from '../store/plugins/catalogs.ts';
import { RunTaken } from '../store/runs/run-taken.ts';
import type { RunToExecute } from '../store/runs/runs.ts';
import type { KnownRun } from '../store/leases/beats.ts';
import { lostGraceMs, silenceMs, type Execution } from './execution.ts';
import type { AnyOutcome, StopReason } from './run-outcome.ts';

/** How often to look at the clocks, in milliseconds. */
const tickMs = 500;

/** A running process, for any kind of run. */
export interface Process {
  pid: () => number | null;
  stop: (options: { graceMs: number }) => Promise<unknown>;
  outcome: Promise<AnyOutcome>;
  /** The streams that it has discovered, to store with the end of the run. Resolves after the outcome. */
  catalog?: Promise<NewCatalog | null>;
}

/** Can be stopped from outside, for a reason. */
export interface Stoppable {
  stop: (reason: StopReason) => void;
}

/** The supervision of a run that is being executed. */
export interface Supervision extends Stoppable {
  /** Sets the process to stop, once it exists. */
  attach: (process: Process) => void;
  /** Does work for the run. Stops the run when it no longer belongs to this worker, or cannot be recorded. */
  guard: (work: () => Promise<void>) => Promise<void>;
  /** Aborted when nothing of the run can be stored any more: it is TAKEN, or the store is silent. */
  signal: AbortSignal;
  /** Why the run was stopped; null when it was not. The first reason counts, unless the run is TAKEN. */
  reason: () => StopReason | null;
  /** Ends the supervision, because the process has ended. */
  close: () => void;
}

/**
 * Has the run reported as alive, looks for a request to cancel and for the timeout, and stops the process.
 *
 * @param clock measures for how long the store has not answered. It goes on while the machine is suspended, as
 *   the lease does
 */
export function supervise(
  execution: Execution,
  run: RunToExecute,
  clock: () => number = uptimeMs,
): Supervision {
  const { store, gateway, workerId, graceMs, beats } = execution;
  const { log } = gateway;
  const deadline = run.timeoutSeconds === null ? Infinity : performance.now() + run.timeoutSeconds * 1000;
  let process: Process | null = null;
  let reason: StopReason | null = null;
  const silence = silenceWatch(clock);
  let closed = false;
  const givenUp = new AbortController();
  const { signal } = givenUp;
  const stop = (why: StopReason): void => {
    // TAKEN replaces any earlier reason, because this worker records no end of such a run.
    if (why === 'TAKEN') reason = why;
    reason ??= why;
    const isGivenUp = why === 'TAKEN' || why === 'SILENCE';
    if (isGivenUp) giveUp();
    const grace = isGivenUp ? Math.min(graceMs, lostGraceMs) : graceMs;
    if (process) void process.stop({ graceMs: grace });
  };
  // Nothing of this run can be stored any more: it belongs to another worker, or the database could not be reached for so
  // long that the run soon counts as lost. It must not write to its target any more.
  const refuse = (error: unknown): void => {
    log.error({ err: error, runId: run.id }, 'a run cannot be recorded and is stopped');
    stop(error instanceof RunTaken ? 'TAKEN' : 'SILENCE');
  };
  const guard = async (work: () => Promise<void>): Promise<void> => {
    if (reason === 'TAKEN') return;
    try {
      await work();
    } catch (error) {
      // This report was on its way when the end was recorded.
      if (closed) return;
      // It is given up already.
      if (signal.aborted && !(error instanceof RunTaken)) return;
      refuse(error);
    }
  };
  const report = () => {
    const at = clock();
    return {
      processId: process?.pid() ?? null,
      hear: ({ status, silentMs }: KnownRun): void => {
        if (status === null) {
          refuse(new RunTaken(`Run ${run.id} is no longer executed by ${workerId}.`));
          return;
        }
        // It is below zero when the clock of the database was set back.
        silence.heardAt(at - Math.max(0, silentMs ?? Infinity));
        if (status === 'CANCELLING') stop('CANCEL_REQUESTED');
      },
    };
  };
  const beat = beats.join({ id: run.id, report });
  const giveUp = (): void => {
    // A further sign of life would only delay that it is LOST.
    beat.leave();
    givenUp.abort();
  };
  const tick = (): void => {
    if (performance.now() >= deadline) stop('TIMEOUT');
    const state = silence.look();
    if (state === 'ASK_AGAIN') beat.ask();
    if (state !== 'TOO_LONG' || signal.aborted) return;
    log.error({ runId: run.id }, 'a run is stopped: the store does not answer');
    stop('SILENCE');
  };
  const timer = setInterval(tick, tickMs);
  const unsubscribe = store.notifications.subscribe((notification) => {
    if (notification.topic === 'CHANGE' && notification.runId === run.id) beat.ask();
  });
  return {
    stop,
    guard,
    signal,
    reason: () => reason,
    attach: (attached) => {
      process = attached;
      if (reason) stop(reason);
      else beat.ask();
    },
    close: () => {
      closed = true;
      clearInterval(timer);
      beat.leave();
      unsubscribe();
    },
  };
}

/** Measures for how long the store has not answered. */
function silenceWatch(clock: () => number) {
  let lastAnswer = clock();
  let silentTicks = 0;
  return {
    /** Records an answer to a question that was asked at a time. */
    heardAt: (at: number): void => {
      lastAnswer = Math.max(lastAnswer, at);
    },
    /** Looks at the clock, once in each tick. */
    look: (): 'HEARD' | 'ASK_AGAIN' | 'WAIT' | 'TOO_LONG' => {
      silentTicks = clock() - lastAnswer > silenceMs ? silentTicks + 1 : 0;
      // After a sleep of the machine the store was not asked for a long time. So it is asked once more, and
      // gets a moment to answer.
      return (['HEARD', 'ASK_AGAIN', 'WAIT'] as const)[silentTicks] ?? 'TOO_LONG';
    },
  };
}
