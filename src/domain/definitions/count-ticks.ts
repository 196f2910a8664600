import { nextTicks, patternOf } from './cron.ts';
import { dayMs, minuteMs, type Pattern } from './cron-pattern.ts';

/**
 * The number of times at which a valid cron expression is due in a period, its bounds included. A year of minutes is
 * counted within milliseconds: days without a change of the clock by multiplication, which the library for cron
 * expressions cannot.
 */
export function countTicks(cron: string, timeZone: string, from: Date, to: Date): number {
  const read = patternOf(cron, timeZone);
  if (read === null) return 0;
  const { pattern, offsetAt } = read;
  let count = 0;
  let at = from.getTime();
  const end = to.getTime();
  while (at <= end) {
    const offset = offsetAt(at);
    const local = at + offset;
    const midnight = Math.floor(local / dayMs) * dayMs;
    // As far as the day goes by the clock as it is now.
    const next = midnight + dayMs - offset;
    const isRegular = offsetAt(next - 1) === offset && offsetAt(midnight - offset) === offset;
    const last = Math.min(end, next - 1);
    if (isRegular) count += onRegularDay(pattern, midnight, local, last + offset);
    else count += onDayOfChange(cron, pattern, timeZone, offsetAt, at, last);
    at = next;
  }
  return count;
}

/** @param from and `to` are local times as if they were UTC, on the day of `midnight` */
function onRegularDay(pattern: Pattern, midnight: number, from: number, to: number): number {
  if (!pattern.isOn(midnight)) return 0;
  const { hours, minutes } = pattern;
  if (from === midnight && to >= midnight + dayMs - 1) return hours.size * minutes.size;
  let count = 0;
  for (const hour of hours) {
    for (const minute of minutes) {
      const time = midnight + (hour * 60 + minute) * minuteMs;
      if (time >= from && time <= to) count += 1;
    }
  }
  return count;
}

function onDayOfChange(
  cron: string,
  pattern: Pattern,
  timeZone: string,
  offsetAt: (time: number) => number,
  from: number,
  to: number,
): number {
  if (!pattern.isWild) {
    const most = pattern.hours.size * pattern.minutes.size + 1;
    return nextTicks(cron, timeZone, most, new Date(from - 1)).filter((tick) => tick.getTime() <= to).length;
  }
  let count = 0;
  let offset = 0;
  // Clocks change at full quarters of an hour.
  for (let time = Math.ceil(from / minuteMs) * minuteMs, first = true; time <= to; time += minuteMs) {
    if (first || time % (15 * minuteMs) === 0) offset = offsetAt(time);
    first = false;
    const local = time + offset;
    const midnight = Math.floor(local / dayMs) * dayMs;
    const minute = Math.floor((local - midnight) / minuteMs);
    const isDue = pattern.hours.has(Math.floor(minute / 60)) && pattern.minutes.has(minute % 60);
    if (isDue && pattern.isOn(midnight)) count += 1;
  }
  return count;
}
