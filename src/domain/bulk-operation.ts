import { LimitExceeded, NotFound, WrongStatus } from '../errors.ts';
import type { Statements } from '../store/index.ts';
import type { NewBulkOperation } from '../store/bulk-operation.ts';
import { quoted } from './names.ts';
import { parseId } from './parse-reference.ts';
import type { Services } from './services.ts';

/** The most objects that one bulk operation is for. */
export const maxItems = 10_000;

/** How long a bulk operation is kept after its end, in days. */
export const keptDays = 30;

/**
 * Stores a bulk operation with the objects that it is for, for a worker to carry out.
 *
 * @returns its id
 * @throws LimitExceeded when it is for more than `maxItems` objects
 */
export async function submitBulkOperation(tx: Statements, operation: NewBulkOperation): Promise<string> {
  const id = await tx.createBulkOperation(operation, maxItems);
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
  path: readonly string[],
): Promise<string> {
  const id = parseId('BulkOperation', text, path);
  if (!(await db.bulkOperationById(id)))
    throw new NotFound(`There is no BulkOperation ${quoted(text)}.`, path);
  return id;
}

/**
 * Ends a bulk operation before its time: what has been done stays, and what is left is skipped.
 *
 * @returns its id
 * @throws NotFound, InvalidInput, WrongStatus when it has ended otherwise
 */
export async function cancelBulkOperation(
  { store }: Services,
  input: { operation: string },
): Promise<string> {
  const path = ['input', 'operation'];
  return store.transaction(async (tx) => {
    const id = await findBulkOperation(tx, input.operation, path);
    if (await tx.cancelBulkOperation(id)) return id;
    const status = (await tx.bulkOperationById(id))?.status ?? 'CANCELLED';
    // Asking twice is no mistake: the answer is the same.
    if (status === 'CANCELLED') return id;
    throw new WrongStatus(
      `The bulk operation has ended as ${status}; only one that has not ended can be cancelled.`,
      status,
      path,
    );
  });
}

/** Removes bulk operations that ended more than `keptDays` ago, some of them at a time. */
export function removeOldBulkOperations({ store }: Pick<Services, 'store'>, now: Date): Promise<void> {
  return store.removeBulkOperations(new Date(now.getTime() - keptDays * 24 * 3600 * 1000));
}
