import type { Run, Schedule, TickReason } from '../../store/index.ts';
import type { NewTick } from '../../store/schedules/ticks.ts';
import type { Gateway } from '../gateway.ts';
import type { DueTick } from './decide-ticks.ts';
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

/** What became of one tick. */
export type TickResult = Pick<NewTick, 'outcome' | 'reason' | 'message' | 'runId' | 'blockingRunId'>;

/** What became of ticks that were decided. */
export function summaryOf(scheduleId: string, decided: readonly NewTick[]): Firing {
  const runIds = decided.flatMap(({ runId }) => runId ?? []);
  const missed = decided.reduce((sum, { runId, count }) => sum + (runId === null ? count : 0), 0);
  return { scheduleId, runIds, missed };
}

function skipped(reason: TickReason, message: string, blockingRunId: string | null = null): TickResult {
  return { outcome: 'SKIPPED', reason, message, runId: null, blockingRunId };
}

/** Prepares the runs of ticks. @returns what starts the run of a tick, in the order of the ticks */
export async function starter(
  gateway: Gateway,
  schedule: Schedule,
  ticks: readonly DueTick[],
): Promise<(tick: DueTick) => Promise<TickResult>> {
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

function ran(runId: string): TickResult {
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
