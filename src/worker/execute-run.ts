import { settleService } from '../domain/service-restart.ts';
import { removeRunDirectory } from '../runner/run-directory.ts';
import { stateLockKey } from '../store/lock-keys.ts';
import type { Run, Store, Statements } from '../store/index.ts';
import type { RunEnd, RunToExecute } from '../store/run.ts';
import type { StateText } from '../store/state.ts';
import type { Execution } from './execution.ts';
import { endOf } from './run-end.ts';
import { persist } from './persist.ts';
import { recorderOf } from './recorder.ts';
import { directoryOf, startProcess } from './start-process.ts';
import { supervise, type Process, type Stoppable } from './supervise.ts';

/**
 * Claims a run, if it is queued and nothing else holds what it needs.
 *
 * @returns null when it is not to be executed now
 * @throws Error when the store could not say whether it is; it still may be
 */
export async function claimRun(execution: Execution, runId: string): Promise<RunToExecute | null> {
  const { services, workerId } = execution;
  const { store, log } = services;
  const run = await store.claimFreeRun(runId, workerId);
  if (run) return run;
  if (!(await claimOrWait(store, runId, workerId))) return null;
  try {
    return await persist(() => store.runToExecute(runId));
  } catch (error) {
    // It gives no sign of life, so the recovery of lost runs will end it.
    log.error({ err: error, runId }, 'a run was claimed and could not be read');
    return null;
  }
}

// Says in the run's row for whom it waits. `takeLocks` keeps that one from ending unnoticed meanwhile.
async function claimOrWait(store: Store, runId: string, workerId: string): Promise<boolean> {
  return store.transaction(async (tx) => {
    const run = await tx.claimRun(runId, workerId);
    if (!run) return false;
    const holder = await tx.takeLocks(run.projectId, run.lockKeys, run.id);
    if (holder) await tx.returnRun(runId, holder.runId, holder.key);
    return holder === null;
  });
}

/**
 * Executes a run that this worker has claimed to its end: hydrates its state, runs Meltano, stores lines,
 * counts and state as they come, and records how it ended.
 *
 * @param register told of the run while it is being executed; gives a function to call at its end
 */
export async function executeRun(
  execution: Execution,
  run: RunToExecute,
  register: (run: Stoppable) => () => void,
): Promise<void> {
  try {
    await execute(execution, run, register);
  } catch (error) {
    // Its signs of life have ended, so the recovery of lost runs will end it.
    execution.services.log.error({ err: error, runId: run.id }, 'a run could not be executed to its end');
  }
}

async function execute(
  execution: Execution,
  run: RunToExecute,
  register: (run: Stoppable) => () => void,
): Promise<void> {
  const { store, log } = execution.services;
  const { workerId } = execution;
  log.info({ runId: run.id, command: run.command }, 'run started');
  const supervision = supervise(execution, run);
  const unregister = register(supervision);
  const recorder = recorderOf(execution, run);
  try {
    const process = await startProcess(execution, run, {
      onLines: (lines) => supervision.guard(() => recorder.record(lines)),
      onState: (state) => supervision.guard(() => persist(() => storeState(store, run, workerId, state))),
    });
    supervision.attach(process);
    const outcome = await process.outcome;
    supervision.close();
    const reason = supervision.reason();
    // What the run left on disk is needed when it is declared LOST, and removed after that.
    if (reason === 'TAKEN') return;
    const end = endOf(run.kind, outcome, reason, recorder.complaint());
    await persist(() => finish(store, run, workerId, end, process.keep));
    log.info({ runId: run.id, status: end.status, exitCode: end.exitCode }, 'run ended');
    await removeRunDirectory(directoryOf(execution, run.id));
  } finally {
    supervision.close();
    unregister();
  }
}

/** What is known of a run whose end is recorded. */
type EndingRun = Pick<Run, 'id' | 'serviceId'>;

/**
 * Records the end of a run with what came of it, lets go of what it held, and wakes the runs that waited for it. Of a
 * service it is decided in the same transaction what becomes of it.
 *
 * @throws RunTaken when the run is no longer this worker's
 */
export async function finish(
  store: Store,
  run: EndingRun,
  workerId: string | null,
  end: RunEnd,
  keep?: Process['keep'],
): Promise<void> {
  const waiting = await store.transaction(async (tx) => {
    await keep?.(tx);
    return finishIn(tx, run, workerId, end);
  });
  store.queue.wake(waiting);
}

/** `finish` within a transaction. @returns the runs to wake when it is through */
export async function finishIn(
  tx: Statements,
  { id: runId, serviceId }: EndingRun,
  workerId: string | null,
  end: RunEnd,
): Promise<string[]> {
  // Before its run, as mutations hold it.
  if (serviceId !== null) await tx.holdService(serviceId);
  const ended = await tx.endRun(runId, workerId, end);
  if (serviceId !== null) await settleService(tx, ended);
  // Before those who wait are looked for: who has just seen our lock is let through by this, and then
  // is among them (see `takeLocks`).
  await tx.releaseLocksOf(runId);
  return tx.endWaitFor(runId);
}

async function storeState(
  store: Store,
  run: RunToExecute,
  workerId: string,
  state: StateText,
): Promise<void> {
  const { environmentId } = run;
  if (environmentId === null) return;
  await store.transaction(async (tx) => {
    await tx.beat(run.id, workerId);
    // A suffix with variables makes an id that was not known when the run was asked for.
    const key = stateLockKey(environmentId, state.stateId);
    if (!run.lockKeys.includes(key)) await tx.takeLocks(run.projectId, [key], run.id);
    await tx.writeState(environmentId, state, { change: 'RUN', runId: run.id });
  });
}
