import { Conflict } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { Subject } from './subject.ts';

/** What a caller has seen of an object: it changes whenever the object does. */
export function etagOf(id: string, revision: number): string {
  return `${revision}-${id.slice(-12)}`;
}

/**
 * Holds an object until the transaction ends, and sees to it that it still is what the caller has seen.
 *
 * @param subject null when there is none yet
 * @throws Conflict, with the present etag, when it has changed since
 */
export async function checkIfMatch(tx: Statements, subject: Subject | null, ifMatch: string): Promise<void> {
  const revision = subject && (await tx.holdRevision(subject.table, subject.id));
  const etag = subject && revision !== null ? etagOf(subject.id, revision) : null;
  if (etag === ifMatch) return;
  throw new Conflict(
    etag === null
      ? 'There is no object yet that `ifMatch` could match; leave it out.'
      : `It has changed since: its etag is "${etag}" by now. Read it again, and decide anew.`,
    ['input', 'ifMatch'],
    etag,
  );
}
