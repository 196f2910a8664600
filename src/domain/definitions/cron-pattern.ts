import { plainCron } from '../../manifest/cron.ts';

export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

/** What a valid cron expression says. */
export interface Pattern {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  /** Whether its times go by elapsed time when the clock changes. */
  isWild: boolean;
  /** Whether a date is one of its days, by the local midnight as if it were UTC. */
  isOn: (midnight: number) => boolean;
}

const months = ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

export function readPattern(cron: string): Pattern {
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

/** How far the clock of a zone is ahead of UTC at a time, in milliseconds. */
export function offsets(timeZone: string): (time: number) => number {
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
