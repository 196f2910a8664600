import { removeRunDirectory } from '../../runner/run-directory.ts';
import { harvestStates } from '../../runner/run-meltano.ts';
import { killStrayRun } from '../../runner/process/stray-run.ts';
import { stateLeaseKey } from '../../store/leases/lease-keys.ts';
import type { EndedRun } from '../../store/runs/runs.ts';
import type { StateText } from '../../store/states/states.ts';
import { lostGraceMs, type Execution } from '../execution.ts';
import { directoryOf } from '../start-process.ts';

/**
 * Ends what runs have left on this machine that have ended: kills their processes, stores the states that their
 * loaders had confirmed, and removes their directories, which contain the configuration of plugins as plain text.
 * Something is left when a worker died and another machine declared its runs LOST.
 *
 * @param runIds runs that may have left something. Unknown ones are left alone: a gateway with another database may
 *   execute them
 */
export async function removeLeftovers(execution: Execution, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return;
  const runs = await execution.store.runs.endedAmong(runIds);
  await Promise.all(
    runs.map((run) =>
      removeOne(execution, run).catch((error: unknown) =>
        execution.gateway.log.error(
          { err: error, runId: run.id },
          'what a run has left could not be removed',
        ),
      ),
    ),
  );
}

async function removeOne(execution: Execution, run: EndedRun): Promise<void> {
  const { log } = execution.gateway;
  const killed = await killStrayRun({ runId: run.id, store: execution.store.identity, graceMs: lostGraceMs });
  if (killed !== 'NOT_FOUND')
    log.warn({ runId: run.id }, 'processes of a run that had ended were still alive');
  const directory = directoryOf(execution, run.id);
  if (run.status === 'LOST') {
    const { states } = await harvestStates(directory);
    for (const [stateId, { text }] of states) await storeLate(execution, run, { stateId, text });
  }
  await removeRunDirectory(directory);
}

/** Stores a state of a run that has ended, unless somebody has written the state since the run started. */
async function storeLate({ store }: Execution, run: EndedRun, state: StateText): Promise<void> {
  const { id: runId, projectId, environmentId, startedAt: since } = run;
  if (environmentId === null || since === null) return;
  await store.transaction(async (tx) => {
    const keys = [stateLeaseKey(environmentId, state.stateId)];
    // A run that executes now has started from the state as it is, and writes it.
    if (await tx.leases.take(projectId, keys, null)) return;
    if (
      !(await tx.states.isWrittenSince(environmentId, state.stateId, { runId, since })) &&
      (await tx.states.differs(environmentId, state))
    ) {
      await tx.states.write(environmentId, state, { change: 'RUN', runId });
    }
    await tx.leases.release(projectId, keys);
  });
}
