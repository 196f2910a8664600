import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How much room there is where a directory lies, and how much of it the directory takes; in bytes. */
export interface DiskFacts {
  /** What this process may still use. */
  free: number;
  size: number;
  /** Null when the directory has too many files to be counted often. */
  directory: number | null;
}

/** The most files that are looked at. */
const maxFiles = 50_000;

/** Files that are looked at together. */
const together = 64;

/** @returns null when the directory cannot be looked at */
export async function diskFacts(directory: string): Promise<DiskFacts | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { free: bavail * bsize, size: blocks * bsize, directory: await bytesIn(directory) };
  } catch {
    return null;
  }
}

/** What the files below a directory take of the disk. Files come and go meanwhile. */
async function bytesIn(directory: string): Promise<number | null> {
  const directories = [directory];
  let files = 0;
  let bytes = 0;
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    const names: string[] = [];
    for (const entry of entries) {
      if (entry.isDirectory()) directories.push(join(next, entry.name));
      else if (entry.isFile()) names.push(join(next, entry.name));
    }
    files += entries.length;
    if (files > maxFiles) return null;
    for (let from = 0; from < names.length; from += together) {
      const sizes = names.slice(from, from + together).map((name) =>
        stat(name).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        ),
      );
      bytes += (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    }
  }
  return bytes;
}
