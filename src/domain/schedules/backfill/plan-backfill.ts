import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InputCheck, InvalidInput, LimitExceeded } from '../../../errors.ts';
import { checkInterval, cronOf } from '../../../manifest/cron.ts';
import type { RunStatus, Schedule, Statements } from '../../../store/index.ts';
import type { TickRun } from '../../../store/schedules/ticks.ts';
import { hasEnded } from '../../../store/runs/run-status.ts';
import { checkTimeZone, nextTicks } from '../../definitions/cron.ts';
import { findJob, findSchedule } from '../../naming/references.ts';
import { problemOf } from '../schedule-problem.ts';

/** Which ticks a backfill leaves out: those that have a run, those whose newest run has not failed, or none. */
export type BackfillExisting = 'SKIP' | 'RETRY_FAILED' | 'REPEAT';

/** What to make runs for. */
export interface BackfillRange {
  /** Id or path. */
  schedule?: string | null | undefined;
  /** Id or path. */
  job?: string | null | undefined;
  /** With a job: when it would have run. */
  interval?: string | null | undefined;
  timeZone?: string | null | undefined;
  /** The first time that counts. */
  dueSince: Date;
  /** The first time that does not count any more. */
  dueBefore: Date;
  existing?: BackfillExisting | null | undefined;
}

/** A tick of the range. */
export interface BackfillTick {
  dueAt: Date;
  /** Whether the backfill makes a run for it. */
  isCreated: boolean;
  /** The newest run for it, and its status; null when there is none. */
  runId: string | null;
  status: RunStatus | null;
}

/** What a backfill would do. */
export interface BackfillPlan {
  subject: { type: 'Schedule' | 'Job'; id: string };
  existing: BackfillExisting;
  /** In the order of their times. */
  ticks: BackfillTick[];
  /** Stays the same as long as the same runs would be made. */
  etag: string;
}

/** The most ticks of a backfill. */
export const maxTicks = 10_000;

/** The longest range, in days. */
export const maxRangeDays = 3660;

/** How many ticks are computed without letting others work. */
const atATime = 100;

/**
 * Finds out for which ticks of a range a backfill makes runs. Ticks that a schedule has still to decide itself are left
 * out.
 *
 * @throws NotFound, InvalidInput; LimitExceeded when the range has more ticks than `maxTicks`
 */
export async function planBackfill(db: Statements, range: BackfillRange): Promise<BackfillPlan> {
  checkRange(range);
  const existing = range.existing ?? 'SKIP';
  const { subject, times, until, since } = await timesOf(db, range);
  const due = await ticksBetween(times, since, until);
  const ticks = (await db.ticks.runsFor(subject, due)).map((tick) => ({
    dueAt: tick.dueAt,
    runId: tick.runId,
    status: tick.status,
    isCreated: isToMake(existing, tick),
  }));
  const made = ticks.filter(({ isCreated }) => isCreated).map(({ dueAt }) => dueAt.getTime());
  return { subject, existing, ticks, etag: etagOf([subject, made]) };
}

/** Whether a backfill makes a run for a tick. */
export function isToMake(
  existing: BackfillExisting,
  { hasRun, status }: Pick<TickRun, 'hasRun' | 'status'>,
): boolean {
  if (existing === 'REPEAT' || !hasRun) return true;
  return existing === 'RETRY_FAILED' && status !== null && hasEnded(status) && status !== 'SUCCEEDED';
}

function checkRange({ schedule, job, interval, timeZone, dueSince, dueBefore }: BackfillRange): void {
  const check = new InputCheck();
  if ((schedule == null) === (job == null)) {
    check.add('schedule', 'ONE_OF', 'Give exactly one of `schedule` and `job`.');
  }
  if (job != null && interval == null) {
    check.add('interval', 'MISSING', 'A job has no times of its own; give the `interval` of its runs.');
  }
  for (const [name, value] of Object.entries({ interval, timeZone })) {
    if (schedule == null || value == null) continue;
    check.add(name, 'NOT_APPLICABLE', `A schedule has its own times; give \`${name}\` with a \`job\` only.`);
  }
  const badInterval = interval == null ? null : checkInterval(interval);
  if (badInterval !== null) check.add('interval', 'BAD_INTERVAL', badInterval);
  else if (interval != null && cronOf(interval) === null) {
    check.add('interval', 'BAD_INTERVAL', 'This interval has no times; give a cron expression.');
  }
  const badTimeZone = timeZone == null ? null : checkTimeZone(timeZone);
  if (badTimeZone !== null) check.add('timeZone', 'BAD_TIME_ZONE', badTimeZone);
  if (dueSince >= dueBefore) {
    check.add(
      'dueBefore',
      'OUT_OF_RANGE',
      '`dueBefore` is the first time that does not count any more, so it comes after `dueSince`.',
    );
  } else if (dueBefore.getTime() - dueSince.getTime() > maxRangeDays * 24 * 3600 * 1000) {
    check.add('dueBefore', 'OUT_OF_RANGE', `A range is at most ${maxRangeDays} days long.`);
  }
  check.done();
}

type Times = Pick<Schedule, 'cron' | 'timeZone'>;

async function timesOf(
  db: Statements,
  { schedule, job, interval, timeZone, dueSince, dueBefore }: BackfillRange,
): Promise<{ subject: BackfillPlan['subject']; times: Times; since: Date; until: Date }> {
  const now = await db.ticks.now();
  const last = new Date(dueBefore.getTime() - 1);
  if (schedule == null) {
    const { id } = await findJob(db, job ?? '', ['input', 'job']);
    return {
      subject: { type: 'Job', id },
      times: { cron: cronOf(interval ?? ''), timeZone: timeZone ?? 'UTC' },
      since: dueSince,
      until: earliest(last, now),
    };
  }
  const found = await findSchedule(db, schedule, ['input', 'schedule']);
  refuseWithoutTimes(found);
  const { id, startsAt, endsAt, isEnabled, tickCursor } = found;
  return {
    subject: { type: 'Schedule', id },
    times: found,
    since: startsAt !== null && startsAt > dueSince ? startsAt : dueSince,
    // What comes after the cursor the schedule decides itself, as long as it is not paused.
    until: earliest(last, now, endsAt ?? now, isEnabled ? tickCursor : now),
  };
}

function refuseWithoutTimes(schedule: Schedule): void {
  const problem =
    schedule.cron === null
      ? 'It has no times of its own.'
      : problemOf({ ...schedule, endsAt: null })?.message;
  if (problem == null) return;
  const message = `The schedule is never due, so there is nothing to make runs for. ${problem}`;
  throw new InvalidInput([{ path: ['input', 'schedule'], code: 'BAD_INTERVAL', message }]);
}

function earliest(...times: Date[]): Date {
  return new Date(Math.min(...times.map((time) => time.getTime())));
}

async function ticksBetween({ cron, timeZone }: Times, since: Date, until: Date): Promise<Date[]> {
  const ticks: Date[] = [];
  for (let after = new Date(since.getTime() - 1); ;) {
    const more = nextTicks(cron, timeZone, atATime, after);
    const within = more.filter((tick) => tick <= until);
    ticks.push(...within);
    if (ticks.length > maxTicks) {
      throw new LimitExceeded(
        `The range has more than ${maxTicks} ticks, and one backfill is for at most ${maxTicks}; take a shorter range.`,
        maxTicks,
        ['input', 'dueBefore'],
      );
    }
    const last = within.at(-1);
    if (last === undefined || within.length < atATime) return ticks;
    after = last;
    await nextTurn();
  }
}

function etagOf(plan: unknown): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('base64url').slice(0, 27);
}
