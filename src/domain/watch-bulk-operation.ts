import { NotFound } from '../errors.ts';
import type { Store } from '../store/index.ts';
import { watching } from './watching.ts';

/** How often a watcher looks how far an operation has come: only changes of its status are notified. */
const pollMs = 500;

/** A bulk operation as it is now, and again as it goes on, until it has ended. @throws NotFound when it was removed */
export function followBulkOperation(store: Store, id: string): AsyncGenerator<{ id: string }> {
  return watching(
    store,
    (n) => n.topic === 'BULK' && n.operationId === id,
    async function* (wait) {
      let seen = '';
      for (;;) {
        const operation = await store.bulkOperationById(id);
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
