import type { PGlite } from '@electric-sql/pglite';
import type { Exchange } from './wire-stream.ts';

/**
 * Sends messages of the wire protocol to PGlite. By its streaming call, because the others read every answer, which
 * costs as much as a small statement, and keep what they read in memory as long as PGlite is open.
 */
export function exchangeWith(pglite: PGlite): Exchange {
  return async (messages) => {
    const parts: Uint8Array[] = [];
    await pglite.execProtocolRawStream(messages, {
      syncToFs: false,
      // What it hands over is PGlite's own memory.
      onRawData: (part) => void parts.push(part.slice()),
    });
    return joined(parts);
  };
}

/** One array of its own memory, which can be handed to another thread. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
