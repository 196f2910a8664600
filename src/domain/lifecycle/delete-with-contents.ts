import { Busy, Conflict } from '../../errors.ts';
import type { Children, ChildKind } from '../../store/lifecycle/lifecycle.ts';
import type { Statements } from '../../store/index.ts';

/** Options of every verb that deletes. */
export interface DeleteOptions {
  /** Whether to delete its contents too. */
  force?: boolean | null | undefined;
}

/** The types of objects that contain others. */
export type Container = 'Project' | 'Environment' | 'Job';

/**
 * Marks an object and its contents as deleted. The caller has locked the object's row.
 *
 * @throws Busy when one of its runs has not ended; Conflict with the numbers of its contents, unless `force`
 */
export async function deleteWithContents(
  tx: Statements,
  table: Container,
  id: string,
  { force }: DeleteOptions,
  at: readonly string[],
): Promise<void> {
  await refuseUnfinished(tx, table, id, at);
  const counts = countsOf(await contentsOf(tx, table, id));
  if (counts !== null && force !== true) {
    throw new Conflict(
      `The ${table.toLowerCase()} has ${counts}; empty it first, or give \`force: true\` to delete all of that with it.`,
      at,
    );
  }
  const now = await tx.now();
  await tx.lifecycle.markDeletedWithin(table, id, now);
  await tx.lifecycle.markDeleted(table, id, now);
}

async function contentsOf(tx: Statements, table: Container, id: string): Promise<Children> {
  if (table === 'Job') return tx.lifecycle.childrenOfJob(id);
  if (table === 'Environment') return tx.lifecycle.childrenOfEnvironment(id);
  await tx.rowLocks.environmentsOf(id);
  return tx.lifecycle.childrenOfProject(id);
}

/** The numbers as text, such as `2 jobs and 1 schedule`; null when all are 0. */
export function countsOf(children: Children): string | null {
  const counts = (Object.entries(children) as [ChildKind, number][])
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}${count === 1 ? '' : 's'}`);
  const last = counts.pop();
  if (last === undefined) return null;
  return counts.length === 0 ? last : `${counts.join(', ')} and ${last}`;
}

/** @throws Busy when a run of the job, of the environment or of the project has not ended */
export async function refuseUnfinished(
  tx: Statements,
  table: Container,
  id: string,
  at: readonly string[],
): Promise<void> {
  const run = await tx.runs.unfinishedOf(
    table === 'Job' ? { jobId: id } : table === 'Environment' ? { environmentId: id } : { projectId: id },
  );
  if (run) {
    throw new Busy(
      `A run of the ${table.toLowerCase()} has not ended; wait until it ends, or cancel it.`,
      run.id,
      at,
    );
  }
}
