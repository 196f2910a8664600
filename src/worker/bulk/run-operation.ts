import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { runItem } from '../../domain/bulk/run-item.ts';
import { InternalError, Refusal } from '../../errors.ts';
import type { ClaimedOperation, NextItem } from '../../store/bulk/bulk-operations.ts';
import { comeTo } from '../crash-windows.ts';
import type { Execution } from '../execution.ts';

type Worker = Pick<Execution, 'store' | 'gateway' | 'workerId'>;

/** How often an object is tried again after an error that is not a refusal, such as a deadlock. */
const attempts = 3;

/**
 * Runs a bulk operation that this worker has claimed, object by object, until no object is left, it is
 * cancelled or paused, it has to wait for the end of its runs, or another worker should continue.
 *
 * Each object has one transaction. It locks the operation, does the verb and records the result. So a worker
 * that dies leaves no object half done, and the worker that continues does none twice.
 *
 * @param isToStop called before each object
 */
export async function runOperation(
  worker: Worker,
  operation: ClaimedOperation,
  isToStop: () => boolean,
): Promise<void> {
  const { store, gateway } = worker;
  const { log } = gateway;
  const { id, verb } = operation;
  log.info({ operationId: id, verb }, 'bulk operation taken');
  while (!isToStop()) {
    // The embedded database answers without leaving the event loop. Without this, no request would be served
    // until the end.
    await nextTurn();
    if (await runNext(worker, operation)) continue;
    log.info({ operationId: id, verb }, 'bulk operation left');
    return;
  }
  await store.bulk.release(id, worker.workerId);
}

/** @returns whether more may be left to do */
async function runNext(worker: Worker, operation: ClaimedOperation): Promise<boolean> {
  const { store, gateway } = worker;
  const { log } = gateway;
  const { id } = operation;
  for (let attempt = 1; ; attempt += 1) {
    const reached: { item?: NextItem } = {};
    try {
      return await tryNext(worker, operation, (item) => (reached.item = item));
    } catch (error) {
      const { item } = reached;
      const refusal = error instanceof Refusal ? error : null;
      if (refusal === null && attempt < attempts) {
        await sleep(100 * attempt);
        continue;
      }
      // The error came before the next object was known.
      if (!item) throw error;
      if (refusal === null) {
        log.error(
          { err: error, operationId: id, position: item.position },
          'an object of a bulk operation failed',
        );
      }
      return store.bulk.endItem(id, worker.workerId, item.position, {
        status: 'FAILED',
        error: toJson(
          refusal ?? new InternalError('Something went wrong inside the gateway; its log says what.'),
        ),
      });
    }
  }
}

async function tryNext(
  { store, gateway, workerId }: Worker,
  operation: ClaimedOperation,
  reach: (item: NextItem) => void,
): Promise<boolean> {
  const { id } = operation;
  const woken = await store.transaction(async (tx) => {
    const left = await tx.bulk.nextItem(id, workerId);
    if (left === 'FULL') {
      await tx.bulk.leave(id);
      return null;
    }
    const [item] = left ?? [];
    if (!item) {
      if (left) await tx.bulk.end(id);
      return null;
    }
    reach(item);
    const subject = { type: item.subjectType, id: item.subjectId };
    const { result, woken } = await runItem(gateway, tx, operation, subject, item.dueAt);
    await comeTo('BULK_VERB_DONE', id);
    const outcome = { status: 'SUCCEEDED', result } as const;
    if (!(await tx.bulk.endItem(id, workerId, item.position, outcome)))
      throw new Error('The object was done before.');
    return woken;
  });
  if (woken === null) return false;
  await comeTo('BULK_ITEM_RECORDED', id);
  store.queue.wake(woken);
  return true;
}

/** A refusal as JSON. The API finds its type by `name`. */
function toJson(refusal: Refusal): object {
  return Object.assign({}, refusal, { message: refusal.message });
}
