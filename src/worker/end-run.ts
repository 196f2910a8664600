import { retryDelayMs } from '../domain/definitions/retry-policy.ts';
import { variablesAtEnd } from '../domain/runs/kept-variables.ts';
import type { Gateway } from '../domain/gateway.ts';
import { sharedNow } from '../lib/shared-clock.ts';
import { measure } from '../metrics/measures.ts';
import { comeTo } from './crash-windows.ts';
import type { Vault } from '../lib/vault/vault.ts';
import { settleService } from '../domain/services/restart-policy.ts';
import type { Prisma, Run, Statements, Store } from '../store/index.ts';
import type { RunEnd } from '../store/runs/runs.ts';
import type { NewCatalog } from '../store/plugins/catalogs.ts';

/** What is stored of a run only with its end. It can be written as JSON. */
export interface EndFindings {
  /** The streams that it has discovered. */
  catalog: NewCatalog | null;
  /** The block that was running when Meltano gave up without reporting its end. */
  broken: { position: number; errorMessage: string | null } | null;
}

export const nothingFound: EndFindings = { catalog: null, broken: null };

/** What must be known of a run to record its end. */
type EndingRun = Pick<Run, 'id' | 'serviceId' | 'scheduleId' | 'kind' | 'env' | 'startedAt'>;

/**
 * Records the end of a run and its results, frees its leases, and wakes the runs that waited for them. The
 * same transaction decides what its service does next.
 *
 * @throws RunTaken when the run no longer belongs to this worker
 */
export async function endRun(
  { store, gateway }: { store: Store; gateway: Pick<Gateway, 'vault'> },
  run: EndingRun,
  workerId: string | null,
  end: RunEnd,
  findings: EndFindings = nothingFound,
): Promise<void> {
  const waiting = await store.transaction(async (tx) => {
    await storeFindings(tx, run.id, end, findings);
    return endRunIn(tx, gateway.vault, run, workerId, end);
  });
  await comeTo('LEASES_RELEASED', run.id);
  store.queue.wake(waiting);
  measureEnd(run, end);
}

/** Tells that the end of a run is recorded. */
export function measureEnd({ kind, startedAt }: Pick<Run, 'kind' | 'startedAt'>, end: RunEnd): void {
  const ms = startedAt === null ? 0 : sharedNow() - (end.agoMs ?? 0) - new Date(startedAt).getTime();
  measure('runEnded', { kind, status: end.status, seconds: Math.max(0, ms / 1000) });
}

/** Stores what is stored of a run only with its end, in the transaction that records the end. */
export async function storeFindings(
  tx: Statements,
  runId: string,
  end: RunEnd,
  { catalog, broken }: EndFindings,
): Promise<void> {
  if (catalog) await tx.catalogs.replace(catalog);
  if (!broken) return;
  const { position, errorMessage } = broken;
  await tx.runs.failBlock(runId, position, { ...end, errorMessage: errorMessage ?? end.errorMessage });
}

/** `endRun` within a transaction. @returns the runs to wake after it is committed */
export async function endRunIn(
  tx: Statements,
  vault: Vault,
  run: EndingRun,
  workerId: string | null,
  end: RunEnd,
): Promise<string[]> {
  const { id: runId, serviceId, scheduleId } = run;
  const env = variablesAtEnd(vault, run, end.status);
  // The service or the schedule before its run: mutations lock them in this order.
  if (serviceId !== null) await tx.rowLocks.service(serviceId);
  const mayPause = scheduleId !== null && ['FAILED', 'TIMED_OUT', 'LOST'].includes(end.status);
  if (mayPause) await tx.rowLocks.schedule(scheduleId);
  const ended = await tx.runs.end(runId, workerId, {
    ...end,
    ...(env && { env: env as Prisma.InputJsonArray }),
  });
  if (serviceId !== null) await settleService(tx, ended);
  const retry = await retryByPolicy(tx, ended, run.env);
  if (mayPause) await tx.schedules.pauseIfFailing(scheduleId);
  await comeTo('END_WRITTEN', runId);
  // Before the leases are released: who claims a run locks limits before leases, too.
  const limits = await tx.limits.lockOf(runId);
  // Before the waits are ended. A run that has just found our lease prevents that it is freed until it has
  // recorded that it waits (`leases.take`). So it is among the runs that are woken.
  const released = await tx.leases.releaseAllOf(runId);
  const waited = await tx.waits.endFor(ended.projectId, released);
  const freed = limits.length === 0 ? [] : await tx.limits.free(limits);
  return [...waited, ...freed, ...(retry === null ? [] : [retry])];
}

/**
 * Makes the next attempt of a run that has just ended, if its policy says so. A run that somebody has cancelled is not
 * retried, however it has ended then.
 *
 * @param env its variables, with the values of secrets
 * @returns the next attempt, if a worker can take it at once
 */
async function retryByPolicy(
  tx: Statements,
  ended: Run & { wasCancelled: boolean },
  env: Run['env'],
): Promise<string | null> {
  const delayMs = ended.wasCancelled ? null : retryDelayMs(ended);
  if (delayMs === null) return null;
  const id = await tx.retries.make(ended, env, delayMs);
  return delayMs === 0 ? id : null;
}
