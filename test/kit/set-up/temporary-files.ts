import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { promisify } from 'node:util';

/** Where Linux keeps files in memory. */
const inMemory = '/dev/shm';

/** Bytes that must be free there: more than all the temporary files of the tests together. */
const enough = 4 * 2 ** 30;

/** How the names of their directories begin. The id of the process that made one follows. */
const prefix = 'meltano-graphql-tests-';

/**
 * Lets the tests have their temporary files in memory, where there is room. They make a hundred thousand, such as the
 * 1,300 of each embedded database, and to make one on a disk takes ten times the work.
 */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  const before = process.env.TMPDIR;
  if (before !== undefined && before !== '/tmp') return undefined;
  await removeAbandoned(inMemory);
  if (!(await hasRoom())) return undefined;
  const directory = await mkdtemp(join(inMemory, `${prefix}${pid}-`));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  // As in /tmp, programs of other users find what is theirs.
  await chmod(directory, 0o1777);
  if (!(await mayExecuteIn(directory))) {
    await remove();
    return undefined;
  }
  process.env.TMPDIR = directory;
  return remove;
}

/** Removes what tests have left there that were killed. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = Number(/^(\d+)-/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '')?.[1]);
    // What another user has left stays.
    if (owner > 0 && !isAlive(owner))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function hasRoom(): Promise<boolean> {
  const disk = await statfs(inMemory).catch(() => null);
  return disk !== null && Math.min(disk.bavail * disk.bsize, freemem()) >= enough;
}

/** Whether programs may lie there: in many containers they may not. */
async function mayExecuteIn(directory: string): Promise<boolean> {
  const program = join(directory, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o700 });
  try {
    await promisify(execFile)(program);
    return true;
  } catch {
    return false;
  } finally {
    await rm(program);
  }
}
