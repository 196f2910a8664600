import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** A disk of some megabytes, in memory. */
export interface SmallDisk {
  directory: string;
  /** Lets another file take its space, so that only some MiB are left. */
  fill: (leftMegabytes: number) => void;
  /** Removes that file. */
  makeRoom: () => void;
  remove: () => void;
}

/** @throws when this user may not mount */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'meltano-graphql-disk-'));
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=777`, 'tmpfs', directory);
  const ballast = join(directory, 'ballast');
  return {
    directory,
    fill: (leftMegabytes) => {
      const { bavail, bsize } = statfsSync(directory);
      const size = bavail * bsize - leftMegabytes * 2 ** 20;
      if (size > 0) execFileSync('fallocate', ['-l', String(size), ballast]);
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    remove: () => {
      asRoot('umount', '--lazy', directory);
      rmSync(directory, { recursive: true });
    },
  };
}

function asRoot(...command: string[]): void {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  execFileSync(program, args, { stdio: 'pipe' });
}

/** A group of tests that needs such a disk. Where none can be mounted, it says so and is skipped. */
export function describeWithSmallDisk(name: string, tests: () => void): void {
  let reason: string | null = null;
  try {
    mountSmallDisk(1).remove();
  } catch (error) {
    reason = (error as Error).message;
  }
  if (reason !== null)
    console.warn(`NOT RUN: ${name}: a disk in memory cannot be mounted here (${reason.trim()}).`);
  describe.skipIf(reason !== null)(name, tests);
}
