import type { Statements } from '../../store/index.ts';
import type { Overdue, PurgeScope } from '../../store/lifecycle/purge.ts';
import type { Gateway } from '../gateway.ts';

/** The most batches that one call removes. */
const batchesAtATime = 100;

/**
 * Removes objects for good that were deleted longer ago than the retention, with their contents: the states
 * and runs of an environment, everything of a project. Runs of a deleted job stay in their environment. An
 * object that a project's files still have stays as a hidden row, so that no import creates it again.
 *
 * It works in batches of limited size, children first, each in its own transaction. After `batchesAtATime`
 * batches it stops; the next call continues. It does nothing while another gateway purges.
 *
 * @returns ids of the projects that were removed
 */
export async function purgeDeleted(
  { db, transaction, deletedRetentionMs }: Pick<Gateway, 'db' | 'transaction' | 'deletedRetentionMs'>,
  now: Date,
): Promise<string[]> {
  const before = new Date(now.getTime() - deletedRetentionMs);
  const projects: string[] = [];
  // Usually there is nothing to remove. This saves a transaction with a lock.
  if (!(await db.purge.isOverdue(before))) return projects;
  for (let i = 0; i < batchesAtATime; i++) {
    const purged = await transaction((tx) => purgeBatch(tx, before));
    if (purged === null) break;
    if (purged.removed && purged.overdue.table === 'Project') projects.push(...purged.overdue.ids);
  }
  return projects;
}

async function purgeBatch(
  tx: Statements,
  before: Date,
): Promise<{ overdue: Overdue; removed: boolean } | null> {
  if (!(await tx.purge.lock())) return null;
  const overdue = await tx.purge.nextOverdue(before);
  if (overdue === null) return null;
  const removed = !(await purgeContents(tx, overdue));
  if (removed) await tx.purge.removeOverdue(overdue);
  return { overdue, removed };
}

/** Removes one batch of the contents of rows. @returns whether there were any */
async function purgeContents(tx: Statements, { table, ids }: Overdue): Promise<boolean> {
  const [id = ''] = ids;
  if (table === 'Job' || table === 'Service') return (await tx.purge.releaseRunsOf(table, ids)) > 0;
  if (table === 'Environment') {
    const scope = { environmentId: id };
    if (await purgeRunsAndStates(tx, scope)) return true;
    return !(await tx.purge.isInFiles(id)) && purgeConfiguration(tx, scope);
  }
  if (table !== 'Project') return false;
  const scope = { projectId: id };
  if (await purgeRunsAndStates(tx, scope)) return true;
  if (await purgeConfiguration(tx, scope)) return true;
  if ((await tx.purge.ofProject('Environment', id)) > 0) return true;
  if ((await tx.purge.ofProject('Plugin', id)) > 0) return true;
  return (await tx.purge.leases(id)) > 0;
}

async function purgeRunsAndStates(tx: Statements, scope: PurgeScope): Promise<boolean> {
  if ((await tx.purge.runs(scope)) > 0) return true;
  if ((await tx.purge.stateVersions(scope)) > 0) return true;
  return (await tx.purge.within('State', scope)) > 0;
}

async function purgeConfiguration(tx: Statements, scope: PurgeScope): Promise<boolean> {
  if ((await tx.purge.within('Schedule', scope)) > 0) return true;
  for (const table of ['Job', 'Service'] as const) {
    // After a move, a job or service also has runs in its former environments.
    const owners = await tx.purge.someWithRuns(table, scope);
    if (owners.length > 0) return (await tx.purge.releaseRunsOf(table, owners)) > 0;
    if ((await tx.purge.within(table, scope)) > 0) return true;
  }
  return false;
}
