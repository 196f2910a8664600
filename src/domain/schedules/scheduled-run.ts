import { Refusal } from '../../errors.ts';
import type { Run, Schedule, ScheduleOverlap } from '../../store/index.ts';
import type { RunContext } from '../../store/runs/run-context.ts';
import type { Gateway } from '../gateway.ts';
import { keepVariables, type FileVariable } from '../runs/kept-variables.ts';
import { storeRun, type StoredVariables, type WhatToRun } from '../runs/submit-run.ts';

/** Something that a run relies on was changed before the run was stored. The whole transaction is to be done again. */
export class ContextChanged extends Error {
  override name = 'ContextChanged';
}

/** A run of a schedule, before it is stored. */
export interface ScheduledRun {
  schedule: Schedule;
  context: RunContext;
  what: WhatToRun;
}

/**
 * Reads all that a run of a schedule needs.
 *
 * @returns null when its job or its environment is deleted
 */
export async function runOfSchedule({ db }: Gateway, schedule: Schedule): Promise<ScheduledRun | null> {
  const { jobId, environmentId, extractor, loader } = schedule;
  const { context } = await db.submissions.findContext(
    jobId === null
      ? { type: 'Environment', reference: { id: environmentId } }
      : { type: 'Job', reference: { id: jobId } },
    { clientRequestId: null, withSettings: false },
  );
  if (context === null) return null;
  const names = jobId === null ? [extractor ?? '', loader ?? ''] : (context.job?.tasks.flat() ?? []);
  return { schedule, context, what: { kind: 'RUN', names, path: 'schedule' } };
}

/** What starts a run of a schedule. */
export interface RunCause {
  /** The time of its tick; null when it is for none. */
  scheduledFor: Date | null;
  /** ALLOW lets it run beside other runs of the schedule. */
  overlap: ScheduleOverlap;
  trigger: 'API' | 'SCHEDULE' | 'BACKFILL';
  /** The backfill that makes it. */
  backfillId?: string;
}

/**
 * Stores a run of a schedule, QUEUED, in the current transaction.
 *
 * @throws InvalidInput and Conflict when its job cannot run as it is; ContextChanged
 */
export async function startScheduledRun(
  gateway: Gateway,
  { schedule, context, what }: ScheduledRun,
  { scheduledFor, overlap, trigger, backfillId }: RunCause,
): Promise<Run> {
  const isPair = schedule.jobId === null;
  const run = await storeRun(gateway, context, {
    ...what,
    schedule: {
      scheduleId: schedule.id,
      scheduledFor,
      backfillId: backfillId ?? null,
      ownStateId: isPair ? schedule.name : null,
      transform: isPair ? schedule.transform : null,
      env: variablesOf(schedule),
      isAlone: overlap !== 'ALLOW',
    },
    trigger,
  });
  if (run === null) throw new ContextChanged('Something that the run relies on was changed.');
  return run;
}

// The secrets of an imported schedule are in its file only.
function variablesOf({ env }: Schedule): StoredVariables {
  return (env as unknown as StoredVariables).map((variable): StoredVariables[number] | FileVariable =>
    variable.value === null
      ? { name: variable.name, value: null, sensitive: true, fromFile: true }
      : variable,
  );
}

/** The run that is in the way of another run of the schedule; null when none is. */
export function runInTheWay(
  overlap: ScheduleOverlap,
  unfinished: readonly Pick<Run, 'id' | 'status'>[],
): Pick<Run, 'id' | 'status'> | null {
  if (overlap === 'SKIP') return unfinished[0] ?? null;
  // One may wait behind the one that runs.
  if (overlap === 'QUEUE') return unfinished.find(({ status }) => status === 'QUEUED') ?? null;
  return null;
}

/** Asks the unfinished runs of a schedule to end. Those that have not started end at once. */
export async function cancelAll(
  { db, vault }: Gateway,
  unfinished: readonly Pick<Run, 'id'>[],
): Promise<void> {
  for (const { id } of unfinished) if (await db.runs.requestCancel(id)) await keepVariables(db, vault, id);
}

/** Why a run of a schedule cannot start, as a sentence. @throws what is no refusal */
export function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  throw error;
}
