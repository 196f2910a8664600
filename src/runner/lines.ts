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
    const text = Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    const line = dropped > 0 ? `${text}… [${dropped} more bytes]` : text;
    parts = [];
    held = 0;
    dropped = 0;
    return line;
  };

  return {
    push: (chunk) => {
      const lines: string[] = [];
      let from = 0;
      for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
        hold(chunk.subarray(from, to));
        lines.push(take());
        from = to + 1;
      }
      hold(chunk.subarray(from));
      return lines;
    },
    end: () => (held + dropped > 0 ? [take()] : []),
  };
}
