import { statfsSync } from 'node:fs';

/** How many bytes must be free on the disk of the embedded database. */
export const minFreeBytes = {
  /** To start new runs: they write logs. */
  toStart: 64 * 2 ** 20,
  /** To write at all. PostgreSQL makes files of 16 MiB for its log of changes, one or two ahead. */
  toWrite: 32 * 2 ** 20,
} as const;

/** The bytes that this process may still use. It takes some microseconds. */
export function freeBytesOn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** What a disk still has room for. */
export type Room = 'ENOUGH' | 'NO_NEW_RUNS' | 'READ_ONLY';

/** The free space of a disk. */
export interface DiskSpace {
  room: () => Room;
  /** A sentence on it that says what to do. */
  say: () => string;
  /** Ends the reports. */
  close: () => void;
}

const lookMs = 1000;

/** @param onChange is called with a sentence when there is more or less room than before */
export function watchDiskSpace(directory: string, onChange: (sentence: string) => void): DiskSpace {
  let last: Room = 'ENOUGH';
  const say = (): string => sentence(directory, freeBytesOn(directory));
  const room = (): Room => {
    const now = roomIn(freeBytesOn(directory));
    if (now !== last) onChange(say());
    last = now;
    return now;
  };
  room();
  const timer = setInterval(room, lookMs).unref();
  return { room, say, close: () => clearInterval(timer) };
}

function roomIn(free: number): Room {
  if (free < minFreeBytes.toWrite) return 'READ_ONLY';
  return free < minFreeBytes.toStart ? 'NO_NEW_RUNS' : 'ENOUGH';
}

function sentence(directory: string, free: number): string {
  const left = `The disk of ${directory} has ${megabytes(free)} left`;
  switch (roomIn(free)) {
    case 'ENOUGH':
      return `${left}: enough to go on as usual.`;
    case 'NO_NEW_RUNS':
      return `${left}: no new runs are started below ${megabytes(minFreeBytes.toStart)}. Make room, or delete old runs.`;
    case 'READ_ONLY':
      return `${left}: nothing is written below ${megabytes(minFreeBytes.toWrite)}. Make room on it; runs that wait for it then go on.`;
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
