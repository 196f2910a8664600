import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, open, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  DataDirectoryBroken,
  DataDirectoryHeld,
  holdDataDirectory,
} from '../../src/store/database/embedded/data-directory.ts';
import { openStore } from '../../src/store/index.ts';
import { openDatabase } from '../../src/store/database/database.ts';
import { startAfter, type Child } from './kit.ts';

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

async function holder(...prefix: string[]): Promise<Child> {
  const child = startAfter(prefix, 'hold-directory.ts', directory);
  children.push(child);
  expect(await child.said).toBe('held');
  return child;
}

test('a directory that a living process has is refused, by the number of that process', async () => {
  const child = await holder();
  const refused = holdDataDirectory(directory, process.pid);
  await expect(refused).rejects.toThrow(DataDirectoryHeld);
  await expect(refused).rejects.toThrow(
    `The data directory ${directory} is in use by process ${child.process.pid ?? 0} on ${hostname()}.`,
  );
});

test('a directory that was given back can be taken', async () => {
  const child = await holder();
  child.process.stdin?.end();
  expect(await child.ended).toBe(0);
  const release = await holdDataDirectory(directory, process.pid);
  await release();
});

test('a directory whose process was killed can be taken', async () => {
  const child = await holder();
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');
  const release = await holdDataDirectory(directory, process.pid);
  await release();
});

// Each of them is process 1 to itself, and sees no other process.
const ownProcesses = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
describeWithNamespaces('a directory that processes of two containers share', () => {
  test('is refused to the second one, until the first one has died', async () => {
    const child = await holder(...ownProcesses);
    const second = startAfter(ownProcesses, 'hold-directory.ts', directory);
    await expect(second.said).rejects.toThrow(`The data directory ${directory} is in use by process 1 on`);
    child.process.kill('SIGKILL');
    await child.ended;
    const third = await holder(...ownProcesses);
    third.process.kill('SIGKILL');
    await third.ended;
  });
});

test('the embedded database keeps its rows, and is not opened twice', async () => {
  await cp(join(inject('snapshotDirectory'), 'postgres'), join(directory, 'postgres'), { recursive: true });
  const location = { kind: 'EMBEDDED', directory, processId: process.pid } as const;
  const first = await openDatabase(location);
  await first.query('CREATE TABLE kept AS SELECT 1 AS n', []);
  await expect(openDatabase(location)).rejects.toThrow(DataDirectoryHeld);
  await first.close();
  const second = await openDatabase(location);
  expect(await second.query('SELECT n FROM kept', [])).toEqual([{ n: 1 }]);
  await second.close();
  expect(await readdir(directory)).toEqual(['held-by', 'postgres']);
});

test('a free directory goes to exactly one of many that want it at once', async () => {
  for (let round = 0; round < 2; round++) {
    const takers = await Promise.allSettled(
      Array.from({ length: 10 }, () => holdDataDirectory(directory, process.pid)),
    );
    const took = takers.filter((taker) => taker.status === 'fulfilled');
    expect(took).toHaveLength(1);
    for (const taker of takers) {
      if (taker.status === 'rejected') expect(taker.reason).toBeInstanceOf(DataDirectoryHeld);
    }
    await took[0]?.value();
  }
});

describe('one line that names the directory and says what to do is for', () => {
  const files = (...names: string[]): string => join(directory, 'postgres', ...names);
  const spoil = async (file: string): Promise<void> => {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(8192, 0xff), 0, 8192, 0);
    await handle.close();
  };
  const openIt = async () =>
    openStore({
      location: { kind: 'EMBEDDED', directory, processId: process.pid },
      onError: () => undefined,
    });
  beforeEach(() => cp(join(inject('snapshotDirectory'), 'postgres'), files(), { recursive: true }));

  test.each([
    ['files of another version', () => writeFile(files('PG_VERSION'), '12\n'), /PG_VERSION says "12"/],
    ['a control file that is cut off', () => truncate(files('global/pg_control'), 100), /are damaged/],
    ['a control file of rubbish', () => spoil(files('global/pg_control')), /are damaged/],
    ['no log of changes', () => rm(files('pg_wal'), { recursive: true }), /are damaged/],
    ['no tables', () => rm(files('base'), { recursive: true }), /are damaged/],
    [
      'settings that cannot be read',
      () => writeFile(files('postgresql.conf'), 'nonsense = = '),
      /are damaged/,
    ],
    [
      'a file in its place',
      () => rm(files(), { recursive: true }).then(() => writeFile(files(), '')),
      /EEXIST/,
    ],
  ])('%s', async (_what, damage, reason) => {
    await damage();
    const error = await openIt().then(
      () => null,
      (refusal: unknown) => refusal as Error,
    );
    expect(error).toBeInstanceOf(DataDirectoryBroken);
    expect(error?.message).toMatch(
      new RegExp(
        `^The embedded database in ${directory}[^\n]* cannot be opened: [^\n]+\\. Restore that directory from a backup, or move it away to begin with an empty database\\.$`,
      ),
    );
    expect(error?.message).toMatch(reason);
    expect(await readdir(directory)).toEqual(['held-by', 'postgres']);
  });

  test('no file that says the version, and nothing is written over what is there', async () => {
    await rm(files('PG_VERSION'));
    const before = await readdir(directory, { recursive: true });
    await expect(openIt()).rejects.toThrow('its file PG_VERSION is missing');
    const after = await readdir(directory, { recursive: true });
    expect(after.filter((name) => name !== 'held-by')).toEqual(before);
  });

  test('a database whose tables are damaged', async () => {
    const store = await openIt();
    const [row] = await store.prisma.$queryRaw<
      { path: string }[]
    >`SELECT pg_relation_filepath('_prisma_migrations') AS path`;
    await store.close();
    await spoil(files(row?.path ?? ''));
    await expect(openIt()).rejects.toThrow(/^The embedded database in .* cannot be opened: .*invalid page/);
  });
});

test('files that were being made when the program ended are made anew', async () => {
  await mkdir(join(directory, 'postgres', 'base'), { recursive: true });
  await writeFile(join(directory, 'postgres', 'PG_VERSION'), '18');
  await writeFile(join(directory, 'postgres-is-being-made'), '');
  const database = await openDatabase({ kind: 'EMBEDDED', directory, processId: process.pid });
  expect(await database.query('SELECT 1 AS n', [])).toEqual([{ n: 1 }]);
  await database.close();
  expect(await readdir(directory)).toEqual(['held-by', 'postgres']);
});

/** A group of tests that needs process namespaces. Where none can be made, it says so and is skipped. */
function describeWithNamespaces(name: string, tests: () => void): void {
  const [program = '', ...args] = ownProcesses;
  const { status, stderr } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
  if (status !== 0)
    console.warn(`NOT RUN: ${name}: no process namespaces can be made here (${stderr.trim()}).`);
  describe.skipIf(status !== 0)(name, tests);
}
