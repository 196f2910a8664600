import type { Schedule } from '../../store/index.ts';
import { checkInterval } from '../../manifest/cron.ts';
import { checkTimeZone } from '../definitions/cron.ts';

/** What keeps an enabled schedule from ever being due. */
export interface ScheduleProblem {
  code: 'BAD_INTERVAL' | 'BAD_TIME_ZONE' | 'ENDED' | 'NO_JOBS';
  message: string;
}

/** The problem of a schedule that follows jobs of which none is left. */
export const noJobs: ScheduleProblem = {
  code: 'NO_JOBS',
  message: 'All jobs that it follows are deleted. Let it follow others, give it an interval, or delete it.',
};

/** Finds out why a schedule that should have times has none; null when it has, or is never due by its interval. */
export function problemOf({
  cron,
  interval,
  timeZone,
  endsAt,
  tickCursor,
}: Pick<Schedule, 'cron' | 'interval' | 'timeZone' | 'endsAt' | 'tickCursor'>): ScheduleProblem | null {
  if (cron === null) return null;
  const badInterval = checkInterval(interval);
  if (badInterval !== null) return { code: 'BAD_INTERVAL', message: badInterval };
  const badTimeZone = checkTimeZone(timeZone);
  if (badTimeZone !== null) return { code: 'BAD_TIME_ZONE', message: badTimeZone };
  if (endsAt !== null && endsAt <= tickCursor) {
    return { code: 'ENDED', message: `It has no ticks after ${endsAt.toISOString()}.` };
  }
  return null;
}
