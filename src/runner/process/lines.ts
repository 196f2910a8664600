/** Splits a stream of bytes into lines. */
export interface LineSplitter {
  /** The lines that end in this chunk, without their line ends. */
  push(chunk: Uint8Array): string[];
  /** The rest without a line end, if there is one. */
  end(): string[];
}

/** The longest buffer that is used again for the next line. */
const keptBytes = 64 * 1024;

/**
 * Splits at line feeds. Of a longer line it keeps `maxBytes` (default 1 MiB); the end says how many bytes
 * were dropped. Bytes that are not valid UTF-8 become U+FFFD.
 */
export function splitLines(maxBytes = 1024 * 1024): LineSplitter {
  // One buffer that grows, not a list of chunks: a process may write a long line byte by byte.
  let line = Buffer.alloc(0);
  let held = 0;
  let dropped = 0;

  const hold = (part: Uint8Array): void => {
    const room = Math.min(part.length, maxBytes - held);
    if (held + room > line.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 * (held + room), maxBytes));
      line.copy(larger, 0, 0, held);
      line = larger;
    }
    line.set(part.subarray(0, room), held);
    held += room;
    dropped += part.length - room;
  };
  const take = (): string => {
    const text = withoutReturn(textOf(line.subarray(0, held)));
    const taken = dropped > 0 ? `${text}… [${dropped} more bytes]` : text;
    if (line.length > keptBytes) line = Buffer.alloc(0);
    held = 0;
    dropped = 0;
    return taken;
  };
  const pushOneByOne = (chunk: Uint8Array): string[] => {
    const lines: string[] = [];
    let from = 0;
    for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
      hold(chunk.subarray(from, to));
      lines.push(take());
      from = to + 1;
    }
    hold(chunk.subarray(from));
    return lines;
  };

  return {
    push: (chunk) => {
      const first = chunk.indexOf(10);
      const last = chunk.lastIndexOf(10);
      // Decoding whole lines together is several times as fast. A line feed is never part of another
      // character, so bytes that are not valid UTF-8 in one line do not affect the next.
      if (first === last || chunk.length > maxBytes) return pushOneByOne(chunk);
      hold(chunk.subarray(0, first));
      const lines = [take()];
      for (const line of textOf(chunk.subarray(first + 1, last)).split('\n')) lines.push(withoutReturn(line));
      hold(chunk.subarray(last + 1));
      return lines;
    },
    end: () => (held + dropped > 0 ? [take()] : []),
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
