import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from 'node:process';

/** The data directory belongs to another process that is alive. */
export class DataDirectoryHeld extends Error {
  override name = 'DataDirectoryHeld';
}

/**
 * Takes a data directory for this process, since two processes on one PGlite directory destroy it.
 * A holder that died is noticed: its process is gone, or its number now belongs to a later process.
 *
 * @returns a function that gives the directory back
 * @throws DataDirectoryHeld when a living process has it
 */
export async function holdDataDirectory(directory: string, processId: number): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const lock = join(directory, 'held-by');
  const draft = `${lock}.${randomUUID()}`;
  await writeFile(draft, `${processId} ${await startOf(processId)}`);
  try {
    const holder = await take(lock, draft);
    if (holder !== null) {
      throw new DataDirectoryHeld(
        `The data directory ${directory} is in use by process ${holder.split(' ')[0] ?? ''}.`,
      );
    }
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(lock, { force: true });
}

/**
 * Makes `lock` a file like `draft`, unless a living process has made one.
 *
 * @returns null when taken, else what the lock says
 */
async function take(lock: string, draft: string): Promise<string | null> {
  for (;;) {
    // `link` makes the lock whole or not at all; two takers cannot both succeed.
    if (await link(draft, lock).then(() => true, taken)) return null;
    const holder = await readFile(lock, 'utf8').catch(gone);
    if (holder === null) continue;
    if (await lives(holder)) return holder;
    // Whoever removed a stale lock on sight might remove the fresh one that another has put in its
    // place. So a stale lock is replaced by one process at a time, in one step, under a lock of its own.
    const right = `${lock}.stale`;
    if ((await take(right, draft)) !== null) continue;
    try {
      if ((await readFile(lock, 'utf8').catch(gone)) !== holder) continue;
      const copy = `${draft}.copy`;
      await link(draft, copy);
      await rename(copy, lock);
      return null;
    } finally {
      await rm(right, { force: true });
    }
  }
}

function taken(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error;
  return false;
}

function gone(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}

async function lives(holder: string): Promise<boolean> {
  const [id, start] = holder.split(' ');
  return start !== undefined && start === (await startOf(Number(id)));
}

// A process number is used again, so it is taken together with the process's start time where the
// system shows it (field 22 of /proc/<pid>/stat, proc(5)); elsewhere being alive has to do.
async function startOf(processId: number): Promise<string | null> {
  const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => null);
  if (stat !== null) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  try {
    kill(processId, 0);
    return 'alive';
  } catch {
    return null;
  }
}
