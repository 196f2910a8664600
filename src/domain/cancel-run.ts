import { WrongStatus } from '../errors.ts';
import { findRun } from './references.ts';
import type { Services } from './services.ts';

/**
 * Asks a run to stop. A queued run is cancelled at once; a running one turns CANCELLING, and its worker
 * stops the process group: politely, then by force.
 *
 * @returns the id of the run
 * @throws NotFound, InvalidInput, WrongStatus when it has ended
 */
export async function cancelRun({ store }: Services, input: { run: string }): Promise<string> {
  const run = await findRun(store, input.run, ['input', 'run']);
  return store.transaction(async (tx) => {
    if (await tx.requestCancel(run.id)) return run.id;
    const status = (await tx.runById(run.id))?.status ?? run.status;
    // Asking twice is no mistake: the answer is the same.
    if (status === 'CANCELLING') return run.id;
    throw new WrongStatus(
      `The run has ended as ${status}; only a run that has not ended can be cancelled.`,
      status,
      ['input', 'run'],
    );
  });
}
