import { WrongStatus } from '../../errors.ts';
import { findRun } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { keepVariables } from './kept-variables.ts';

/**
 * Cancels a run. A queued run ends at once. A running one becomes CANCELLING, and its worker stops the
 * process group: first with SIGTERM, then with SIGKILL.
 *
 * @returns the id of the run
 * @throws NotFound, InvalidInput, WrongStatus when it has ended
 */
export async function cancelRun(
  { db, transaction, vault }: Gateway,
  input: { run: string },
): Promise<string> {
  const run = await findRun(db, input.run, ['input', 'run']);
  return transaction(async (tx) => {
    if (await tx.runs.requestCancel(run.id)) {
      await keepVariables(tx, vault, run.id);
      return run.id;
    }
    const status = (await tx.runs.byId(run.id))?.status ?? run.status;
    // A second request is no error: it gets the same answer.
    if (status === 'CANCELLING') return run.id;
    throw new WrongStatus(
      `The run has ended as ${status}; only a run that has not ended can be cancelled.`,
      { run: status },
      ['input', 'run'],
    );
  });
}
