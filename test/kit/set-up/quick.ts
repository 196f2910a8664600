import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

// Set-up of the tests that are quick. One that starts a program fails: its place is a file *.slow.test.ts.
const created: ChildProcess[] = [];
const onCreated = (message: unknown): void =>
  void created.push((message as { process: ChildProcess }).process);

beforeAll(() => subscribe('child_process', onCreated));
afterAll(() => void unsubscribe('child_process', onCreated));
afterEach(() => {
  // What could not be started, such as a Meltano that is not there, has no process id.
  const started = created.splice(0).filter(({ pid }) => pid !== undefined);
  expect(
    started.map(({ spawnargs }) => spawnargs.join(' ')),
    'programs that were started, though the file is not named *.slow.test.ts',
  ).toEqual([]);
});
