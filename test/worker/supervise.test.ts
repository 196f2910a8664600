import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunToExecute } from '../../src/store/runs/runs.ts';
import { heartbeatMs, leaseMs, lostGraceMs, silenceMs, type Execution } from '../../src/worker/execution.ts';
import { beatsOf } from '../../src/worker/membership/beats.ts';
import { persistence } from '../../src/worker/persist.ts';
import { RunTaken } from '../../src/store/runs/run-taken.ts';
import type { StopReason } from '../../src/worker/run-outcome.ts';
import { supervise } from '../../src/worker/supervise.ts';

/** What the store says of the run; null when it belongs to another worker. */
type Answer = string | null;

/** A run under supervision, by a clock that the test moves and a store that answers as it says. */
function watch(answer: () => Promise<Answer>, timeoutSeconds: number | null = null) {
  const stops: { atMs: number; graceMs: number }[] = [];
  const reports: string[][] = [];
  const startedAt = Date.now();
  let silentMs = 0;
  const report = async (_worker: unknown, runs: readonly { id: string }[]) => {
    reports.push(runs.map(({ id }) => id));
    const status = await answer();
    const orders = { drainingAt: null, isStopping: false };
    return { orders, runs: runs.map(({ id }) => ({ id, status, silentMs })) };
  };
  const store = { beats: { report }, notifications: { subscribe: () => () => undefined } };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const base = { store, gateway: { log }, workerId: 'here/1', graceMs: 30_000, ...persistence() };
  const beats = beatsOf(base as unknown as Execution, 'worker', () => undefined);
  setInterval(beats.reportAll, heartbeatMs);
  const supervision = supervise(
    { ...base, beats } as unknown as Execution,
    { id: 'run', timeoutSeconds } as RunToExecute,
    () => Date.now(),
  );
  supervision.attach({
    pid: () => 1,
    stop: ({ graceMs }) => {
      stops.push({ atMs: Date.now() - startedAt, graceMs });
      return Promise.resolve();
    },
    outcome: new Promise(() => undefined),
  });
  return { supervision, stops, reports, beQuiet: (ms: number) => void (silentMs = ms) };
}

const never = (): Promise<string> => new Promise(() => undefined);

// The store is a stand-in and the clock is not the real one, since the real thing takes half a minute of silence.
describe('a run whose worker cannot reach the store, by the clock of the test', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is stopped after half a minute without an answer, and dead before the lease ends', async () => {
    const { supervision, stops } = watch(never);
    await vi.advanceTimersByTimeAsync(silenceMs);
    expect(supervision.reason()).toBeNull();
    await vi.advanceTimersByTimeAsync(3000);
    expect(supervision.reason()).toBe('SILENCE');
    expect(supervision.signal.aborted).toBe(true);
    expect(stops.length).toBe(1);
    const [{ atMs, graceMs } = { atMs: NaN, graceMs: NaN }] = stops;
    expect(graceMs).toBeLessThanOrEqual(lostGraceMs);
    expect(atMs + graceMs).toBeLessThan(leaseMs);
    supervision.close();
  });

  test('goes on when the store answers again in time', async () => {
    let answers = false;
    const { supervision, stops } = watch(() => (answers ? Promise.resolve('RUNNING') : never()));
    await vi.advanceTimersByTimeAsync(silenceMs - 6000);
    answers = true;
    await vi.advanceTimersByTimeAsync(2 * silenceMs);
    expect([supervision.reason(), stops]).toEqual([null, []]);
    supervision.close();
  });

  test('is reported until it is given up, and never again, while its worker still is', async () => {
    let answers = true;
    const { supervision, reports } = watch(() => (answers ? Promise.resolve('RUNNING') : never()));
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs);
    expect(reports.splice(0)).toEqual(Array<string[]>(4).fill(['run']));
    answers = false;
    await vi.advanceTimersByTimeAsync(silenceMs + 3000);
    expect(supervision.reason()).toBe('SILENCE');
    answers = true;
    reports.length = 0;
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs);
    expect(reports).toEqual(Array<string[]>(3).fill([]));
    supervision.close();
  });

  test('is stopped when its lease is not renewed for as long, though the store answers for the others', async () => {
    const { supervision, stops, beQuiet } = watch(() => Promise.resolve('RUNNING'));
    // Lines that it writes renew its lease, too.
    for (let quietMs = 0; quietMs < 2 * silenceMs; quietMs += heartbeatMs) {
      beQuiet(quietMs % silenceMs);
      await vi.advanceTimersByTimeAsync(heartbeatMs);
    }
    expect([supervision.reason(), stops]).toEqual([null, []]);
    for (let quietMs = silenceMs; quietMs <= leaseMs; quietMs += heartbeatMs) {
      beQuiet(quietMs);
      await vi.advanceTimersByTimeAsync(heartbeatMs);
    }
    expect([supervision.reason(), stops.length]).toEqual(['SILENCE', 1]);
    supervision.close();
  });

  test('goes on after a sleep of the machine, when the first sign of life is answered', async () => {
    const { supervision, stops } = watch(() => Promise.resolve('RUNNING'));
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + 3600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([supervision.reason(), stops]).toEqual([null, []]);
    supervision.close();
  });
});

