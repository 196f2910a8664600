import { Conflict } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { WorkerInput } from './drain-worker.ts';
import { findWorker } from '../naming/references.ts';

/**
 * Lets a worker take runs again.
 *
 * @returns the id of the worker
 * @throws NotFound, Conflict when the worker is being stopped
 */
export async function resumeWorker({ transaction }: Gateway, input: WorkerInput): Promise<string> {
  const at = ['input', 'id'];
  return transaction(async (tx) => {
    const { id } = await findWorker(tx, input.id, at);
    if (await tx.workers.resume(id)) return id;
    throw new Conflict('The worker was asked to end, so it takes no more runs; start another one.', at);
  });
}
