import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeOldBulkOperations } from '../../domain/bulk/bulk-operation.ts';
import { forgetChanges } from '../../domain/changes/forget-changes.ts';
import { formerPathMs } from '../../domain/naming/former-path.ts';
import { keepOldVariables } from '../../domain/runs/kept-variables.ts';
import { purgeDeleted } from '../../domain/lifecycle/purge.ts';
import { isUuid } from '../../lib/uuid.ts';
import type { Run } from '../../store/index.ts';
import { lostWorkerMs } from '../membership/membership.ts';
import type { Execution } from '../execution.ts';
import { endLostRuns, withUnrecordedEnd } from './lost-runs.ts';
import { removeLeftovers } from './leftovers.ts';

/** How long the `clientRequestId` of a mutation is kept, in milliseconds. */
const clientRequestMs = 24 * 3600 * 1000;

/** How many times a clean-up ends runs of one job that have expired. The next one ends more. */
const expiredJobs = 20;

/**
 * Does the regular clean-up. It ends the runs whose worker died and those that have expired, and wakes runs that may get no message. It
 * removes what is out of date: secrets and files that ended runs have left, keys of old requests, former names, changes, and
 * bulk operations and deleted rows after their time.
 *
 * @param lostRuns finds the runs whose worker died
 * @param isOurs whether this worker is executing a run
 */
export async function recover(
  execution: Execution,
  lostRuns: () => Promise<Run[]>,
  isOurs: (runId: string) => boolean,
): Promise<void> {
  const { store } = execution;
  const directories = (await readdir(execution.runsDirectory).catch(() => [])).filter(isUuid);
  const unrecorded = await withUnrecordedEnd(
    execution,
    directories.filter((id) => !isOurs(id)),
  );
  const lost = (await lostRuns()).filter(({ id }) => !isOurs(id) && !unrecorded.some((run) => run.id === id));
  await endLostRuns(execution, [...unrecorded, ...lost]);
  store.queue.wake(await store.waits.endStranded());
  for (let i = 0; i < expiredJobs && (await store.waits.endExpired()) > 0; i += 1);
  await store.waits.endDue();
  await store.limits.free(null);
  await removeLeftovers(
    execution,
    directories.filter((id) => !isOurs(id)),
  );
  await store.requestKeys.forget(clientRequestMs);
  await keepOldVariables(store, execution.gateway.vault);
  await removeOldBulkOperations(execution.gateway);
  await store.formerNames.forget(formerPathMs);
  await store.workers.removeSilent(lostWorkerMs);
  await forgetChanges(store);
  await purge(execution);
}

async function purge({ gateway, catalogsDirectory }: Execution): Promise<void> {
  for (const projectId of await purgeDeleted(gateway, await gateway.db.now())) {
    gateway.log.info({ projectId }, 'a project was removed for good');
    // The files on other machines stay; nothing reads them any more.
    await rm(join(catalogsDirectory, projectId), { recursive: true, force: true });
    // Only a managed project has one.
    await rm(join(gateway.projectsDirectory, projectId), { recursive: true, force: true });
  }
}
