import { Cron } from 'croner';
import { quoted } from './names.ts';
import { hasFiveFields, intervalAliases } from '../manifest/cron.ts';

/** What is wrong with an interval or a time zone, in a sentence; null when nothing is. */
export type Complaint = string | null;

/** Checks an interval: one of Meltano's aliases, or a cron expression of five fields. */
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
    // The library counts months and days from 0 in its messages.
    const reason = (error as Error).message
      .replace(/^CronPattern: /, '')
      .replace(/(Invalid value for \w+): .*/, '$1');
    return `${quoted(interval)} is not a cron expression: ${reason.replace(/\.$/, '')}.`;
  }
}

/**
 * Checks the name of an IANA time zone, letter case included: other programs that read the schedule may
 * not forgive what JavaScript does.
 */
export function checkTimeZone(timeZone: string): Complaint {
  const problem = `${quoted(timeZone)} is not an IANA time zone such as UTC or Europe/Berlin`;
  // Some versions of JavaScript also take an offset.
  if (!/^[A-Za-z]/.test(timeZone)) return `${problem}.`;
  try {
    const { timeZone: known } = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions();
    const misspelt = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase();
    return misspelt ? `${problem}; write "${known}".` : null;
  } catch {
    return `${problem}.`;
  }
}

/**
 * The next times at which a cron expression comes due, `count` at most. When the clocks change it is as with
 * Vixie's cron: a time of day that is skipped comes due right after the gap, one that is repeated comes due
 * once, and with `*` or a step in the minutes or hours it goes by elapsed time. None for an expression that
 * cannot be read, which a project's file may hold.
 */
export function nextTicks(cron: string | null, timeZone: string, count: number, after?: Date): Date[] {
  if (cron === null || count === 0 || checkInterval(cron) !== null) return [];
  const options = { timezone: timeZone, paused: true, fixedTimeRule: 'no-wildcard' } as const;
  return new Cron(cron, options).nextRuns(count, after);
}
