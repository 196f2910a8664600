import { Busy, Conflict } from '../../errors.ts';
import type { Run, Schedule, ScheduleOverlap, Statements } from '../../store/index.ts';
import { applyRules, type Rules } from '../rules/apply-rules.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import { findAndLockScheduleToRun, type ScheduleInput } from './change-schedule.ts';
import { cancelAll, ContextChanged, runInTheWay, runOfSchedule, startScheduledRun } from './scheduled-run.ts';

export interface TriggerScheduleInput extends ScheduleInput, Rules {
  /** What to do while an earlier run has not ended; the schedule's own policy when absent. */
  overlap?: ScheduleOverlap | null | undefined;
}

const at = ['input', 'schedule'];

/** How often a run is prepared again when something has changed before it was stored. */
const attempts = 5;

/**
 * Starts a run of a schedule now, with all that its ticks give to a run, also while it is paused. It is no tick, and
 * changes none.
 *
 * @returns the id of the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict; Busy with the run that is in the way by the overlap policy
 */
export async function triggerSchedule(gateway: Gateway, input: TriggerScheduleInput): Promise<string> {
  const woken: string[] = [];
  const own: Gateway = { ...gateway, wake: (runIds) => void woken.push(...runIds) };
  const id = await applyRules(own, { name: 'triggerSchedule', verb: trigger }, input);
  gateway.wake(woken);
  return id;
}

async function trigger(gateway: Gateway, input: TriggerScheduleInput): Promise<string> {
  gateway.checkNotStopping();
  gateway.checkRoom();
  return gateway.transaction(async (tx) => {
    const schedule = await findAndLockScheduleToRun(tx, input.schedule, at);
    const run = await startNow(inTransaction(gateway, tx), schedule, input.overlap ?? schedule.overlap);
    gateway.wake([run.id]);
    return run.id;
  });
}

async function startNow(gateway: Gateway, schedule: Schedule, overlap: ScheduleOverlap): Promise<Run> {
  const unfinished = overlap === 'ALLOW' ? [] : await gateway.db.schedules.unfinishedRuns(schedule.id);
  refuseOverlap(overlap, unfinished);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const run = await runOfSchedule(gateway, schedule);
    if (run === null) throw new Conflict('The job or the environment of the schedule is deleted.', at);
    try {
      const started = await startScheduledRun(gateway, run, { scheduledFor: null, overlap, trigger: 'API' });
      if (overlap === 'CANCEL_RUNNING') await cancelAll(gateway, unfinished);
      return started;
    } catch (error) {
      if (!(error instanceof ContextChanged)) throw error;
    }
  }
  throw new Conflict(
    'The job of the schedule is being changed by others again and again; try it once more.',
    at,
  );
}

function refuseOverlap(
  overlap: ScheduleOverlap,
  unfinished: Awaited<ReturnType<Statements['schedules']['unfinishedRuns']>>,
): void {
  const run = runInTheWay(overlap, unfinished);
  if (run === null) return;
  throw new Busy(
    overlap === 'QUEUE'
      ? 'A run of the schedule waits already; give another `overlap`, or wait until it has started.'
      : 'A run of the schedule has not ended; give another `overlap`, or wait until it has.',
    run.id,
    at,
  );
}
