import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { watchEventLoop } from '../../src/lib/event-loop/watch.ts';
import { waitFor } from '../kit/wait.ts';

function keep(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('tells for how long the event loop was kept, and is silent then for a while', async () => {
  const told: number[] = [];
  onTestFinished(watchEventLoop((ms) => told.push(ms), 500));
  keep(300);
  await waitFor('the delay', () => told.length > 0);
  expect(told[0]).toBeGreaterThan(250);
  keep(200);
  await sleep(100);
  expect(told).toHaveLength(1);
  await waitFor('the delay that came during the silence', () => told.length > 1);
  expect(told[1]).toBeGreaterThan(150);
});
