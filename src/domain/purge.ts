import type { Statements } from '../store/index.ts';
import type { Overdue, PurgedPlace } from '../store/purge.ts';
import type { Services } from './services.ts';

/** How many batches are removed at a time; the rest is left to the next time. */
const batchesAtATime = 100;

/**
 * Removes for good what was deleted longer ago than the retention, with all that is in it: of an environment
 * its states and runs, of a project everything. Runs of a deleted job stay in their environment. What a
 * project's files still have is kept out of sight, so that no import makes it again.
 *
 * It goes in batches of bounded size, each in a transaction of its own, children first; what is left after
 * many of them is for the next call. Nothing is done while another gateway purges.
 *
 * @returns ids of the projects that were removed
 */
export async function purgeDeleted(
  { store, deletedRetentionMs }: Pick<Services, 'store' | 'deletedRetentionMs'>,
  now: Date,
): Promise<string[]> {
  const before = new Date(now.getTime() - deletedRetentionMs);
  const projects: string[] = [];
  // Mostly there is nothing, and then a lock and a look at each table would be for nothing.
  if (!(await store.isOverdue(before))) return projects;
  for (let i = 0; i < batchesAtATime; i++) {
    const purged = await store.transaction((tx) => purgeBatch(tx, before));
    if (purged === null) break;
    if (purged.removed && purged.overdue.table === 'Project') projects.push(...purged.overdue.ids);
  }
  return projects;
}

async function purgeBatch(
  tx: Statements,
  before: Date,
): Promise<{ overdue: Overdue; removed: boolean } | null> {
  if (!(await tx.lockPurge())) return null;
  const overdue = await tx.nextOverdue(before);
  if (overdue === null) return null;
  const removed = !(await purgeContents(tx, overdue));
  if (removed) await tx.removeOverdue(overdue);
  return { overdue, removed };
}

/** Removes one batch of what is in the rows. @returns whether there was anything */
async function purgeContents(tx: Statements, { table, ids }: Overdue): Promise<boolean> {
  const [id = ''] = ids;
  if (table === 'Job' || table === 'Service') return (await tx.releaseRunsOf(table, ids)) > 0;
  if (table === 'Environment') {
    const place = { environmentId: id };
    if (await purgeRunsAndStates(tx, place)) return true;
    return !(await tx.isInFiles(id)) && purgeConfiguration(tx, place);
  }
  if (table !== 'Project') return false;
  const place = { projectId: id };
  if (await purgeRunsAndStates(tx, place)) return true;
  if (await purgeConfiguration(tx, place)) return true;
  if ((await tx.purgeOfProject('Environment', id)) > 0) return true;
  if ((await tx.purgeOfProject('Plugin', id)) > 0) return true;
  return (await tx.purgeLocks(id)) > 0;
}

async function purgeRunsAndStates(tx: Statements, place: PurgedPlace): Promise<boolean> {
  if ((await tx.purgeRuns(place)) > 0) return true;
  if ((await tx.purgeStateVersions(place)) > 0) return true;
  return (await tx.purgeWithin('State', place)) > 0;
}

async function purgeConfiguration(tx: Statements, place: PurgedPlace): Promise<boolean> {
  if ((await tx.purgeWithin('Schedule', place)) > 0) return true;
  for (const table of ['Job', 'Service'] as const) {
    // Runs in other environments, from which it was moved.
    const owners = await tx.someWithRuns(table, place);
    if (owners.length > 0) return (await tx.releaseRunsOf(table, owners)) > 0;
    if ((await tx.purgeWithin(table, place)) > 0) return true;
  }
  return false;
}
