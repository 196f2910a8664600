import { hostname } from 'node:os';
import { removeRunDirectory } from '../runner/run-directory.ts';
import { harvestStates } from '../runner/run-meltano.ts';
import { killStrayRun } from '../runner/stray-run.ts';
import type { Run } from '../store/index.ts';
import { RunTaken } from '../store/run-taken.ts';
import { directoryOf, finishIn } from './execute-run.ts';
import { leaseMs, type Execution } from './execution.ts';

/**
 * Ends the runs whose worker died: kills what is left of them on this machine, stores the state that
 * their targets had acknowledged, and records them as LOST. Then wakes runs for which no message may
 * come any more.
 *
 * @param alone whether no other worker can be alive, so that every active run is a dead worker's
 */
export async function recover(execution: Execution, alone: boolean): Promise<void> {
  const { store, log } = execution.services;
  for (const run of await store.silentRuns(alone ? null : new Date(Date.now() - leaseMs))) {
    try {
      await loseRun(execution, run);
      log.warn({ runId: run.id, workerId: run.workerId }, 'run lost: its worker gave no sign of life');
    } catch (error) {
      // Another worker was faster.
      if (!(error instanceof RunTaken)) throw error;
    }
  }
  for (const runId of await store.strandedRuns()) await store.wake(runId);
}

async function loseRun(execution: Execution, run: Run): Promise<void> {
  const { store } = execution.services;
  const { environmentId } = run;
  const here = run.workerId?.startsWith(`${hostname()}/`) ?? false;
  if (here && run.processId !== null) await killStrayRun({ pid: run.processId, runId: run.id });
  const directory = directoryOf(execution, run.id);
  const { states } = here ? await harvestStates(directory) : { states: new Map<string, { text: string }>() };
  await store.transaction(async (tx) => {
    if (environmentId !== null) {
      for (const [stateId, { text }] of states) {
        if (await tx.differs(environmentId, { stateId, text })) {
          await tx.writeState(environmentId, { stateId, text }, { change: 'RUN', runId: run.id });
        }
      }
    }
    await finishIn(tx, run.id, run.workerId, {
      status: 'LOST',
      endReason: 'WORKER_LOST',
      exitCode: null,
      signal: null,
      errorMessage:
        'The worker that executed the run gave no sign of life. Lines and state that it had stored are kept.',
    });
  });
  if (here) await removeRunDirectory(directory);
}