test('a run that now belongs to another worker is stopped at its next sign of life, also when it writes nothing', async () => {
  vi.useFakeTimers();
  const { supervision, stops } = watch(() => Promise.resolve(null));
  await vi.advanceTimersByTimeAsync(6000);
  vi.useRealTimers();
  expect([supervision.reason(), supervision.signal.aborted, stops.length]).toEqual(['TAKEN', true, 1]);
  supervision.close();
});

describe('a run for which there are two reasons to stop, by the clock of the test', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const timeoutSeconds = 1000;

  /** A run under supervision, and what makes each reason come true. */
  function run() {
    let answer = (): Promise<Answer> => Promise.resolve('RUNNING');
    const watched = watch(() => answer(), timeoutSeconds);
    const { supervision } = watched;
    const startedAt = Date.now();
    const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(6000);
    const causes: Record<StopReason, () => Promise<unknown>> = {
      CANCEL_REQUESTED: () => {
        answer = () => Promise.resolve('CANCELLING');
        return soon();
      },
      TIMEOUT: () => vi.advanceTimersByTimeAsync(startedAt + timeoutSeconds * 1000 + 500 - Date.now()),
      SHUTDOWN: () => {
        supervision.stop('SHUTDOWN');
        return soon();
      },
      SILENCE: () => {
        answer = never;
        return vi.advanceTimersByTimeAsync(2 * silenceMs);
      },
      // What the run writes says so, too, when it gives no sign of life any more.
      TAKEN: async () => {
        answer = () => Promise.resolve(null);
        await supervision.guard(() => Promise.reject(new RunTaken('taken')));
        return soon();
      },
    };
    return { ...watched, causes };
  }
  const reasons: StopReason[] = ['CANCEL_REQUESTED', 'TIMEOUT', 'SHUTDOWN', 'SILENCE', 'TAKEN'];

  test.each(reasons)('is stopped for one of them: %s', async (reason) => {
    const { supervision, stops, causes } = run();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([supervision.reason(), stops]).toEqual([null, []]);
    await causes[reason]();
    expect(supervision.reason()).toBe(reason);
    // It writes nothing more to a store that is not its own, or not there.
    expect(supervision.signal.aborted).toBe(reason === 'SILENCE' || reason === 'TAKEN');
    expect(stops.length).toBeGreaterThan(0);
    supervision.close();
  });

  test.each(
    reasons.flatMap((one) => reasons.flatMap((other) => (one === other ? [] : ([[one, other]] as const)))),
  )('%s before %s', async (first, second) => {
    const { supervision, causes } = run();
    await causes[first]();
    expect(supervision.reason()).toBe(first);
    await causes[second]();
    // Of a run that belongs to another worker, this one records no end at all.
    expect(supervision.reason()).toBe(second === 'TAKEN' ? 'TAKEN' : first);
    supervision.close();
  });

  test('is not stopped before its time is over', async () => {
    const { supervision } = run();
    await vi.advanceTimersByTimeAsync(timeoutSeconds * 1000 - 1);
    expect(supervision.reason()).toBeNull();
    await vi.advanceTimersByTimeAsync(500);
    expect(supervision.reason()).toBe('TIMEOUT');
    supervision.close();
  });

  test('is stopped as soon as there is a process, when the reason came before', () => {
    const { supervision } = run();
    const stop = vi.fn(() => Promise.resolve());
    supervision.stop('SHUTDOWN');
    supervision.attach({ pid: () => 1, stop, outcome: new Promise(() => undefined) });
    expect(stop).toHaveBeenCalledTimes(1);
    supervision.close();
  });
});
