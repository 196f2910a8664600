import { WrongStatus } from '../errors.ts';
import { encodeGlobalId } from './global-id.ts';
import { findRun } from './references.ts';
import { isFinal } from './run-status.ts';
import type { Services } from './services.ts';

/**
 * Deletes a run that has ended, with its blocks, lines and metrics. States and their versions stay.
 *
 * @returns the opaque id that it had
 * @throws NotFound, InvalidInput, WrongStatus when it has not ended
 */
export async function deleteRun({ store }: Services, input: { run: string }): Promise<{ deletedId: string }> {
  return store.transaction(async (tx) => {
    const run = await findRun(tx, input.run, ['input', 'run']);
    if (!isFinal(run.status)) {
      throw new WrongStatus(
        `The run is ${run.status}; only a run that has ended can be deleted. Cancel it first, or wait until it ends.`,
        run.status,
        ['input', 'run'],
      );
    }
    await tx.deleteEndedRun(run.id);
    return { deletedId: encodeGlobalId({ type: 'Run', id: run.id }) };
  });
}
