import { Cron } from 'croner';
import { hasFiveFields, intervalAliases } from '../manifest/cron.ts';

/** What is wrong with an interval or a time zone, in a sentence; null when nothing is. */
export type Complaint = string | null;

/** Checks an interval: one of Meltano's aliases, or a cron expression of five fields. */
export function checkInterval(interval: string): Complaint {
  if (intervalAliases.includes(interval)) return null;
  if (interval.startsWith('@')) return `"${interval}" is none of the aliases ${intervalAliases.join(', ')}.`;
  if (!hasFiveFields(interval)) {
    return `"${interval}" has not five fields; a cron expression has: minute, hour, day of month, month, day of week.`;
  }
  try {
    new Cron(interval, { paused: true });
    return null;
  } catch (error) {
    return `"${interval}" is not a cron expression: ${(error as Error).message.replace(/^CronPattern: /, '')}`;
  }
}

/** Checks the name of an IANA time zone. */
export function checkTimeZone(timeZone: string): Complaint {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return null;
  } catch {
    return `"${timeZone}" is not an IANA time zone such as UTC or Europe/Berlin.`;
  }
}

/** The next times at which a cron expression comes due, `count` at most. */
export function nextTicks(cron: string | null, timeZone: string, count: number): Date[] {
  return cron === null || count === 0
    ? []
    : new Cron(cron, { timezone: timeZone, paused: true }).nextRuns(count);
}
