import { plainCron } from '../../manifest/cron.ts';
import { nextTicks } from './cron.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * The number of times at which a valid cron expression is due in a period, its bounds included. A year of minutes is
 * counted within milliseconds: days without a change of the clock by multiplication, which the library for cron
 * expressions cannot.
 */
export function countTicks(cron: string, timeZone: string, from: Date, to: Date): number {
  const pattern = read(cron);
  const offsetAt = offsets(timeZone);
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

interface Pattern {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  /** Whether its times go by elapsed time when the clock changes. */
  isWild: boolean;
  /** Whether a date is one of its days, by the local midnight as if it were UTC. */
  isOn: (midnight: number) => boolean;
}

const months = ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function read(cron: string): Pattern {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = plainCron(cron).split(' ');
  const days = valuesOf(day.toUpperCase() === 'L' ? '' : day, 1, 31);
  const isLast = day.toUpperCase() === 'L';
  const inMonths = valuesOf(
    month.replace(/[a-z]{3}/gi, (name) => String(months.indexOf(name.toUpperCase()))),
    1,
    12,
  );
  const weekdays = new Set([...valuesOf(weekday, 0, 7)].map((one) => one % 7));
  const isAny = (field: string): boolean => /^[*?]/.test(field);
  return {
    minutes: valuesOf(minute, 0, 59),
    hours: valuesOf(hour, 0, 23),
    isWild: [minute, hour].some((field) => /[*?/]/.test(field)),
    isOn: (midnight) => {
      const date = new Date(midnight);
      if (!inMonths.has(date.getUTCMonth() + 1)) return false;
      const onDay = isLast ? new Date(midnight + dayMs).getUTCDate() === 1 : days.has(date.getUTCDate());
      const onWeekday = weekdays.has(date.getUTCDay());
      return isAny(day) || isAny(weekday) ? onDay && onWeekday : onDay || onWeekday;
    },
  };
}

function valuesOf(field: string, min: number, max: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    if (range === '') continue;
    const [first = '', last = first] = range.split('-');
    const isAny = first === '*' || first === '?';
    const end = isAny ? max : Number(last);
    for (let value = isAny ? min : Number(first); value <= end; value += Number(step)) values.add(value);
  }
  return values;
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

/** How far the clock of a zone is ahead of UTC at a time, in milliseconds. */
function offsets(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    },
  });
  return (time) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = format
      .formatToParts(time)
      .filter(({ type }) => type !== 'literal')
      .map(({ value }) => Number(value));
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
  };
}
