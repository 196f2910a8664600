import { NotFound } from '../../errors.ts';
import type { Store } from '../../store/index.ts';
import { follow } from '../follow.ts';

/**
 * Time between two looks at the counts, in milliseconds: only a change of the status sends a notification.
 */
const pollMs = 500;

/**
 * Yields at once, and again after each change, until the operation has ended.
 *
 * @throws NotFound when it was removed
 */
export function followBulkOperation(store: Store, id: string): AsyncGenerator<{ id: string }> {
  return follow(
    store,
    (n) => n.topic === 'BULK' && n.operationId === id,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const operation = await store.bulk.byId(id);
        if (!operation) throw new NotFound('The bulk operation was removed.');
        const { status, succeededCount, failedCount, endedAt } = operation;
        const signature = JSON.stringify([status, succeededCount, failedCount]);
        if (signature !== seen) yield { id };
        seen = signature;
        if (endedAt !== null || !(await wait())) return;
      }
    },
    pollMs,
  );
}
