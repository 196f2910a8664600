import { NotFound } from '../errors.ts';
import type { BulkVerb, Run, Statements } from '../store/index.ts';
import type { BulkSubject } from '../store/bulk-choice.ts';
import { transferredStateId } from './bulk-states.ts';
import { cancelRun } from './cancel-run.ts';
import { within } from './carry-out.ts';
import { clearState } from './clear-state.ts';
import { copyState, moveState, type CopyStateInput } from './copy-state.ts';
import { deleteRun } from './delete-run.ts';
import { encodeGlobalId } from './global-id.ts';
import { environmentOf, findEnvironment, findState } from './references.ts';
import { retryRun } from './retry-run.ts';
import { runJob } from './run-job.ts';
import { pauseSchedule, resumeSchedule } from './schedule.ts';
import type { Services } from './services.ts';
import type { RunOptions } from './submit-run.ts';

/** What a bulk verb is given for each object, beside the object: each takes those that concern it. */
interface BulkOptions extends RunOptions {
  fromFailedBlock?: boolean;
  force?: boolean;
  /** Id of the environment that states go to. */
  to?: string;
}

/** What was made of an object; null when the object itself was changed. */
type Result = { type: BulkSubject; id: string } | null;

type Verb = (services: Services, subject: string, options: BulkOptions) => Promise<Result>;

const madeRun = ({ id }: Run): Result => ({ type: 'Run', id });

/** The verbs for one object, by those for many. */
const verbs: Record<BulkVerb, Verb> = {
  RUN_JOBS: async (services, job, options) => madeRun(await runJob(services, { ...options, job })),
  CANCEL_RUNS: async (services, run) => {
    await cancelRun(services, { run });
    return null;
  },
  RETRY_RUNS: async (services, run, options) => madeRun(await retryRun(services, { ...options, run })),
  DELETE_RUNS: async (services, run) => {
    await deleteRun(services, { run }).catch((error: unknown) => {
      // It is gone, which is what was asked for.
      if (!(error instanceof NotFound)) throw error;
    });
    return null;
  },
  PAUSE_SCHEDULES: async (services, schedule) => {
    await pauseSchedule(services, { schedule });
    return null;
  },
  RESUME_SCHEDULES: async (services, schedule) => {
    await resumeSchedule(services, { schedule });
    return null;
  },
  COPY_STATES: (services, state, options) => transfer(services, state, options, copyState),
  MOVE_STATES: (services, state, options) => transfer(services, state, options, moveState),
  CLEAR_STATES: async (services, state, { force }) => {
    await clearState(services, { state, force });
    return null;
  },
};

async function transfer(
  services: Services,
  from: string,
  { to = '', force }: BulkOptions,
  verb: (services: Services, input: CopyStateInput) => Promise<string>,
): Promise<Result> {
  const { store } = services;
  const { stateId, environmentId } = await findState(store, from, ['input', 'from']);
  const own = await environmentOf(store, environmentId);
  const target = await findEnvironment(store, to, ['input', 'to', 'environment']);
  const place = { environment: to, stateId: transferredStateId(stateId, own.name, target.name) };
  return { type: 'State', id: await verb(services, { from, to: place, force }) };
}

/**
 * Does for one object what a bulk operation does for each, in a transaction that has begun: the change commits with
 * what is recorded of it.
 *
 * @returns what was made, and the runs to wake workers for once the transaction has committed
 * @throws what the verb for one object throws
 */
export async function carryOutItem(
  services: Services,
  tx: Statements,
  { verb, options }: { verb: BulkVerb; options: unknown },
  subject: { type: BulkSubject; id: string },
): Promise<{ result: Result; woken: string[] }> {
  const woken: string[] = [];
  const queue = { ...services.store.queue, wake: (runIds: readonly string[]) => void woken.push(...runIds) };
  const own = { ...services, store: Object.assign(within(services.store, tx), { queue }) };
  const result = await verbs[verb](own, encodeGlobalId(subject), options as BulkOptions);
  return { result, woken };
}
