import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bySharedClock, readSharedClock, sharedNow } from '../../src/lib/shared-clock.ts';

const hour = 3_600_000;
const noon = Date.parse('2026-06-01T12:00Z');

const isAbout = (ms: number, expected: number): void => {
  expect(Math.abs(ms - expected)).toBeLessThan(60_000);
};

// Only the clock of the machine is set; what counts on goes on.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: noon });
});
afterEach(async () => {
  await readSharedClock(() => Promise.resolve(Date.now()));
  vi.useRealTimers();
});

test('is the clock that was read, also after the clock of the machine was set', async () => {
  await readSharedClock(() => Promise.resolve(noon + hour));
  isAbout(sharedNow(), noon + hour);
  isAbout(bySharedClock(new Date(noon - 5000)).getTime(), noon + hour - 5000);
  vi.setSystemTime(noon - 24 * hour);
  isAbout(sharedNow(), noon + hour);
  isAbout(bySharedClock(new Date(noon - 24 * hour)).getTime(), noon + hour);
});

test('is that of the machine when they differ by no more than can be measured', async () => {
  await readSharedClock(() => Promise.resolve(noon + 5));
  expect(sharedNow()).toBe(noon);
  const time = new Date(noon - 1);
  expect(bySharedClock(time)).toBe(time);
});

test('is read from the answer that came fastest', async () => {
  const answers = [noon + 30 * hour, noon + hour, noon + 50 * hour];
  await readSharedClock(async () => {
    const answer = answers.shift() ?? NaN;
    if (answer !== noon + hour) await new Promise((resolve) => setTimeout(resolve, 100));
    return answer;
  });
  isAbout(sharedNow(), noon + hour);
});

test('stays as it is when it cannot be read', async () => {
  await readSharedClock(() => Promise.resolve(noon + hour));
  await expect(readSharedClock(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  isAbout(sharedNow(), noon + hour);
});
