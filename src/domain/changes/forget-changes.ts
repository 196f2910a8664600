import { kept } from '../../store/changes/changes.ts';
import type { Store } from '../../store/index.ts';

/** Forgets the changes that nobody is told any more: those that are old, and the oldest when there are many. */
export async function forgetChanges({ changes }: Pick<Store, 'changes'>): Promise<void> {
  let isMore = true;
  while (isMore) isMore = await changes.forget(kept.ms, kept.changes);
}
