import { constants } from 'node:fs';
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { freeBytesOn, minFreeBytes } from './disk-space.ts';

/**
 * Copies the files of PostgreSQL as they are at one moment. Nothing is written meanwhile: the one session is taken, and
 * PGlite writes nothing by itself. Where the file system can, the copy shares the blocks of the files until they change.
 *
 * @returns whether there is room for them; otherwise nothing was copied
 */
export async function copyFiles(pool: pg.Pool, files: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true });
  if (freeBytesOn(dirname(to)) < (await bytesOf(files)) + minFreeBytes.toStart) return false;
  const session = await pool.connect();
  try {
    // So that whoever opens the copy need not repeat what was written since the last one.
    await session.query('CHECKPOINT');
    await cp(files, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return true;
  } finally {
    session.release();
  }
}

async function bytesOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries)
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
