import { Cron } from 'croner';
import { quoted } from '../../lib/quoted.ts';
import { checkInterval, plainCron, type Complaint } from '../../manifest/cron.ts';

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
  return count === 0 ? [] : (readCron(cron, timeZone)?.nextRuns(count, after) ?? []);
}

/**
 * Reads an expression. It is slow to check one, and a process comes upon the same ones again and again.
 *
 * @returns null when it has no times
 */
function readCron(cron: string | null, timeZone: string): Cron | null {
  if (cron === null) return null;
  const key = `${timeZone} ${cron}`;
  const known = read.get(key);
  if (known !== undefined) return known;
  if (read.size >= mostRead) read.clear();
  const isGood = checkInterval(cron) === null && checkTimeZone(timeZone) === null;
  const options = { timezone: timeZone, paused: true, fixedTimeRule: 'no-wildcard' } as const;
  const made = isGood ? new Cron(plainCron(cron), options) : null;
  read.set(key, made);
  return made;
}

const read = new Map<string, Cron | null>();
const mostRead = 1000;

/** The newest times at which a cron expression was due, up to a time, the oldest first; at most `count`. */
export function newestTicks(cron: string, timeZone: string, count: number, until: Date): Date[] {
  const start = readCron(cron, timeZone)
    ?.previousRuns(count, new Date(until.getTime() + 1))
    .at(-1);
  if (!start) return [];
  // Read forward, so that the times are those that would have come.
  const ticks = nextTicks(cron, timeZone, count + 1, new Date(start.getTime() - 1));
  return ticks.filter((tick) => tick <= until).slice(-count);
}
