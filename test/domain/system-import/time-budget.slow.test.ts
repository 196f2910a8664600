import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TimeBudget } from '../../../src/domain/system-import/time-budget.ts';

test('a slow database gets small batches, and a call ends in time and gets further each time', async () => {
  const budget = new TimeBudget();
  const startedAt = performance.now();
  const sizes: number[] = [];
  const write = async (batch: readonly number[]): Promise<void> => {
    sizes.push(batch.length);
    await sleep(batch.length * 40);
  };
  const items = Array.from({ length: 5000 }, (_, i) => i);
  const written = await budget.writeInBatches(items, 1000, write);
  const ms = performance.now() - startedAt;
  expect(ms).toBeGreaterThan(9000);
  expect(ms).toBeLessThan(20_000);
  expect(written).toBeGreaterThan(100);
  expect(written).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(Math.max(...sizes.slice(3))).toBeLessThan(50);
  expect(budget.isOver).toBe(true);
  expect(await budget.writeInBatches(items, 1000, write)).toBe(0);
});

test('a fast database gets everything, in batches of the largest size at last', async () => {
  const sizes: number[] = [];
  const items = Array.from({ length: 5000 }, (_, i) => i);
  const written = await new TimeBudget().writeInBatches(items, 1000, (batch) => {
    sizes.push(batch.length);
    return Promise.resolve();
  });
  expect(written).toBe(5000);
  expect(sizes).toEqual([100, 400, 1000, 1000, 1000, 1000, 500]);
});
