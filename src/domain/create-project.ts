import { InputCheck } from '../errors.ts';
import { isDuplicate } from '../store/duplicate.ts';
import { replaceManifest } from './edit-manifest.ts';
import { checkName } from './names.ts';
import { projectExists } from './project.ts';
import type { Services } from './services.ts';

export interface CreateProjectInput {
  name: string;
  /** A `meltano.yml` to begin with. */
  text?: string | null | undefined;
}

/**
 * Makes a managed project: its `meltano.yml` is kept in the store, changed by the API, and written to a directory of
 * its own before a run needs it.
 *
 * @throws InvalidInput, AlreadyExists
 */
export async function createProject(
  { store, projectsDirectory }: Services,
  { name, text }: CreateProjectInput,
): Promise<string> {
  const check = new InputCheck();
  checkName(check, 'name', name);
  check.done();
  try {
    return await store.transaction(async (tx) => {
      if (await tx.projectByName(name)) throw projectExists(name, ['input', 'name']);
      const project = await tx.createManagedProject(name, projectsDirectory, '{}');
      await replaceManifest(tx, project, text ?? 'version: 1\n', ['input', 'text'], null);
      return project.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw projectExists(name, ['input', 'name']);
    throw error;
  }
}
