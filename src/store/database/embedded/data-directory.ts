import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lockFile, NotLockable } from '../../../lib/processes/kernel-lock.ts';

/** The embedded database in the data directory cannot be opened. The message says why, and what to do. */
export class DataDirectoryBroken extends Error {
  override name = 'DataDirectoryBroken';

  constructor(directory: string, reason: string, cause?: unknown) {
    super(
      `The embedded database in ${directory} cannot be opened: ${reason}. Restore that directory from a backup, or move it away to begin with an empty database.`,
      { cause },
    );
  }
}

/** Another living process uses the data directory, or nobody can make sure that none does. */
export class DataDirectoryHeld extends Error {
  override name = 'DataDirectoryHeld';
}

/**
 * Reserves a data directory for this process: two processes on one PGlite directory destroy it. The reservation is a
 * lock of the kernel. A dead process has none, and processes in other containers see it.
 *
 * @returns a function that ends the reservation
 * @throws DataDirectoryHeld when a living process uses the directory, or when it cannot be locked
 */
export async function holdDataDirectory(directory: string, processId: number): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'held-by');
  const lock = await lockFile(file, `process ${processId} on ${hostname()}`).catch((error: unknown) => {
    if (!(error instanceof NotLockable)) throw error;
    throw new DataDirectoryHeld(
      `The data directory ${directory} cannot be reserved for this process: ${error.message}.`,
    );
  });
  if ('release' in lock) return lock.release;
  throw new DataDirectoryHeld(
    `The data directory ${directory} is in use by ${lock.heldBy === '' ? 'another process' : lock.heldBy}.`,
  );
}
