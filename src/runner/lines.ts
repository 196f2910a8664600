/** Cuts a stream of bytes into lines. */
export interface LineSplitter {
  /** The lines that this chunk ends, without their line ends. */
  push(chunk: Uint8Array): string[];
  /** What is left without a line end, if anything. */
  end(): string[];
}

/**
 * Splits on line feeds, holding at most `maxBytes` of a line (default 1 MiB): the rest of a longer one is
 * dropped and counted at its end. Bytes that are no UTF-8 become U+FFFD.
 */
export function splitLines(maxBytes = 1024 * 1024): LineSplitter {
  let parts: Uint8Array[] = [];
  let held = 0;
  let dropped = 0;

  const hold = (part: Uint8Array): void => {
    const room = Math.min(part.length, maxBytes - held);
    if (room > 0) parts.push(part.subarray(0, room));
    held += room;
    dropped += part.length - room;
  };
  const take = (): string => {
    const text = withoutReturn(textOf(Buffer.concat(parts)));
    const line = dropped > 0 ? `${text}… [${dropped} more bytes]` : text;
    parts = [];
    held = 0;
    dropped = 0;
    return line;
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
      // Whole lines are decoded together, which is several times as fast. A line feed is never part of
      // another character, so what is no UTF-8 in one line does no harm to the next.
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
