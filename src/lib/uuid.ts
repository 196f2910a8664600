import { randomBytes } from 'node:crypto';
import { sharedNow } from './shared-clock.ts';

/** Whether a text is a UUID of any version, in lower case, as PostgreSQL writes it. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

let lastMs = 0;
let counter = 0;

/**
 * Makes a UUIDv7 for a row. The ids of one process always increase: a counter orders those of the same millisecond,
 * and a clock that is set back is ignored. Those of several processes are in order, too, because they go by the
 * database's clock. Source: RFC 9562 §5.7 and §6.2, method 1.
 */
export function newId(): string {
  const now = sharedNow();
  const bytes = randomBytes(16);
  if (now > lastMs) {
    lastMs = now;
    // The counter starts low, so that it has room to increase.
    counter = bytes.readUInt16BE(6) & 0x7ff;
  } else if ((counter += 1) > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  return withTime(bytes, lastMs, counter);
}

/** Makes a UUIDv7 for a time in the past. Ids of the same millisecond have no order. */
export function newIdAt(time: Date): string {
  const bytes = randomBytes(16);
  return withTime(bytes, Math.max(0, time.getTime()), bytes.readUInt16BE(6) & 0xfff);
}

function withTime(bytes: Buffer, ms: number, counter: number): string {
  bytes.writeUIntBE(ms, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8(0x80 | ((bytes[8] ?? 0) & 0x3f), 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
