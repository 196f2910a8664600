import { expect, test } from 'vitest';
import { batch } from '../../src/runner/process/batch.ts';

/** A batcher of texts whose deliveries end when they are told to. */
function held(limits: { readyItems?: number; maxItems?: number; maxSize?: number }) {
  const batches: string[][] = [];
  const ends: (() => void)[] = [];
  const batcher = batch<string>({
    ...{ readyItems: 100, maxItems: 100, maxSize: 100, maxDelayMs: 60_000, ...limits },
    sizeOf: (text) => text.length,
    deliver: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => ends.push(resolve));
    },
    onFault: (error) => {
      throw error;
    },
  });
  return { batcher, batches, endNext: () => ends.shift()?.() };
}

/** Whether a promise is settled once everything that can go on without an event has done so. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('while a batch is delivered the next is gathered, and then whoever pushes waits', async () => {
  const { batcher, batches, endNext } = held({ readyItems: 2, maxItems: 2 });
  await batcher.push(['a', 'b', 'c']);
  expect(batches).toEqual([['a', 'b']]);
  const pushed = batcher.push(['d', 'e']);
  expect(await isSettled(pushed)).toBe(false);
  expect(batches.length).toBe(1);
  endNext();
  await pushed;
  expect(batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  const flushed = batcher.flush();
  endNext();
  expect(await isSettled(flushed)).toBe(false);
  expect(batches[2]).toEqual(['e']);
  endNext();
  await flushed;
});

test('the next batch may grow beyond a ready one, for as long as the one before takes', async () => {
  const { batcher, batches, endNext } = held({ readyItems: 2, maxItems: 4 });
  await batcher.push(['a', 'b', 'c', 'd', 'e']);
  expect(batches).toEqual([['a', 'b']]);
  const pushed = batcher.push(['f', 'g']);
  expect(await isSettled(pushed)).toBe(false);
  endNext();
  await pushed;
  expect(batches[1]).toEqual(['c', 'd', 'e', 'f']);
  endNext();
  const flushed = batcher.flush();
  await isSettled(flushed);
  endNext();
  await flushed;
  expect(batches[2]).toEqual(['g']);
});

test('a few large items fill a batch too', async () => {
  const { batcher, batches, endNext } = held({ maxSize: 10 });
  const pushed = batcher.push(['aaaa', 'bbbbbb', 'c', 'd'.repeat(50), 'e']);
  expect(await isSettled(pushed)).toBe(false);
  endNext();
  await pushed;
  endNext();
  const flushed = batcher.flush();
  await isSettled(flushed);
  endNext();
  await flushed;
  expect(batches).toEqual([['aaaa', 'bbbbbb'], ['c', 'd'.repeat(50)], ['e']]);
});
