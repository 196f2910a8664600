import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { carryOutItem } from '../domain/bulk-item.ts';
import { InternalError, Refusal } from '../errors.ts';
import type { ClaimedOperation, NextItem } from '../store/bulk-operation.ts';
import type { Execution } from './execution.ts';

type Worker = Pick<Execution, 'services' | 'workerId'>;

/** How often an object is tried at which something went wrong that is no refusal, such as a deadlock. */
const attempts = 3;

/**
 * Carries out a bulk operation that this worker has claimed, object by object, until none is left, it is cancelled,
 * or it is to be left to another worker.
 *
 * Each object has one transaction, in which the operation is held, the verb is done and the outcome is recorded: a
 * worker that dies leaves no object half done, and whoever goes on finds none twice.
 *
 * @param isToStop asked before each object
 */
export async function carryOutOperation(
  worker: Worker,
  operation: ClaimedOperation,
  isToStop: () => boolean,
): Promise<void> {
  const { store, log } = worker.services;
  const { id, verb } = operation;
  log.info({ operationId: id, verb }, 'bulk operation taken');
  while (!isToStop()) {
    // The embedded database answers without leaving the event loop, which would serve no request until the end.
    await nextTurn();
    if (await carryOutNext(worker, operation)) continue;
    log.info({ operationId: id, verb }, 'bulk operation ended');
    return;
  }
  await store.releaseBulkOperation(id, worker.workerId);
}

/** @returns whether there may be more to do */
async function carryOutNext(worker: Worker, operation: ClaimedOperation): Promise<boolean> {
  const { store, log } = worker.services;
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
      // Not even the next object could be found out.
      if (!item) throw error;
      if (refusal === null) {
        log.error(
          { err: error, operationId: id, position: item.position },
          'an object of a bulk operation failed',
        );
      }
      return store.endBulkItem(id, worker.workerId, item.position, {
        status: 'FAILED',
        error: storable(
          refusal ?? new InternalError('Something went wrong inside the gateway; its log says what.'),
        ),
      });
    }
  }
}

async function tryNext(
  { services, workerId }: Worker,
  operation: ClaimedOperation,
  reach: (item: NextItem) => void,
): Promise<boolean> {
  const { store } = services;
  const { id } = operation;
  const woken = await store.transaction(async (tx) => {
    const left = await tx.nextBulkItem(id, workerId);
    const [item] = left ?? [];
    if (!item) {
      if (left) await tx.endBulkOperation(id);
      return null;
    }
    reach(item);
    const subject = { type: item.subjectType, id: item.subjectId };
    const { result, woken } = await carryOutItem(services, tx, operation, subject);
    const outcome = { status: 'SUCCEEDED', result } as const;
    if (!(await tx.endBulkItem(id, workerId, item.position, outcome)))
      throw new Error('The object was done before.');
    return woken;
  });
  if (woken === null) return false;
  store.queue.wake(woken);
  return true;
}

/** A refusal as JSON, of which the API makes its type by the name. */
function storable(refusal: Refusal): object {
  return Object.assign({}, refusal, { message: refusal.message });
}
