import type { Run, Store } from '../store/index.ts';
import type { RunToExecute } from '../store/runs/runs.ts';
import type { Execution } from './execution.ts';

/**
 * Claims a run, with all leases that it needs, if it is queued, this worker can execute it, and no other run has one of
 * them. When only another worker can execute it, all workers are called.
 *
 * @returns null when it should not be executed now
 * @throws Error when the store did not answer; the run may be claimed or not
 */
export async function claimRun(execution: Execution, runId: string): Promise<RunToExecute | null> {
  const { store, gateway, workerId, persist } = execution;
  const run = await store.claims.claimFree(runId, workerId);
  if (run) return run;
  if (!(await isForThisWorker(execution, runId))) return null;
  if (!(await claimOrWait(store, runId, workerId))) return null;
  try {
    return await persist(() => store.runs.toExecute(runId));
  } catch (error) {
    // It does not report that it is alive, so it will be found among the lost runs.
    gateway.log.error({ err: error, runId }, 'a run was claimed and could not be read');
    return null;
  }
}

/** Whether this worker can execute a run that is queued. When only another one can, all workers are called. */
export async function isForThisWorker(
  { store, served, workerId }: Execution,
  runId: string,
): Promise<boolean> {
  const seen = await store.claims.view(runId, workerId);
  if (!seen?.isQueued) return false;
  if (seen.isServed) return true;
  if ((await served.lookFor(seen.projectId)) && (await store.claims.view(runId, workerId))?.isServed === true)
    return true;
  if (seen.isServedElsewhere) await store.claims.call();
  return false;
}

// A run that must wait records in its row for which run, or for which limit, it waits. It may be next in line for a lease that
// it cannot use now: then another one has its turn.
async function claimOrWait(store: Store, runId: string, workerId: string): Promise<boolean> {
  const { isClaimed, next } = await store.transaction(async (tx) => {
    const passOn = async (run: Pick<Run, 'projectId' | 'leaseKeys'> | null) => ({
      isClaimed: false,
      next: run ? await tx.waits.endFor(run.projectId, run.leaseKeys) : [],
    });
    const full = await tx.limits.fullAmong(await tx.limits.lockOf(runId));
    if (full !== null) return passOn(await tx.limits.wait(runId, full));
    const run = await tx.runs.claim(runId, workerId);
    if (!run) return passOn(null);
    const holder = await tx.leases.take(run.projectId, run.leaseKeys, run.id);
    if (!holder) return { isClaimed: true, next: [] };
    await tx.waits.begin(runId, holder);
    return passOn(run);
  });
  store.queue.wake(next);
  return isClaimed;
}
