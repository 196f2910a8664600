import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { removeOldBulkOperations } from '../domain/bulk-operation.ts';
import { formerPathMs } from '../domain/former-path.ts';
import { purgeDeleted } from '../domain/purge.ts';
import { removeRunDirectory } from '../runner/run-directory.ts';
import { harvestStates } from '../runner/run-meltano.ts';
import { killStrayRun } from '../runner/stray-run.ts';
import type { Run } from '../store/index.ts';
import { RunTaken } from '../store/run-taken.ts';
import { finishIn } from './execute-run.ts';
import { leaseMs, type Execution } from './execution.ts';
import { directoryOf } from './start-process.ts';

/** How long the `clientRequestId` of a mutation is kept, in milliseconds. */
const clientRequestMs = 24 * 3600 * 1000;

/**
 * Ends the runs whose worker died: kills what is left of them on this machine, stores the state that
 * their targets had acknowledged, and records them as LOST. Then wakes runs for which no message may
 * come any more, and removes what has had its time: what ended runs have left on disk, the keys of old
 * requests, former names, bulk operations that ended long ago, and what was deleted long ago.
 *
 * @param alone whether no other worker can be alive, so that every active run is a dead worker's
 * @param isOurs whether this worker is executing a run: after a sleep of the machine its last sign of
 * life is old, and yet nobody is to be given up
 */
export async function recover(
  execution: Execution,
  alone: boolean,
  isOurs: (runId: string) => boolean,
): Promise<void> {
  const { store, log } = execution.services;
  for (const run of await store.silentRuns(alone ? null : new Date(Date.now() - leaseMs))) {
    if (isOurs(run.id)) continue;
    try {
      await loseRun(execution, run);
      log.warn({ runId: run.id, workerId: run.workerId }, 'run lost: its worker gave no sign of life');
    } catch (error) {
      // Another worker was faster.
      if (error instanceof RunTaken) continue;
      // One that cannot be ended must not keep the others, nor the start, waiting.
      log.error({ err: error, runId: run.id }, 'a lost run could not be ended');
    }
  }
  store.queue.wake(await store.strandedRuns());
  // A message may not have been sent, or have been taken by a worker that died. The other runs have one that
  // waits, and get no second one.
  store.queue.wake(await store.queuedRuns());
  await removeLeftovers(execution, isOurs);
  await store.forgetClientRequests(new Date(Date.now() - clientRequestMs));
  await removeOldBulkOperations(execution.services, new Date());
  await store.forgetFormerNames(new Date(Date.now() - formerPathMs));
  await purge(execution);
}

async function loseRun(execution: Execution, run: Run): Promise<void> {
  const { store } = execution.services;
  const { environmentId } = run;
  const here = run.workerId?.startsWith(`${hostname()}/`) ?? false;
  if (here) await killStrayRun({ runId: run.id });
  const directory = directoryOf(execution, run.id);
  const { states } = here ? await harvestStates(directory) : { states: new Map<string, { text: string }>() };
  const waiting = await store.transaction(async (tx) => {
    if (environmentId !== null) {
      for (const [stateId, { text }] of states) {
        if (await tx.differs(environmentId, { stateId, text })) {
          await tx.writeState(environmentId, { stateId, text }, { change: 'RUN', runId: run.id });
        }
      }
    }
    return finishIn(tx, run, run.workerId, {
      status: 'LOST',
      endReason: 'WORKER_LOST',
      exitCode: null,
      signal: null,
      errorMessage:
        'The worker that executed the run gave no sign of life. Lines and state that it had stored are kept.',
    });
  });
  store.queue.wake(waiting);
  if (here) await removeRunDirectory(directory);
}

async function purge({ services, catalogsDirectory }: Execution): Promise<void> {
  for (const projectId of await purgeDeleted(services, new Date())) {
    services.log.info({ projectId }, 'a project was removed for good');
    // Other machines keep theirs, which nobody reads any more.
    await rm(join(catalogsDirectory, projectId), { recursive: true, force: true });
    // There is one only if it was managed.
    await rm(join(services.projectsDirectory, projectId), { recursive: true, force: true });
  }
}

// The directory of a run holds its plugins' configuration in clear, and stays behind when its worker could
// not record its end.
async function removeLeftovers(execution: Execution, isOurs: (runId: string) => boolean): Promise<void> {
  const left = (await readdir(execution.runsDirectory).catch(() => [])).filter(
    (name) => isRunId(name) && !isOurs(name),
  );
  if (left.length === 0) return;
  // Not those of unknown runs: a gateway on another database may share the data directory.
  for (const runId of await execution.services.store.endedAmong(left)) {
    await removeRunDirectory(directoryOf(execution, runId));
  }
}

function isRunId(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}
