import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const beatMs = 1_000;
/** How long a lock may lie still before it counts as left behind by a killed process. */
const staleMs = 5_000;
const pollMs = 200;

/** What `withLock` needs. */
export interface LockOptions {
  /** The lock file; its directory must exist. */
  file: string;
  /** Called once, when another process holds the lock. */
  onWait: () => void;
  /** Ends the waiting; the work itself has to watch it on its own. */
  signal?: AbortSignal | undefined;
}

/**
 * Does `work` while holding a lock file, after waiting for whoever holds it.
 *
 * The holder touches the file every second. A waiter that sees it lie still for five seconds of its own
 * clock takes it over: no process id is asked, since those mean nothing between two containers on one volume.
 * Rejects with the signal's reason when it is aborted while waiting, and with whatever `work` rejects with.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  await acquire(options, token);
  const beat = setInterval(() => {
    const now = new Date();
    // A lock that was taken away is noticed by nobody else here, and there is nothing to do about it.
    utimes(options.file, now, now).catch(() => undefined);
  }, beatMs);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await contents(options.file)) === token) await rm(options.file, { force: true });
  }
}

async function acquire({ file, onWait, signal }: LockOptions, token: string): Promise<void> {
  let told = false;
  let seen = '';
  let seenAt = 0;
  for (;;) {
    signal?.throwIfAborted();
    if (await create(file, token)) return;
    if (!told) onWait();
    told = true;

    const now = await fingerprint(file);
    if (now !== seen) {
      seen = now;
      seenAt = performance.now();
    } else if (performance.now() - seenAt > staleMs) {
      await takeAway(file, seen);
      continue;
    }
    await delay(pollMs, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
  }
}

/** Creates the file with the token in it, or answers false when it is there already. */
async function create(file: string, token: string): Promise<boolean> {
  try {
    await writeFile(file, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Who holds the lock and when it last moved; empty when nobody does. */
async function fingerprint(file: string): Promise<string> {
  const [holder, times] = await Promise.all([contents(file), stat(file).catch(() => undefined)]);
  return holder === undefined || times === undefined ? '' : `${holder} ${times.mtimeMs}`;
}

async function takeAway(file: string, seen: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  // Of two waiters only one renames the stale file. The other may catch the first one's fresh lock in
  // between, which shows in its contents; then it goes back where it was.
  try {
    await rename(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  if ((await fingerprint(aside)) === seen) await rm(aside, { force: true });
  else await rename(aside, file);
}

async function contents(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
