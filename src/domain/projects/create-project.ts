import { InputCheck } from '../../errors.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import { replaceManifest } from '../mirror/edit-manifest.ts';
import { hostName } from '../../lib/processes/machine.ts';
import { checkName } from '../naming/names.ts';
import { projectExists } from './project-exists.ts';
import type { Gateway } from '../gateway.ts';

export interface CreateProjectInput {
  name: string;
  /** A `meltano.yml` to begin with. */
  text?: string | null | undefined;
}

/**
 * Creates a managed project. The store keeps its `meltano.yml`, and the API changes it. Before a run needs
 * it, it is written to the project's own directory.
 *
 * @throws InvalidInput, AlreadyExists
 */
export async function createProject(
  { transaction, projectsDirectory }: Gateway,
  { name, text }: CreateProjectInput,
): Promise<string> {
  const check = new InputCheck();
  checkName(check, 'name', name);
  check.done();
  try {
    return await transaction(async (tx) => {
      if (await tx.projects.byName(name)) throw projectExists(name, ['input', 'name']);
      const project = await tx.projects.createManaged(name, {
        parentDirectory: projectsDirectory,
        host: hostName(),
        text: '{}',
      });
      await replaceManifest(tx, project, text ?? 'version: 1\n', ['input', 'text'], null);
      return project.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw projectExists(name, ['input', 'name']);
    throw error;
  }
}
