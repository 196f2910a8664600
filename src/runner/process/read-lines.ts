import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { splitLines } from './lines.ts';

/** A reader that works in the background. */
export interface LineReader {
  /**
   * Resolves when the stream has ended and the last line was taken. When another process keeps the stream
   * open, the reader stops after a silence, or after many more bytes.
   */
  finish(): Promise<void>;
}

/**
 * After a process has ended, what is left to read fits into its pipe (64 KiB on Linux) and into the stream's
 * own buffer. After a moment of silence everything has been read. More bytes than this mean that another
 * process still writes.
 */
const remainder = { silentMs: 300, bytes: 4 * 1024 * 1024 };

/** Reads a stream line by line. It reads more only after `take` has resolved. */
export function readLines(stream: Readable, take: (lines: string[]) => Promise<void>): LineReader {
  const splitter = splitLines();
  let bytes = 0;
  let ended = false;
  // The time since which the reader waits for bytes. Null while it waits for `take`, which may be slow.
  let waitingSince: number | null = performance.now();

  const read = async (): Promise<void> => {
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        waitingSince = null;
        bytes += chunk.length;
        await take(splitter.push(chunk));
        waitingSince = performance.now();
      }
    } catch {
      // The reader stopped below, or the pipe broke: what was read stays valid.
    }
    waitingSince = null;
    await take(splitter.end());
    ended = true;
  };
  const reading = read();

  return {
    finish: async () => {
      const limit = bytes + remainder.bytes;
      const from = performance.now();
      while (!ended) {
        const silent =
          waitingSince !== null && performance.now() - Math.max(from, waitingSince) >= remainder.silentMs;
        if (silent || bytes > limit) stream.destroy();
        await Promise.race([reading, sleep(20)]);
      }
    },
  };
}
