import { deleteWithContents, type DeleteOptions } from '../lifecycle/delete-with-contents.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

export interface DeleteProjectInput extends DeleteOptions {
  /** Id or path of the project. */
  project: string;
}

/**
 * Deletes a project: lists and paths do not find it any more. Its files stay.
 *
 * @throws NotFound, InvalidInput; Conflict when the project is not empty, unless `force` deletes its contents
 *   too; Busy when one of its runs has not ended
 */
export async function deleteProject({ transaction }: Gateway, input: DeleteProjectInput): Promise<string> {
  const path = ['input', 'project'];
  return transaction(async (tx) => {
    const { id } = await findAndLockProject(tx, input.project, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Project', id, input, path);
    return id;
  });
}
