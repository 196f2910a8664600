import { checkTimeZone, newestTicks, nextTicks } from '../definitions/cron.ts';
import type { RollupRange } from '../../store/jobs/run-statistics.ts';

/** The length of the parts of a time, in a time zone. */
export type StatisticsInterval = 'HOUR' | 'DAY' | 'WEEK';

/** The time of which statistics are asked. */
export interface StatisticsWindow {
  since?: Date | null | undefined;
  before?: Date | null | undefined;
  interval: StatisticsInterval;
  timeZone: string;
}

/** A window that cannot be. */
export class BadWindow extends Error {}

const quarterMs = 15 * 60_000;
const hourMs = 4 * quarterMs;
const dayMs = 24 * hourMs;

/** The longest window, in days, and the most parts that it can have. */
export const [maxWindowDays, maxParts] = [366, 750];

/** How long a window is when only its end is known, in days. */
export const defaultWindowDays = 7;

const parts: Record<StatisticsInterval, { cron: string; length: number }> = {
  HOUR: { cron: '0 * * * *', length: hourMs },
  DAY: { cron: '0 0 * * *', length: dayMs },
  WEEK: { cron: '0 0 * * 1', length: 7 * dayMs },
};

/**
 * The bounds of the parts of a window, the first and the last ones included: they begin and end with whole parts. For the
 * same window the array is the same.
 *
 * @throws BadWindow
 */
export function partsOf({ interval, timeZone, ...window }: StatisticsWindow, now: number): readonly Date[] {
  // All jobs of an answer have the same window. No part ends within a quarter of an hour.
  const before = window.before ?? new Date(Math.ceil(now / quarterMs) * quarterMs);
  const since = window.since ?? new Date(before.getTime() - defaultWindowDays * dayMs);
  const key = [since.getTime(), before.getTime(), interval, timeZone].join(' ');
  let bounds = known.get(key);
  if (!bounds) {
    bounds = findParts(since, before, interval, timeZone);
    if (known.size >= mostKnown) known.clear();
    known.set(key, bounds);
  }
  return bounds;
}

const known = new Map<string, readonly Date[]>();
const mostKnown = 100;

function findParts(since: Date, before: Date, interval: StatisticsInterval, timeZone: string): Date[] {
  const badTimeZone = checkTimeZone(timeZone);
  if (badTimeZone !== null) throw new BadWindow(badTimeZone);
  if (since >= before) throw new BadWindow('`endedSince` must lie before `endedBefore`.');
  const { cron, length } = parts[interval];
  const span = before.getTime() - since.getTime();
  if (span > maxWindowDays * dayMs) throw new BadWindow(`The time may have at most ${maxWindowDays} days.`);
  if (span > maxParts * length)
    throw new BadWindow(`The time may have at most ${maxParts} parts; take a longer \`interval\`.`);
  const [first = since] = newestTicks(cron, timeZone, 1, since);
  const bounds = [first];
  // A clock that is changed makes parts that are longer or shorter.
  const expected = Math.ceil((before.getTime() - first.getTime()) / length) + 2;
  for (const tick of nextTicks(cron, timeZone, expected, first)) {
    if ((bounds.at(-1) as Date) >= before) break;
    bounds.push(tick);
  }
  // Long ago, clocks were not set by whole quarters of an hour.
  return bounds.map((bound) => new Date(Math.floor(bound.getTime() / quarterMs) * quarterMs));
}

/** Rollups that make up the time between bounds: whole days of UTC where no bound is within, else quarters of an hour. */
export function rollupsOf(bounds: readonly Date[]): RollupRange[] {
  const ranges: RollupRange[] = [];
  const add = (minutes: 15 | 1440, since: number, before: number): void => {
    if (since >= before) return;
    const last = ranges.at(-1);
    if (last?.minutes === minutes && last.before.getTime() === since) last.before = new Date(before);
    else ranges.push({ minutes, since: new Date(since), before: new Date(before) });
  };
  for (let i = 1; i < bounds.length; i += 1) {
    const [since, before] = [(bounds[i - 1] as Date).getTime(), (bounds[i] as Date).getTime()];
    const firstDay = Math.ceil(since / dayMs) * dayMs;
    const lastDay = Math.floor(before / dayMs) * dayMs;
    if (firstDay >= lastDay) {
      add(15, since, before);
    } else {
      add(15, since, firstDay);
      add(1440, firstDay, lastDay);
      add(15, lastDay, before);
    }
  }
  return ranges;
}
