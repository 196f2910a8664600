import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/store/index.ts';
import type { SilentRun } from '../../src/store/runs/runs.ts';
import { heartbeatMs, leaseMs } from '../../src/worker/execution.ts';
import { findLostRuns } from '../../src/worker/recovery/find-lost-runs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A living worker gives a sign of life within this time. */
const lookMs = heartbeatMs + 1500;

/** What is found in looks at the runs that a store says are silent, one after another. */
function looks() {
  let silent: SilentRun[] = [];
  let asked = 0;
  const silentFor = (ms: number): Promise<SilentRun[]> => {
    asked = ms;
    return Promise.resolve(silent.filter(({ silentMs }) => (silentMs ?? Infinity) >= ms));
  };
  const find = findLostRuns({ runs: { silentFor } } as unknown as Store);
  return {
    look: async (...runs: SilentRun[]): Promise<string[]> => {
      silent = runs;
      return (await find()).map(({ id }) => id);
    },
    asked: () => asked,
  };
}

const run = (silentMs: number | null, beat: number | null = 0): SilentRun =>
  ({ id: 'run', silentMs, heartbeatAt: beat === null ? null : new Date(beat) }) as SilentRun;

test('a run is lost when it was silent for the lease, and while this worker was watching', async () => {
  const { look } = looks();
  expect(await look(run(leaseMs))).toEqual([]);
  vi.advanceTimersByTime(lookMs - 1);
  expect(await look(run(leaseMs + lookMs - 1))).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(await look(run(leaseMs + lookMs))).toEqual(['run']);
});

test('a run is not lost before the lease is over, however long it was watched', async () => {
  const { look, asked } = looks();
  await look(run(leaseMs - 1));
  vi.advanceTimersByTime(10 * lookMs);
  expect(await look(run(leaseMs - 1))).toEqual([]);
  expect(await look(run(leaseMs))).toEqual(['run']);
  // Two looks before, it is watched already.
  expect(asked()).toBeLessThanOrEqual(leaseMs - 2 * lookMs);
});

test('a run that gives a sign of life between two looks is not lost, whatever the clock of the database says', async () => {
  const { look } = looks();
  for (let beat = 0; beat < 5; beat += 1) {
    expect(await look(run(3600_000, beat))).toEqual([]);
    vi.advanceTimersByTime(lookMs);
  }
  expect(await look(run(3600_000, 4))).toEqual(['run']);
});

test('a run that was not silent for a while is watched anew', async () => {
  const { look } = looks();
  await look(run(leaseMs));
  vi.advanceTimersByTime(lookMs);
  await look();
  expect(await look(run(leaseMs))).toEqual([]);
});

test('a run whose worker has never given a sign of life is lost as soon as it was watched', async () => {
  const { look } = looks();
  expect(await look(run(null, null))).toEqual([]);
  vi.advanceTimersByTime(lookMs);
  expect(await look(run(null, null))).toEqual(['run']);
});
