import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** A clock that a test sets, for the processes that get its variables. */
export interface SettableClock {
  /** The variables with which a program goes by this clock. Durations stay real. */
  env: Record<string, string>;
  /** Sets it to a number of seconds before or after the real time, within a second. */
  set: (offsetSeconds: number) => void;
  remove: () => void;
}

const library = readdirSync('/usr/lib')
  .map((name) => join('/usr/lib', name, 'faketime/libfaketimeMT.so.1'))
  .find((file) => existsSync(file));

export function settableClock(offsetSeconds: number): SettableClock {
  const directory = mkdtempSync(join(tmpdir(), 'meltano-graphql-clock-'));
  const file = join(directory, 'offset');
  const set = (seconds: number): void => {
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  set(offsetSeconds);
  return {
    set,
    env: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A group of tests that needs such a clock. Without the package `faketime`, it says so and is skipped. */
export function describeWithClock(name: string, tests: () => void): void {
  if (library === undefined) console.warn(`NOT RUN: ${name}: the package faketime is not installed.`);
  describe.skipIf(library === undefined)(name, tests);
}
