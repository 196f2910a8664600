import { join } from 'node:path';
import { InputCheck } from '../../errors.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import { replaceManifest } from '../mirror/edit-manifest.ts';
import { hostName } from '../../lib/processes/machine.ts';
import { newId } from '../../lib/uuid.ts';
import { checkName } from '../naming/names.ts';
import { checkedSource, type GitSourceInput } from './source/check-source.ts';
import { projectExists } from './project-exists.ts';
import type { Gateway } from '../gateway.ts';

export interface CreateProjectInput {
  name: string;
  /** A `meltano.yml` to begin with. */
  text?: string | null | undefined;
  /** The repository that it comes from. */
  source?: { git: GitSourceInput & { url: string } } | null | undefined;
}

/**
 * Creates a project. Of a managed one the store keeps the `meltano.yml`, and the API changes it; before a run needs
 * it, it is written to the project's own directory. One with a source is empty until its repository was looked at, which
 * happens soon after.
 *
 * @throws InvalidInput, AlreadyExists
 */
export async function createProject(
  { transaction, projectsDirectory, gitProtocols }: Gateway,
  { name, text, source: given }: CreateProjectInput,
): Promise<string> {
  const check = new InputCheck();
  checkName(check, 'name', name);
  if (given != null && text != null)
    check.add('source', 'ONE_OF', 'Give either `text` or `source`, not both.');
  const source = given == null ? null : checkedSource(check, given.git, null, gitProtocols);
  check.done();
  try {
    return await transaction(async (tx) => {
      if (await tx.projects.byName(name)) throw projectExists(name, ['input', 'name']);
      if (source !== null) {
        const id = newId();
        await tx.projects.create({ id, name, directory: join(projectsDirectory, id) });
        await tx.projectSources.create(id, source);
        return id;
      }
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
