import { Conflict } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { MutationTarget } from './mutation-target.ts';

/** The etag of an object. It changes with each change of the object. */
export function etagOf(id: string, revision: number): string {
  return `${revision}-${id.slice(-12)}`;
}

/**
 * Locks an object's row until the transaction ends, and checks that the object is still as the caller has
 * seen it.
 *
 * @param target null when there is no object yet
 * @throws Conflict, with the current etag, when it has changed
 */
export async function checkIfMatch(
  tx: Statements,
  target: MutationTarget | null,
  ifMatch: string,
): Promise<void> {
  const revision = target && (await tx.revisions.lockRow(target.table, target.id));
  const etag = target && revision !== null ? etagOf(target.id, revision) : null;
  if (etag === ifMatch) return;
  throw new Conflict(
    etag === null
      ? 'There is no object yet that `ifMatch` could match; leave it out.'
      : `It has changed since: its etag is "${etag}" by now. Read it again, and decide anew.`,
    ['input', 'ifMatch'],
    etag,
  );
}
