import type { ClaimedOperation } from '../../store/bulk/bulk-operations.ts';
import { runOperation } from './run-operation.ts';
import { leaseMs, type Execution } from '../execution.ts';

/** Number of operations that a worker runs at the same time, so that a long one does not delay the others. */
const atATime = 4;

/** Runs bulk operations in the background. They do not use the slots of runs. */
export interface BulkWorker {
  /** Looks for operations that wait for a worker. */
  look: () => void;
  /** Takes no new operations. Leaves its own to other workers after the current object. */
  stop: () => Promise<void>;
}

/**
 * Starts to run bulk operations.
 *
 * @param alone whether no other worker can be alive; then the worker of a RUNNING operation is dead
 */
export function startBulkWorker(
  execution: Pick<Execution, 'store' | 'gateway' | 'workerId'>,
  alone: boolean,
): BulkWorker {
  const { store, gateway, workerId } = execution;
  const { log } = gateway;
  /** The operations that it runs, by their ids. */
  const taken = new Map<string, Promise<void>>();
  let stopped = false;
  let looking = Promise.resolve();

  const start = (operation: ClaimedOperation): void => {
    const done = runOperation(execution, operation, () => stopped)
      // It no longer reports that it is alive, so another look will find it.
      .catch((error: unknown) =>
        log.error({ err: error, operationId: operation.id }, 'a bulk operation broke off'),
      )
      .finally(() => {
        taken.delete(operation.id);
        look();
      });
    taken.set(operation.id, done);
  };
  const claimAll = async (silentMs: number): Promise<void> => {
    while (taken.size < atATime && !stopped) {
      const operation = await store.bulk.claim(workerId, silentMs, [...taken.keys()]);
      if (!operation) return;
      start(operation);
    }
  };
  const look = (silentMs = leaseMs): void => {
    looking = looking
      .then(() => claimAll(silentMs))
      .catch((error: unknown) => log.error({ err: error }, 'looking for bulk operations failed'));
  };

  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'BULK') look();
  });
  if (alone) look(0);
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
