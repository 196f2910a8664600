import { LimitExceeded, NotFound, WrongStatus } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { NewBulkOperation } from '../../store/bulk/bulk-operations.ts';
import { quoted } from '../../lib/quoted.ts';
import { parseId } from '../naming/parse-reference.ts';
import type { Gateway } from '../gateway.ts';

/** The most objects that one bulk operation can have. */
export const maxItems = 10_000;

/** How long a bulk operation is kept after it has ended, in days. */
export const keptDays = 30;

/**
 * Stores a bulk operation and its objects. A worker executes it later.
 *
 * @returns the id of the operation
 * @throws LimitExceeded when it has more than `maxItems` objects; Unavailable
 */
export async function submitBulkOperation(
  { checkNotStopping }: Pick<Gateway, 'checkNotStopping'>,
  tx: Statements,
  operation: NewBulkOperation,
): Promise<string> {
  if (operation.verb !== 'CANCEL_RUNS') checkNotStopping();
  const id = await tx.bulk.create(operation, maxItems);
  if (id !== null) return id;
  throw new LimitExceeded(
    `The filter fits at least ${maxItems + 1} objects, and one operation is for at most ${maxItems}; narrow the filter.`,
    maxItems,
    ['input', 'filter'],
  );
}

/** Finds a bulk operation by its id. @throws NotFound, InvalidInput */
export async function findBulkOperation(
  db: Statements,
  text: string,
  at: readonly string[],
): Promise<string> {
  const id = parseId('BulkOperation', text, at);
  if (!(await db.bulk.byId(id))) throw new NotFound(`There is no BulkOperation ${quoted(text)}.`, at);
  return id;
}

/**
 * Cancels a bulk operation. Objects that were changed stay changed; the others are skipped.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, WrongStatus when it has already ended with another status
 */
export async function cancelBulkOperation({ transaction }: Gateway, input: { id: string }): Promise<string> {
  const path = ['input', 'id'];
  return transaction(async (tx) => {
    const id = await findBulkOperation(tx, input.id, path);
    if (await tx.bulk.cancel(id)) return id;
    const status = (await tx.bulk.byId(id))?.status ?? 'CANCELLED';
    // A second request is no error: it gets the same answer.
    if (status === 'CANCELLED') return id;
    throw new WrongStatus(
      `The bulk operation has ended as ${status}; only one that has not ended can be cancelled.`,
      { operation: status },
      path,
    );
  });
}

/**
 * Pauses a bulk operation that has not ended, until `resumeBulkOperation`.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, WrongStatus when it has ended
 */
export async function pauseBulkOperation(gateway: Gateway, input: { id: string }): Promise<string> {
  return changeUnended(gateway, input, 'paused', (tx, id) => tx.bulk.pause(id));
}

/**
 * Lets a paused bulk operation go on. One that is not paused goes on anyway.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, WrongStatus when it has ended
 */
export async function resumeBulkOperation(gateway: Gateway, input: { id: string }): Promise<string> {
  return changeUnended(gateway, input, 'resumed', (tx, id) => tx.bulk.resume(id));
}

async function changeUnended(
  { transaction }: Gateway,
  input: { id: string },
  participle: string,
  change: (tx: Statements, id: string) => Promise<boolean>,
): Promise<string> {
  const path = ['input', 'id'];
  return transaction(async (tx) => {
    const id = await findBulkOperation(tx, input.id, path);
    if (await change(tx, id)) return id;
    const operation = await tx.bulk.byId(id);
    // A second request is no error: it gets the same answer.
    if (operation?.endedAt === null) return id;
    const status = operation?.status ?? 'CANCELLED';
    throw new WrongStatus(
      `The bulk operation has ended as ${status}; only one that has not ended can be ${participle}.`,
      { operation: status },
      path,
    );
  });
}

/** Removes bulk operations that ended more than `keptDays` ago, a limited number in each call. */
export function removeOldBulkOperations({ db }: Pick<Gateway, 'db'>): Promise<void> {
  return db.bulk.remove(keptDays * 24 * 3600 * 1000);
}
