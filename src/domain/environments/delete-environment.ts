import { deleteWithContents, type DeleteOptions } from '../lifecycle/delete-with-contents.ts';
import { findAndLockEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface DeleteEnvironmentInput extends DeleteOptions {
  /** Id or path of the environment. */
  environment: string;
}

/**
 * Deletes an environment: lists and paths do not find it any more. Its runs, its states and their versions
 * cannot be reached any more either.
 *
 * @throws NotFound, InvalidInput; Conflict when the environment is not empty, unless `force` deletes its
 *   contents too; Busy when one of its runs has not ended
 */
export async function deleteEnvironment(
  { transaction }: Gateway,
  input: DeleteEnvironmentInput,
): Promise<string> {
  const path = ['input', 'environment'];
  return transaction(async (tx) => {
    const { id } = await findAndLockEnvironment(tx, input.environment, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Environment', id, input, path);
    return id;
  });
}
