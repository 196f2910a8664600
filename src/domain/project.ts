import { AlreadyExists } from '../errors.ts';
import { deleteWithContents, type DeleteOptions } from './deletion.ts';
import { findAndHoldProject } from './references.ts';
import type { Services } from './services.ts';

export interface DeleteProjectInput extends DeleteOptions {
  /** Id or path of the project. */
  project: string;
}

/**
 * Deletes a project: it disappears from lists and names. Its files are left alone.
 *
 * @throws NotFound, InvalidInput; Conflict when there is something in it, unless `force` deletes that with it;
 *   Busy when a run of it has not ended
 */
export async function deleteProject({ store }: Services, input: DeleteProjectInput): Promise<string> {
  const path = ['input', 'project'];
  return store.transaction(async (tx) => {
    const { id } = await findAndHoldProject(tx, input.project, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Project', id, input, path);
    return id;
  });
}

/** The refusal of a name that a project of the gateway has. */
export function projectExists(name: string, path: readonly string[] | null): AlreadyExists {
  return new AlreadyExists(`There is a project "${name}" already; choose another name.`, path);
}
