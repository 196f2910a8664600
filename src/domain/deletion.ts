import { Busy, Conflict } from '../errors.ts';
import type { Children, ChildKind } from '../store/deletion.ts';
import type { Statements } from '../store/index.ts';

/** What every verb that deletes lets its caller choose. */
export interface DeleteOptions {
  /** Whether what is in it is to be deleted with it. */
  force?: boolean | null | undefined;
}

/**
 * Refuses to delete what is not empty.
 *
 * @param what what is to be deleted, such as `job`
 * @throws Conflict, which says how many of what there are, unless `force`
 */
export function refuseChildren(
  what: string,
  children: Children,
  force: boolean,
  path: readonly string[],
): void {
  const counts = countsOf(children);
  if (counts === null || force) return;
  throw new Conflict(
    `The ${what} has ${counts}; empty it first, or give \`force: true\` to delete all of that with it.`,
    path,
  );
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
  what: 'job' | 'environment' | 'project',
  id: string,
  path: readonly string[],
): Promise<void> {
  const run = await tx.unfinishedRunOf(
    what === 'job' ? { jobId: id } : what === 'environment' ? { environmentId: id } : { projectId: id },
  );
  if (run) {
    throw new Busy(`A run of the ${what} has not ended; wait until it ends, or cancel it.`, run.id, path);
  }
}
