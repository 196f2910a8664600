import { WrongStatus } from '../../errors.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import { findRun } from '../naming/references.ts';
import { hasEnded } from '../../store/runs/run-status.ts';
import type { Gateway } from '../gateway.ts';

/**
 * Deletes a run that has ended, with its blocks, lines and metrics. States and their versions stay.
 *
 * @returns the opaque id of the deleted run
 * @throws NotFound, InvalidInput, WrongStatus when it has not ended
 */
export async function deleteRun(
  { transaction }: Gateway,
  input: { run: string },
): Promise<{ deletedId: string }> {
  return transaction(async (tx) => {
    const run = await findRun(tx, input.run, ['input', 'run']);
    if (!hasEnded(run.status)) {
      throw new WrongStatus(
        `The run is ${run.status}; only a run that has ended can be deleted. Cancel it first, or wait until it ends.`,
        { run: run.status },
        ['input', 'run'],
      );
    }
    await tx.runs.deleteEnded(run.id);
    return { deletedId: encodeGlobalId({ type: 'Run', id: run.id }) };
  });
}
