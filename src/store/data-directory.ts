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
  const own = `${processId} ${await startOf(processId)}`;
  const draft = `${lock}.${randomUUID()}`;
  await writeFile(draft, own);
  try {
    // `link` makes the lock whole or not at all; two takers cannot both succeed.
    while (!(await link(draft, lock).then(() => true, isTaken))) {
      const holder = await readFile(lock, 'utf8').catch(() => '');
      const [id = '', start = ''] = holder.split(' ');
      if (holder !== '' && start === (await startOf(Number(id)))) {
        throw new DataDirectoryHeld(`The data directory ${directory} is in use by process ${id}.`);
      }
      await removeStale(lock, holder);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(lock, { force: true });
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error;
  return false;
}

// Two processes may both find the same stale lock. The rename makes one of them first; the second
// sees in the file that it moved a fresh lock away, and puts it back.
async function removeStale(lock: string, expected: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
    if ((await readFile(aside, 'utf8')) !== expected) await link(aside, lock).catch(() => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
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
