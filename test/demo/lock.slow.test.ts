import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../src/demo/lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let file: string;
beforeEach(async () => {
  home = await temporaryDirectory();
  file = path.join(home.directory, 'lock');
});
afterEach(() => home.remove());

test('work under one lock happens one after the other, and each waiter says so once', async () => {
  const events: string[] = [];
  const work = (name: string) =>
    withLock({ file, onWait: () => events.push(`${name} waits`) }, async () => {
      events.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      events.push(`${name} out`);
    });
  await Promise.all(['a', 'b', 'c'].map(work));
  expect(events.filter((event) => event.endsWith('waits'))).toHaveLength(2);
  const turns = events.filter((event) => !event.endsWith('waits'));
  for (const [index, event] of turns.entries()) {
    if (event.endsWith('in')) expect(turns[index + 1]).toBe(event.replace('in', 'out'));
  }
  expect(await readdir(home.directory)).toEqual([]);
});

test('a lock that a killed process left behind is taken over', async () => {
  await writeFile(file, 'of a process that is no more');
  expect(await withLock({ file, onWait: () => undefined }, () => Promise.resolve('done'))).toBe('done');
  expect(await readdir(home.directory)).toEqual([]);
});

test('waiting ends when the signal says so', async () => {
  const stop = new AbortController();
  await withLock({ file, onWait: () => undefined }, async () => {
    const waiting = withLock(
      { file, onWait: () => stop.abort(new Error('enough')), signal: stop.signal },
      () => Promise.resolve('never'),
    );
    await expect(waiting).rejects.toThrow('enough');
  });
});

test('the lock is free again after work that failed', async () => {
  const failing = withLock({ file, onWait: () => undefined }, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await readdir(home.directory)).toEqual([]);
});
