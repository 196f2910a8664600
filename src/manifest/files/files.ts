import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Location } from '../manifest.ts';
import { fail } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** In bytes. Real files of projects are much smaller. */
const maxSize = 5_000_000;

/**
 * The text of a file of the project. When it cannot be read: null, and an error is recorded at `at`. A
 * symbolic link is followed only when it stays inside the project (meltano/core/project_files.py).
 */
export async function readText(
  reading: Reading,
  root: string,
  file: string,
  at: Location,
): Promise<string | null> {
  const problem = await problemWith(root, file);
  if (problem !== null) {
    fail(reading, at, problem);
    return null;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(join(root, file)));
  } catch (error) {
    const reason =
      error instanceof TypeError ? 'is not UTF-8 text; save it as UTF-8' : `cannot be read: ${say(error)}`;
    fail(reading, at, `\`${file}\` ${reason}.`);
    return null;
  }
}

async function problemWith(root: string, file: string): Promise<string | null> {
  try {
    const path = join(root, file);
    const found = await stat(path);
    if (!isInside(await realpath(root), await realpath(path))) {
      return `\`${file}\` lies outside the project; move it inside.`;
    }
    if (!found.isFile()) return `\`${file}\` is not a regular file; name files only.`;
    if (found.size > maxSize)
      return `\`${file}\` has ${found.size} bytes; the limit is ${maxSize}. Split it.`;
    return null;
  } catch (error) {
    return `\`${file}\` cannot be read: ${say(error)}.`;
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function say(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'it does not exist';
  if (code === 'EACCES') return 'permission is denied';
  if (code === 'ELOOP') return 'it is a symbolic link to itself';
  return error.message;
}
