import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFile } from '../../src/lib/processes/kernel-lock.ts';
import { DataDirectoryHeld, holdDataDirectory } from '../../src/store/database/embedded/data-directory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-hold-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const note = (): Promise<string> => readFile(join(directory, 'held-by'), 'utf8');

test('a process cannot take a directory twice', async () => {
  const release = await holdDataDirectory(directory, process.pid);
  await expect(holdDataDirectory(directory, process.pid)).rejects.toThrow(DataDirectoryHeld);
  expect(await note()).toBe(`process ${process.pid} on ${hostname()}`);
  await release();
  expect(await note()).toBe('');
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

test('what a dead process has left in the file does not matter', async () => {
  for (const content of [`${process.pid} 1`, 'process 1 on elsewhere', '']) {
    await writeFile(join(directory, 'held-by'), content);
    const release = await holdDataDirectory(directory, process.pid);
    await release();
  }
});

test('each program that can lock a file does so, one of the system when the PATH has none', async () => {
  const { PATH } = env;
  const programs = await mkdtemp(join(tmpdir(), 'meltano-graphql-path-'));
  try {
    env.PATH = programs;
    await (
      await holdDataDirectory(directory, process.pid)
    )();
    await expect(lockFile(join(directory, 'file'), 'here', [''])).rejects.toThrow(
      'one of these programs must be there to lock it: flock, python3, perl',
    );
    for (const program of ['perl', 'python3', 'flock']) {
      const script = `#!/bin/sh\nPATH='${PATH ?? ''}' exec ${program} "$@"\n`;
      await writeFile(join(programs, program), script, { mode: 0o755 });
      const release = await holdDataDirectory(directory, process.pid);
      await expect(holdDataDirectory(directory, process.pid), program).rejects.toThrow(
        'is in use by process',
      );
      await release();
      await rm(join(programs, program));
    }
  } finally {
    env.PATH = PATH;
    await rm(programs, { recursive: true });
  }
});
