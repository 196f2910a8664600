import { Conflict } from '../../../errors.ts';
import type { Run } from '../../../store/index.ts';
import { encodeGlobalId } from '../../naming/global-id.ts';
import { findAndLockJob } from '../../naming/references.ts';
import { storeRun } from '../../runs/submit-run.ts';
import { inTransaction, type Gateway } from '../../gateway.ts';
import { findAndLockScheduleToRun } from '../change-schedule.ts';
import { ContextChanged, runOfSchedule, startScheduledRun } from '../scheduled-run.ts';
import { isToMake, type BackfillExisting, type BackfillPlan } from './plan-backfill.ts';

/** One tick of a backfill. */
export interface TickToBackfill {
  subject: BackfillPlan['subject'];
  dueAt: Date;
  existing: BackfillExisting;
  backfillId: string;
}

/**
 * Makes the run of a backfill for one tick, unless there is one by now that the backfill leaves as it is. The schedule or
 * the job is locked meanwhile, so that no other backfill and no gateway makes a run for the same tick.
 *
 * @returns the id of the run for the tick; null when that was deleted
 * @throws NotFound, InvalidInput, Conflict, Unavailable; ContextChanged
 */
export async function backfillTick(gateway: Gateway, tick: TickToBackfill): Promise<string | null> {
  gateway.checkRoom();
  return gateway.transaction(async (tx) => {
    const own = inTransaction(gateway, tx);
    const { subject, dueAt, existing } = tick;
    const make = subject.type === 'Job' ? await runOfJob(own, tick) : await runOf(own, tick);
    const [present] = await tx.ticks.runsFor(subject, [dueAt]);
    if (present && !isToMake(existing, present)) return present.runId;
    const run = await make();
    gateway.wake([run.id]);
    return run.id;
  });
}

/** Locks the schedule. @returns what makes the run */
async function runOf(
  gateway: Gateway,
  { subject, dueAt, backfillId }: TickToBackfill,
): Promise<() => Promise<Run>> {
  const at = ['input', 'schedule'];
  const schedule = await findAndLockScheduleToRun(gateway.db, encodeGlobalId(subject), at);
  return async () => {
    const run = await runOfSchedule(gateway, schedule);
    if (run === null) throw new Conflict('The job or the environment of the schedule is deleted.', at);
    const cause = { scheduledFor: dueAt, overlap: 'ALLOW', trigger: 'BACKFILL', backfillId } as const;
    return startScheduledRun(gateway, run, cause);
  };
}

/** Locks the job. @returns what makes the run */
async function runOfJob(
  gateway: Gateway,
  { subject, dueAt, backfillId }: TickToBackfill,
): Promise<() => Promise<Run>> {
  const { db } = gateway;
  const { id } = await findAndLockJob(db, encodeGlobalId(subject), ['input', 'job'], 'EXCLUSIVE');
  return async () => {
    const read = { clientRequestId: null, withSettings: false };
    const { context } = await db.submissions.findContext({ type: 'Job', reference: { id } }, read);
    const run =
      context &&
      (await storeRun(gateway, context, {
        kind: 'RUN',
        names: context.job?.tasks.flat() ?? [],
        path: 'job',
        trigger: 'BACKFILL',
        schedule: {
          ...{ scheduleId: null, scheduledFor: dueAt, backfillId },
          ...{ ownStateId: null, transform: null, env: [], isAlone: false },
        },
      }));
    if (run === null) throw new ContextChanged('Something that the run relies on was changed.');
    return run;
  };
}
