import type { ClaimedOperation } from '../store/bulk-operation.ts';
import { carryOutOperation } from './carry-out-operation.ts';
import { leaseMs, type Execution } from './execution.ts';

/** Operations that a worker carries out at a time: a long one must not keep the others waiting. */
const atATime = 4;

/** Carries out bulk operations in the background, beside the slots of runs. */
export interface BulkWorker {
  /** Looks for operations that wait for a worker. */
  look: () => void;
  /** Takes no new operations, and gives those that it has back after the object that they are at. */
  stop: () => Promise<void>;
}

/**
 * Starts to carry out bulk operations.
 *
 * @param alone whether no other worker can be alive, so that an operation which has a worker has a dead one
 */
export function startBulkWorker(
  execution: Pick<Execution, 'services' | 'workerId'>,
  alone: boolean,
): BulkWorker {
  const { services, workerId } = execution;
  const { store, log } = services;
  /** What it is carrying out, by the ids of the operations. */
  const taken = new Map<string, Promise<void>>();
  let stopped = false;
  let looking = Promise.resolve();

  const start = (operation: ClaimedOperation): void => {
    const done = carryOutOperation(execution, operation, () => stopped)
      // It gives no sign of life, so another look will find it.
      .catch((error: unknown) =>
        log.error({ err: error, operationId: operation.id }, 'a bulk operation broke off'),
      )
      .finally(() => {
        taken.delete(operation.id);
        look();
      });
    taken.set(operation.id, done);
  };
  const claimAll = async (silentSince: Date): Promise<void> => {
    while (taken.size < atATime && !stopped) {
      const operation = await store.claimBulkOperation(workerId, silentSince, [...taken.keys()]);
      if (!operation) return;
      start(operation);
    }
  };
  const look = (silentSince = new Date(Date.now() - leaseMs)): void => {
    looking = looking
      .then(() => claimAll(silentSince))
      .catch((error: unknown) => log.error({ err: error }, 'looking for bulk operations failed'));
  };

  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'BULK') look();
  });
  if (alone) look(new Date());
  else look();
  return {
    look: () => look(),
    stop: async () => {
      stopped = true;
      unsubscribe();
      await looking;
      await Promise.all(taken.values());
    },
  };
}
