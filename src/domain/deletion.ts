import { Busy, Conflict } from '../errors.ts';
import type { Children, ChildKind } from '../store/deletion.ts';
import type { Statements } from '../store/index.ts';

/** What every verb that deletes lets its caller choose. */
export interface DeleteOptions {
  /** Whether what is in it is to be deleted with it. */
  force?: boolean | null | undefined;
}

/** What other objects stand in. */
export type Container = 'Project' | 'Environment' | 'Job';

/**
 * Marks something as deleted that the transaction holds, with all that is in it.
 *
 * @throws Busy when a run of it has not ended; Conflict, which says how much of what is in it, unless `force`
 */
export async function deleteWithContents(
  tx: Statements,
  table: Container,
  id: string,
  { force }: DeleteOptions,
  path: readonly string[],
): Promise<void> {
  await refuseUnfinished(tx, table, id, path);
  const counts = countsOf(await contentsOf(tx, table, id));
  if (counts !== null && force !== true) {
    throw new Conflict(
      `The ${table.toLowerCase()} has ${counts}; empty it first, or give \`force: true\` to delete all of that with it.`,
      path,
    );
  }
  const now = new Date();
  await tx.markDeletedWithin(table, id, now);
  await tx.markDeleted(table, id, now);
}

async function contentsOf(tx: Statements, table: Container, id: string): Promise<Children> {
  if (table === 'Job') return tx.childrenOfJob(id);
  if (table === 'Environment') return tx.childrenOfEnvironment(id);
  await tx.holdEnvironmentsOf(id);
  return tx.childrenOfProject(id);
}

/** Numbers in words, such as `2 jobs and 1 schedule`; null when there is nothing. */
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
  path: readonly string[],
): Promise<void> {
  const run = await tx.unfinishedRunOf(
    table === 'Job' ? { jobId: id } : table === 'Environment' ? { environmentId: id } : { projectId: id },
  );
  if (run) {
    throw new Busy(
      `A run of the ${table.toLowerCase()} has not ended; wait until it ends, or cancel it.`,
      run.id,
      path,
    );
  }
}
