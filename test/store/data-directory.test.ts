import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataDirectoryHeld, holdDataDirectory } from '../../src/store/data-directory.ts';
import { openDatabase } from '../../src/store/database.ts';
import { start, type Child } from './kit.ts';

let directory: string;
const children: Child[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-hold-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.ended;
  }
  await rm(directory, { recursive: true, force: true });
});

const lock = (): string => join(directory, 'held-by');

async function holder(): Promise<Child> {
  const child = start('hold-directory.ts', directory);
  children.push(child);
  expect(await child.said).toBe('held');
  return child;
}

test('a directory that a living process has is refused, by the number of that process', async () => {
  const child = await holder();
  const refused = holdDataDirectory(directory, process.pid);
  await expect(refused).rejects.toThrow(DataDirectoryHeld);
  await expect(refused).rejects.toThrow(
    `The data directory ${directory} is in use by process ${child.process.pid ?? 0}.`,
  );
});

test('a directory that was given back can be taken', async () => {
  const child = await holder();
  child.process.stdin?.end();
  expect(await child.ended).toBe(0);
  const release = await holdDataDirectory(directory, process.pid);
  await release();
  expect(await readdir(directory)).toEqual([]);
});

test('a directory whose process was killed can be taken', async () => {
  const child = await holder();
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');
  expect(await readFile(lock(), 'utf8')).toContain(String(child.process.pid));
  const release = await holdDataDirectory(directory, process.pid);
  expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  await release();
});

test('a process cannot take a directory twice', async () => {
  const release = await holdDataDirectory(directory, process.pid);
  await expect(holdDataDirectory(directory, process.pid)).rejects.toThrow(DataDirectoryHeld);
  await release();
  await (
    await holdDataDirectory(directory, process.pid)
  )();
});

test('a directory that does not exist is made', async () => {
  const deep = join(directory, 'a/b');
  const release = await holdDataDirectory(deep, process.pid);
  expect(await readdir(deep)).toEqual(['held-by']);
  await release();
});

describe('a stale lock', () => {
  test.each([
    ['of a process whose number another one has now', () => `${process.pid} 1`],
    ['of a process number that nothing has', () => '4194304 1'],
    ['that is empty', () => ''],
    ['that holds something else', () => 'who knows'],
  ])('%s is passed over', async (_what, content) => {
    await writeFile(lock(), content());
    const release = await holdDataDirectory(directory, process.pid);
    expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+$`));
    await release();
    expect(await readdir(directory)).toEqual([]);
  });

  test('is passed over also when the process that was about to replace it died', async () => {
    await writeFile(lock(), '4194304 1');
    await writeFile(`${lock()}.stale`, '4194304 2');
    const release = await holdDataDirectory(directory, process.pid);
    expect(await readdir(directory)).toEqual(['held-by']);
    await release();
  });

  test('goes to exactly one of many that want it at once', async () => {
    for (let round = 0; round < 50; round++) {
      await writeFile(lock(), '4194304 1');
      const takers = await Promise.allSettled(
        Array.from({ length: 30 }, () => holdDataDirectory(directory, process.pid)),
      );
      const took = takers.filter((taker) => taker.status === 'fulfilled');
      expect(took).toHaveLength(1);
      for (const taker of takers) {
        if (taker.status === 'rejected') expect(taker.reason).toBeInstanceOf(DataDirectoryHeld);
      }
      await took[0]?.value();
      expect(await readdir(directory)).toEqual([]);
    }
  });
});

test('the embedded database keeps its rows, and is not opened twice', async () => {
  const location = { kind: 'EMBEDDED', directory, processId: process.pid } as const;
  const first = await openDatabase(location);
  await first.pglite?.exec('CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
  await expect(openDatabase(location)).rejects.toThrow(DataDirectoryHeld);
  await first.close();
  const second = await openDatabase(location);
  expect((await second.pglite?.query('SELECT n FROM kept'))?.rows).toEqual([{ n: 1 }]);
  await second.close();
  expect(await readdir(directory)).toEqual(['postgres']);
});
