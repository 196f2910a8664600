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
  try {
    new Cron(interval, { paused: true });
    return null;
  } catch (error) {
    // The library's messages count months and days from 0, which would confuse the caller.
    const reason = (error as Error).message
      .replace(/^CronPattern: /, '')
      .replace(/(Invalid value for \w+): .*/, '$1');
    return `${quoted(interval)} is not a cron expression: ${reason.replace(/\.$/, '')}.`;
  }
}
