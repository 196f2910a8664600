import { InputCheck, NotFound } from '../../../errors.ts';
import { quoted } from '../../../lib/quoted.ts';
import { findAndLockProject } from '../../naming/references.ts';
import type { Gateway } from '../../gateway.ts';
import { checkFilePath } from './file-path.ts';
import { refuseForeignFiles } from './own-files.ts';

export interface DeleteProjectFileInput {
  /** Id or path of the project. */
  project: string;
  /** Its path in the project's directory. */
  path: string;
}

/** Deletes a file of a managed project for good. @returns the id of the project @throws NotFound, InvalidInput, Conflict */
export async function deleteProjectFile(gateway: Gateway, input: DeleteProjectFileInput): Promise<string> {
  const check = new InputCheck();
  const path = checkFilePath(check, 'path', input.path);
  check.done();
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseForeignFiles(project, ['input', 'project']);
    const file = await tx.projectFiles.head(project.id, path ?? '');
    if (!file) throw new NotFound(`The project has no file ${quoted(input.path)}.`, ['input', 'path']);
    await tx.projectFiles.remove(project.id, file.id);
    return project.id;
  });
}
