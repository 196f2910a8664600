import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { splitLines } from './lines.ts';

/** Reading that goes on by itself. */
export interface LineReader {
  /**
   * Resolves when the stream has ended and the last line was taken. A stream that somebody else holds open is
   * given up when it has been silent for a while, or has said much since.
   */
  finish(): Promise<void>;
}

/**
 * What is left to read after a process has ended fits in its pipe (64 KiB on Linux) and in the stream's own
 * buffer: a silent moment means it is read, and more than this means that somebody still writes.
 */
const remainder = { silentMs: 300, bytes: 4 * 1024 * 1024 };

/** Reads a stream line by line, and reads on only when `take` has resolved. */
export function readLines(stream: Readable, take: (lines: string[]) => Promise<void>): LineReader {
  const splitter = splitLines();
  let bytes = 0;
  let ended = false;
  // When the reader began to wait for bytes; null while it waits for `take`, which may be slow.
  let waitingSince: number | null = Date.now();

  const read = async (): Promise<void> => {
    try {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        waitingSince = null;
        bytes += chunk.length;
        await take(splitter.push(chunk));
        waitingSince = Date.now();
      }
    } catch {
      // Given up below, or the pipe broke: what was read stands.
    }
    waitingSince = null;
    await take(splitter.end());
    ended = true;
  };
  const reading = read();

  return {
    finish: async () => {
      const limit = bytes + remainder.bytes;
      const from = Date.now();
      while (!ended) {
        const silent =
          waitingSince !== null && Date.now() - Math.max(from, waitingSince) >= remainder.silentMs;
        if (silent || bytes > limit) stream.destroy();
        await Promise.race([reading, sleep(20)]);
      }
    },
  };
}
