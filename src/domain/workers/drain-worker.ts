import type { Gateway } from '../gateway.ts';
import { findWorker } from '../naming/references.ts';

/** The input of a verb that needs only the worker. */
export interface WorkerInput {
  /** Id of the worker. */
  id: string;
}

/**
 * Lets a worker take no new runs and start no more services. What it executes goes on to its end.
 *
 * @returns the id of the worker
 * @throws NotFound
 */
export async function drainWorker({ transaction }: Gateway, input: WorkerInput): Promise<string> {
  return transaction(async (tx) => {
    const { id } = await findWorker(tx, input.id, ['input', 'id']);
    await tx.workers.drain(id, { isStopping: false });
    return id;
  });
}
