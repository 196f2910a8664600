import { NotFound } from '../../errors.ts';
import type { BulkProgress } from '../../store/bulk/progress.ts';
import type { Store } from '../../store/index.ts';
import { followFeed } from '../follow.ts';

/**
 * Yields at once, and again after each progress, until the operation has ended.
 *
 * @throws NotFound when it was removed
 */
export function followBulkOperation(
  { progressFeed }: Pick<Store, 'progressFeed'>,
  id: string,
): Promise<AsyncGenerator<BulkProgress>> {
  let latest: BulkProgress | null = null;
  return followFeed(
    { follow: (onProgress: (progress: BulkProgress | null) => void) => progressFeed.follow(id, onProgress) },
    (progress) => {
      latest = progress;
      return true;
    },
    async function* (wait, from) {
      for (let progress = from; ; progress = latest) {
        if (progress === null) throw new NotFound('The bulk operation was removed.');
        yield progress;
        if (progress.isEnded || !(await wait())) return;
      }
    },
  );
}
