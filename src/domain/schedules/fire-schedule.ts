import type { Run, Schedule, TickReason } from '../../store/index.ts';
import type { NewTick } from '../../store/schedules/ticks.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import { decideTicks, type DueTick } from './decide-ticks.ts';
import {
  cancelAll,
  ContextChanged,
  messageOf,
  runInTheWay,
  runOfSchedule,
  startScheduledRun,
  type ScheduledRun,
} from './scheduled-run.ts';

/** What became of the ticks of a schedule. */
export interface Firing {
  scheduleId: string;
  /** The runs that were started. */
  runIds: string[];
  /** Number of ticks that started no run. */
  missed: number;
}

/** The ticks of a schedule could not be decided. Nothing of them is stored. */
export class FiringFailed extends Error {
  override name = 'FiringFailed';

  readonly scheduleId: string;

  constructor(scheduleId: string, options: ErrorOptions) {
    super('The ticks of a schedule could not be decided.', options);
    this.scheduleId = scheduleId;
  }
}

const missedBecause: Record<Exclude<TickReason, 'OVERLAP' | 'INVALID'>, string> = {
  NO_CATCH_UP: 'It was missed, and by the catch-up policy of the schedule it does not run later.',
  OUTSIDE_WINDOW: 'It was missed longer ago than the catch-up window.',
  OVER_LIMIT: 'More ticks were missed than the catch-up limit, and newer ones run.',
};

/**
 * Decides the ticks of one schedule that is due: the ticks, their runs and the next time are stored in one transaction.
 * When several gateways do this at the same time, each gets another schedule.
 *
 * @param except schedules that are left out, because they have just failed
 * @returns null when no schedule is due that nobody else is deciding
 * @throws FiringFailed
 */
export async function fireNextSchedule(gateway: Gateway, except: readonly string[]): Promise<Firing | null> {
  const firing = await gateway.transaction(async (tx) => {
    const due = await tx.ticks.lockDue(except);
    if (due === null) return null;
    const { now, ...schedule } = due;
    try {
      return await fireSchedule(inTransaction(gateway, tx), schedule, now);
    } catch (cause) {
      throw new FiringFailed(schedule.id, { cause });
    }
  });
  if (firing && firing.runIds.length > 0) gateway.wake(firing.runIds);
  return firing;
}

/** `fireNextSchedule` for a schedule whose row is locked. The caller wakes workers for the runs. */
export async function fireSchedule(gateway: Gateway, schedule: Schedule, now: Date): Promise<Firing> {
  const { db } = gateway;
  const { ticks, cursor, nextTickAt } = decideTicks(schedule, now);
  const toStart = ticks.filter(({ missed }) => missed === null);
  const start = toStart.length > 0 ? await starter(gateway, schedule, toStart) : null;
  const decided: NewTick[] = [];
  for (const tick of ticks) {
    const result = tick.missed === null && start ? await start(tick) : missedTick(tick);
    const { dueAt, lastDueAt, count, plannedAt } = tick;
    decided.push({ scheduleId: schedule.id, dueAt, lastDueAt, count, plannedAt, decidedAt: now, ...result });
  }
  await db.ticks.decide(schedule.id, decided, { cursor, nextTickAt });
  const runIds = decided.flatMap(({ runId }) => runId ?? []);
  const missed = decided.reduce((sum, { runId, count }) => sum + (runId === null ? count : 0), 0);
  return { scheduleId: schedule.id, runIds, missed };
}

type Result = Pick<NewTick, 'outcome' | 'reason' | 'message' | 'runId' | 'blockingRunId'>;

function missedTick({ missed }: DueTick): Result {
  const reason = missed as keyof typeof missedBecause;
  return { outcome: 'MISSED', reason, message: missedBecause[reason], runId: null, blockingRunId: null };
}

function skipped(reason: TickReason, message: string, blockingRunId: string | null = null): Result {
  return { outcome: 'SKIPPED', reason, message, runId: null, blockingRunId };
}

/** Prepares the runs of ticks. @returns what starts the run of a tick, in the order of the ticks */
async function starter(
  gateway: Gateway,
  schedule: Schedule,
  ticks: readonly DueTick[],
): Promise<(tick: DueTick) => Promise<Result>> {
  const { db } = gateway;
  const { overlap, catchUp } = schedule;
  // Nobody deletes or changes them from now on, and nobody who does so waits for us while we wait for him.
  if (!(await db.ticks.lockParents(schedule))) {
    throw new ContextChanged('What the schedule belongs to is being changed.');
  }
  const run = await runOfSchedule(gateway, schedule);
  const unfinished: Pick<Run, 'id' | 'status'>[] =
    overlap === 'ALLOW' ? [] : await db.schedules.unfinishedRuns(schedule.id);
  const backfilled = await backfilledRuns(gateway, schedule, ticks);
  return async ({ dueAt }) => {
    const made = backfilled.get(dueAt.getTime());
    if (made !== undefined) return ran(made);
    if (run === null) return skipped('INVALID', 'Its job or its environment is deleted.');
    const blocking = runInTheWay(overlap, unfinished);
    if (blocking) return skipped('OVERLAP', 'An earlier run of the schedule had not ended.', blocking.id);
    const started = await startOrSay(gateway, run, dueAt);
    if (typeof started === 'string') return skipped('INVALID', started);
    if (overlap === 'CANCEL_RUNNING') await cancelAll(gateway, unfinished.splice(0));
    // With catch-up ALL, ticks that are decided together all run, one after the other.
    if (catchUp !== 'ALL' && overlap !== 'ALLOW') unfinished.push(started);
    return ran(started.id);
  };
}

function ran(runId: string): Result {
  return { outcome: 'RUN', reason: null, message: null, runId, blockingRunId: null };
}

/**
 * The runs that a backfill has made for ticks of a pause which are decided now, by the times of the ticks. No backfill
 * makes runs for undecided ticks of a schedule that is not paused.
 */
async function backfilledRuns(
  { db }: Gateway,
  { id, resumedAt }: Schedule,
  ticks: readonly DueTick[],
): Promise<Map<number, string>> {
  // Only a resumed schedule decides ticks of a pause.
  if (resumedAt === null) return new Map();
  const subject = { type: 'Schedule', id } as const;
  const present = await db.ticks.runsFor(
    subject,
    ticks.map(({ dueAt }) => dueAt),
  );
  return new Map(
    present.flatMap(({ dueAt, runId }) => (runId === null ? [] : [[dueAt.getTime(), runId] as const])),
  );
}

async function startOrSay(gateway: Gateway, run: ScheduledRun, dueAt: Date): Promise<Run | string> {
  try {
    const { overlap } = run.schedule;
    return await startScheduledRun(gateway, run, { scheduledFor: dueAt, overlap, trigger: 'SCHEDULE' });
  } catch (error) {
    return messageOf(error);
  }
}
