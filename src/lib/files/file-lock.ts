import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Whether the owner of a lock file has died, so that the lock can be taken over.
 *
 * @param file the lock file, or the file that locks its takeover
 * @param holder the content of the file
 */
export type IsDead = (file: string, holder: string) => Promise<boolean>;

/**
 * Takes a lock file, unless a living owner has it. When several processes try, exactly one succeeds. The
 * directory of the file must exist, on a file system with hard links.
 *
 * @param holder the content to write, different for each owner
 * @returns null when the lock was taken, else the content that its owner has written
 */
export async function takeFileLock(file: string, holder: string, isDead: IsDead): Promise<string | null> {
  const present = await contents(file);
  if (present !== null && !(await isDead(file, present))) return present;
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, holder);
  try {
    return await take(file, draft, isDead);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a lock file, unless another owner has taken it over. */
export async function releaseFileLock(file: string, holder: string): Promise<void> {
  if ((await contents(file)) === holder) await rm(file, { force: true });
}

// Creates `lock` with the content of `draft`, unless a living owner has created it.
async function take(lock: string, draft: string, isDead: IsDead): Promise<string | null> {
  for (;;) {
    // `link` creates the whole file or nothing, and fails if the file exists, so two processes cannot both
    // succeed.
    if (await link(draft, lock).then(() => true, taken)) return null;
    const holder = await contents(lock);
    if (holder === null) continue;
    if (!(await isDead(lock, holder))) return holder;
    // A process must not simply remove a dead owner's lock: another one may just have replaced it. So only
    // one process at a time, which has the lock `.stale`, replaces the file, in one step.
    const right = `${lock}.stale`;
    if ((await take(right, draft, isDead)) !== null) {
      await sleep(1);
      continue;
    }
    try {
      if ((await contents(lock)) !== holder || !(await isDead(lock, holder))) continue;
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

async function contents(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(gone);
}

function gone(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}
