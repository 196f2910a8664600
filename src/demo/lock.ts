import { randomUUID } from 'node:crypto';
import { stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { releaseFileLock, takeFileLock, type IsDead } from '../lib/files/file-lock.ts';

const beatMs = 1_000;
/** A lock file that has not been touched for this time was left by a killed process. */
const staleMs = 5_000;
const pollMs = 200;

/** The options of `withLock`. */
export interface LockOptions {
  /** The lock file. Its directory must exist. */
  file: string;
  /** Called once, when another process has the lock. */
  onWait: () => void;
  /** Ends the waiting. The work must watch the signal itself. */
  signal?: AbortSignal | undefined;
}

/**
 * Does `work` while it has a lock file. Waits while another process has it.
 *
 * The owner touches the file every second. A waiter takes the file over when it was not touched for five
 * seconds of the waiter's own clock. Process ids are not used, because they mean nothing between two
 * containers on one volume. Rejects with the signal's reason when it is aborted while it waits, and with the
 * error of `work`.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  await acquire(options, token);
  const beat = setInterval(() => {
    const now = new Date();
    // When another process took the lock over, nothing can be done about it here.
    utimes(options.file, now, now).catch(() => undefined);
  }, beatMs);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await releaseFileLock(options.file, token);
  }
}

async function acquire({ file, onWait, signal }: LockOptions, token: string): Promise<void> {
  const isStill = stillness();
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    if ((await takeFileLock(file, token, isStill)) === null) return;
    if (!told) onWait();
    told = true;
    await delay(pollMs, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
  }
}

/** Tells whether a lock file has not been touched for too long. Call it again and again for each file. */
function stillness(): IsDead {
  const seen = new Map<string, { what: string; at: number }>();
  return async (file, holder) => {
    const touched = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    const what = `${holder} ${touched ?? ''}`;
    const before = seen.get(file);
    if (before?.what === what) return performance.now() - before.at > staleMs;
    seen.set(file, { what, at: performance.now() });
    return false;
  };
}
