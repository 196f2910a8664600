import { InputCheck } from '../../../errors.ts';
import type { AfterRule, Schedule, Statements } from '../../../store/index.ts';
import { findJob } from '../../naming/references.ts';

/** What a schedule follows in place of times. */
export interface AfterInput {
  /** Ids or paths. */
  jobs: readonly string[];
  /** ANY when absent. */
  rule?: AfterRule | null | undefined;
}

/** The most jobs that a schedule follows. */
export const mostJobs = 20;

/**
 * The interval of a schedule that follows jobs. Meltano has no such schedules: for it this is one that starts by itself
 * at no time.
 */
const intervalOfFollower = '@manual';

/** Notes what is wrong with the choice between times and jobs. */
export function checkTrigger(
  check: InputCheck,
  { interval, after }: { interval?: string | null | undefined; after?: AfterInput | null | undefined },
  isNew: boolean,
): void {
  const given = [interval, after].filter((one) => one != null).length;
  if (given > 1 || (isNew && given === 0)) {
    const message = 'A schedule has an `interval` or comes `after` jobs; give exactly one of them.';
    check.add('interval', 'ONE_OF', message);
  }
  if (after?.jobs.length === 0) check.add('after.jobs', 'MISSING', 'Name at least one job to follow.');
}

/** The columns of a schedule that follows jobs. @throws NotFound */
export async function followingColumns(
  tx: Statements,
  { jobs, rule }: AfterInput,
): Promise<Pick<Schedule, 'interval' | 'cron' | 'afterRule' | 'afterJobIds'>> {
  const ids = new Set<string>();
  for (const [i, job] of jobs.entries()) {
    ids.add((await findJob(tx, job, ['input', 'after', 'jobs', String(i)])).id);
  }
  return { interval: intervalOfFollower, cron: null, afterRule: rule ?? 'ANY', afterJobIds: [...ids] };
}
