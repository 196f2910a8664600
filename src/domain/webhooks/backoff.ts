import type { Standing } from '../../store/webhooks/deliveries.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Times between requests for the same event, in milliseconds: about a day in all. */
const waits = [
  5000,
  30_000,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  8 * hour,
];

/** The longest time for which a receiver can ask to be left alone, in milliseconds. */
const longestAskedMs = hour;

/** The longest time for which nothing is sent to a receiver that does not answer, in milliseconds. */
const longestRestMs = 10 * minute;

/** When a webhook is disabled: after so many requests in a row that failed, and so long after the first of them. */
const failing = { leastRequests: 20, leastMs: 72 * hour };

/**
 * How long to wait before the next request for an event, in milliseconds; null when there is none.
 *
 * @param attempts how many were made
 * @param askedMs for how long the receiver asked to be left alone; null when it did not
 * @param random spreads those that failed together: 0 to 1
 */
export function waitAfter(attempts: number, askedMs: number | null, random: number): number | null {
  const wait = waits[attempts - 1];
  if (wait === undefined) return null;
  return Math.round(Math.max(wait * (1 + random / 5), Math.min(askedMs ?? 0, longestAskedMs)));
}

/** How long nothing is sent to a receiver that did not answer so many times in a row, in milliseconds. */
export function restAfter(failures: number, askedMs: number | null): number {
  const rest = Math.min(waits[failures - 1] ?? longestRestMs, longestRestMs);
  return Math.max(rest, Math.min(askedMs ?? 0, longestAskedMs));
}

/** Reads `Retry-After`, which is a number of seconds or a time. @returns milliseconds; null when it says nothing */
export function readRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : Math.max(0, time - now);
}

/** Whether a receiver has failed for so long, and so often, that it is not tried any more. */
export function isFailingTooLong({ failureCount, failingMs }: Standing): boolean {
  return failureCount >= failing.leastRequests && (failingMs ?? 0) >= failing.leastMs;
}
