import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunToExecute } from '../../src/store/runs/runs.ts';
import { leaseMs, lostGraceMs, silenceMs, type Execution } from '../../src/worker/execution.ts';
import { persistence } from '../../src/worker/persist.ts';
import { supervise } from '../../src/worker/supervise.ts';

/** A run under supervision, by a clock that the test moves and a store that answers as it says. */
function watch(beat: () => Promise<string>) {
  const stops: { atMs: number; graceMs: number }[] = [];
  const startedAt = Date.now();
  const store = { runs: { beat }, polls: true, notifications: { subscribe: () => () => undefined } };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { persist } = persistence();
  const execution = { store, gateway: { log }, workerId: 'here/1', graceMs: 30_000, persist };
  const supervision = supervise(
    execution as unknown as Execution,
    { id: 'run', timeoutSeconds: null } as RunToExecute,
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
  return { supervision, stops };
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

  test('goes on after a sleep of the machine, when the first sign of life is answered', async () => {
    const { supervision, stops } = watch(() => Promise.resolve('RUNNING'));
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + 3600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([supervision.reason(), stops]).toEqual([null, []]);
    supervision.close();
  });
});
