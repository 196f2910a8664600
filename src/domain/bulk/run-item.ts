import { NotFound } from '../../errors.ts';
import type { BulkVerb, Run, Statements } from '../../store/index.ts';
import type { BulkSubject } from '../../store/bulk/bulk-choice.ts';
import { transferredStateId } from './choose-states.ts';
import { cancelRun } from '../runs/cancel-run.ts';
import { clearState } from '../states/clear-state.ts';
import { copyState } from '../states/copy-state.ts';
import { moveState } from '../states/move-state.ts';
import type { CopyStateInput } from '../states/transfer-state.ts';
import { deleteRun } from '../runs/delete-run.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import { environmentOf, findEnvironment, findState } from '../naming/references.ts';
import { retryRun } from '../runs/retry-run.ts';
import { runJob } from '../runs/run-job.ts';
import { pauseSchedule } from '../schedules/pause-schedule.ts';
import { backfillTick } from '../schedules/backfill/backfill-tick.ts';
import type { BackfillExisting } from '../schedules/backfill/plan-backfill.ts';
import { resumeSchedule } from '../schedules/resume-schedule.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import type { RunOptions } from '../runs/submit-run.ts';

/** The options of a bulk verb, which are the same for each object. A verb reads those that it knows. */
interface BulkOptions extends RunOptions {
  fromFailedBlock?: boolean;
  force?: boolean;
  /** Id of the environment to copy or move states to. */
  to?: string;
  /** Which ticks a backfill leaves out. */
  existing?: BackfillExisting;
}

/** What an object is in its operation. */
interface Item {
  operationId: string;
  subject: { type: BulkSubject; id: string };
  /** The time that a run is made for, in a backfill. */
  dueAt: Date | null;
}

/** The object that was created; null when the verb changed the given object instead. */
type Result = { type: BulkSubject; id: string } | null;

type Verb = (gateway: Gateway, subject: string, options: BulkOptions, item: Item) => Promise<Result>;

const madeRun = ({ id }: Run): Result => ({ type: 'Run', id });

/** For each bulk verb: the verb for one object. */
const verbs: Record<BulkVerb, Verb> = {
  RUN_JOBS: async (gateway, job, options) =>
    madeRun(await runJob(gateway, { ...options, job, trigger: 'BULK' })),
  CANCEL_RUNS: async (gateway, run) => {
    await cancelRun(gateway, { run });
    return null;
  },
  RETRY_RUNS: async (gateway, run, options) => madeRun(await retryRun(gateway, { ...options, run })),
  DELETE_RUNS: async (gateway, run) => {
    await deleteRun(gateway, { run }).catch((error: unknown) => {
      // The run does not exist any more, as the caller wanted.
      if (!(error instanceof NotFound)) throw error;
    });
    return null;
  },
  PAUSE_SCHEDULES: async (gateway, schedule) => {
    await pauseSchedule(gateway, { schedule });
    return null;
  },
  RESUME_SCHEDULES: async (gateway, schedule) => {
    await resumeSchedule(gateway, { schedule });
    return null;
  },
  COPY_STATES: (gateway, state, options) => transfer(gateway, state, options, copyState),
  MOVE_STATES: (gateway, state, options) => transfer(gateway, state, options, moveState),
  CLEAR_STATES: async (gateway, state, { force }) => {
    await clearState(gateway, { state, force });
    return null;
  },
  BACKFILL: async (gateway, _, { existing = 'SKIP' }, { operationId, subject, dueAt }) => {
    const { type, id } = subject;
    if (dueAt === null || (type !== 'Schedule' && type !== 'Job')) throw new Error('It is no tick.');
    const tick = { subject: { type, id }, existing, dueAt, backfillId: operationId };
    const runId = await backfillTick(gateway, tick);
    return runId === null ? null : { type: 'Run', id: runId };
  },
};

async function transfer(
  gateway: Gateway,
  state: string,
  { to = '', force }: BulkOptions,
  verb: (gateway: Gateway, input: CopyStateInput) => Promise<string>,
): Promise<Result> {
  const { db } = gateway;
  const { stateId, environmentId } = await findState(db, state, ['input', 'state']);
  const own = await environmentOf(db, environmentId);
  const target = await findEnvironment(db, to, ['input', 'to', 'environment']);
  const destination = { environment: to, stateId: transferredStateId(stateId, own.name, target.name) };
  return { type: 'State', id: await verb(gateway, { state, to: destination, force }) };
}

/**
 * Executes a bulk operation for one of its objects. It works in the caller's transaction, so that the change
 * and the record of it are committed together.
 *
 * @returns the object that was created, and the runs for which to wake workers after the commit
 * @throws what the verb for one object throws
 */
export async function runItem(
  gateway: Gateway,
  tx: Statements,
  { id, verb, options }: { id: string; verb: BulkVerb; options: unknown },
  subject: { type: BulkSubject; id: string },
  dueAt: Date | null,
): Promise<{ result: Result; woken: string[] }> {
  const woken: string[] = [];
  const own: Gateway = { ...inTransaction(gateway, tx), wake: (runIds) => void woken.push(...runIds) };
  const item = { operationId: id, subject, dueAt };
  const result = await verbs[verb](own, encodeGlobalId(subject), options as BulkOptions, item);
  return { result, woken };
}
