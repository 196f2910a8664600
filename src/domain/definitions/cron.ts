import { Cron } from 'croner';
import { quoted } from '../../lib/quoted.ts';
import { checkInterval, type Complaint } from '../../manifest/cron.ts';

/**
 * Checks the name of an IANA time zone, including upper and lower case: other programs that read the schedule
 * may be stricter than JavaScript.
 */
export function checkTimeZone(timeZone: string): Complaint {
  const problem = `${quoted(timeZone)} is not an IANA time zone such as UTC or Europe/Berlin`;
  // Some versions of JavaScript also accept an offset such as `+02:00`.
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
 * The next times at which a cron expression is due, at most `count`. Changes of the clock work as in Vixie's
 * cron: a time of day that is skipped is due right after the gap, and a time that is repeated is due once.
 * With `*` or a step in the minutes or hours, elapsed time counts. An expression that is not valid, which can
 * come from a project's file, gives no times.
 */
export function nextTicks(cron: string | null, timeZone: string, count: number, after?: Date): Date[] {
  if (cron === null || count === 0 || checkInterval(cron) !== null) return [];
  const options = { timezone: timeZone, paused: true, fixedTimeRule: 'no-wildcard' } as const;
  return new Cron(cron, options).nextRuns(count, after);
}
