import { Cron } from 'croner';
import { quoted } from '../lib/quoted.ts';

/**
 * The meaning of each alias of an interval (meltano/core/schedule.py, `CRON_INTERVALS`). Upper and lower case
 * count.
 */
const aliases = new Map<string, string | null>([
  ['@once', null],
  ['@manual', null],
  ['@none', null],
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

/** The cron expression of an interval; null when the interval never fires by itself. It is not validated. */
export function cronOf(interval: string | null): string | null {
  if (interval === null || interval === '') return null;
  const known = aliases.get(interval);
  return known === undefined ? interval : known;
}

/** Whether an expression has the five fields that Meltano requires. */
function hasFiveFields(cron: string): boolean {
  return cron.trim().split(/\s+/).length === 5;
}

/** Every alias that Meltano accepts as an interval. */
const intervalAliases: readonly string[] = [...aliases.keys()];

/** What is wrong with an interval or a time zone, in one sentence; null when it is valid. */
export type Complaint = string | null;

/** Checks an interval: it must be one of Meltano's aliases, or a cron expression with five fields. */
export function checkInterval(interval: string): Complaint {
  if (intervalAliases.includes(interval)) return null;
  if (interval.startsWith('@'))
    return `${quoted(interval)} is none of the aliases ${intervalAliases.join(', ')}.`;
  if (!hasFiveFields(interval)) {
    return `${quoted(interval)} has not five fields; a cron expression has: minute, hour, day of month, month, day of week.`;
  }
  const strange = complaintAboutFields(interval);
  if (strange !== null) return strange;
  let cron: Cron;
  try {
    cron = new Cron(plainCron(interval), { paused: true });
  } catch (error) {
    // The library's messages count months and days from 0, which would confuse the caller.
    const reason = (error as Error).message
      .replace(/^CronPattern: /, '')
      .replace(/(Invalid value for \w+): .*/, '$1');
    return `${quoted(interval)} is not a cron expression: ${reason.replace(/\.$/, '')}.`;
  }
  return cron.nextRun() === null ? `${quoted(interval)} never comes due: there is no such date.` : null;
}

const fieldNames = ['minute', 'hour', 'day of month', 'month', 'day of week'] as const;

/**
 * Checks what the library takes and other readers of the project's files read in another way, or not at all. Of these
 * forms Meltano and cron agree on: lists, ranges, steps of `*` and of ranges, names of months and days, `?` for `*` in the
 * two fields of days, and `L` for the last day of a month.
 */
function complaintAboutFields(cron: string): Complaint {
  const fields = cron.trim().split(/\s+/);
  for (const [i, field] of fields.entries()) {
    const name = fieldNames[i] ?? '';
    const isDay = name === 'day of month';
    const refuse = (what: string): string =>
      `${quoted(cron)} has ${what} in the ${name} (${quoted(field)}), which not every reader of cron expressions knows; write it in another way.`;
    if (/[#+]/.test(field)) return refuse(field.includes('#') ? '`#`' : '`+`');
    if (isDay && /W/i.test(field)) return refuse('`W`');
    if (/L/i.test(field.replace(/jul/gi, '')) && !(isDay && field.toUpperCase() === 'L'))
      return refuse('`L`');
    if (field.includes('?') && (field !== '?' || !name.startsWith('day'))) return refuse('`?`');
  }
  const [, , day = '', , weekday = ''] = fields;
  const isSet = (field: string): boolean => !/^[*?]/.test(field);
  const isStep = (field: string): boolean => /^[*?]\//.test(field);
  if ((isStep(day) && isSet(weekday)) || (isStep(weekday) && (isSet(day) || isStep(day)))) {
    return `${quoted(cron)} has a step of all days together with other days; some readers of cron expressions want both to fit, and others one of them. Write the days out, such as 1,3,5.`;
  }
  return null;
}

/** The order of the names of weekdays in cron. */
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** An expression without ranges of weekdays that go over Saturday, such as `FRI-MON`, which only Meltano knows. */
export function plainCron(cron: string): string {
  const fields = cron.trim().split(/\s+/);
  const numbers = (fields[4] ?? '').replace(/[a-z]{3}/gi, (name) => {
    const number = weekdays.indexOf(name.toUpperCase());
    return number === -1 ? name : String(number);
  });
  const plain = numbers.split(',').map((part) => {
    const [, from = '', to = ''] = /^(\d)-(\d)$/.exec(part) ?? [];
    return Number(from) > Number(to) ? `${from}-6,0-${to}` : part;
  });
  return [...fields.slice(0, 4), plain.join(',')].join(' ');
}
