import { createHash } from 'node:crypto';
import { InputCheck } from '../../../errors.ts';
import { findAndLockProject } from '../../naming/references.ts';
import type { Gateway } from '../../gateway.ts';
import type { Updated } from '../../updated.ts';
import { checkFilePath, foldersOf } from './file-path.ts';
import { checkBeside, refuseForeignFiles } from './own-files.ts';

export interface PutProjectFileInput {
  /** Id or path of the project. */
  project: string;
  /** Its path in the project's directory. */
  path: string;
  text: string;
  /** Whether it can be started as a program. Absent for as before, and no when it is new. */
  isExecutable?: boolean | null | undefined;
}

/** Creates a file of a managed project, or replaces its text. @throws NotFound, InvalidInput, Conflict */
export async function putProjectFile(gateway: Gateway, input: PutProjectFileInput): Promise<Updated> {
  const { text } = input;
  const check = new InputCheck();
  const path = checkFilePath(check, 'path', input.path);
  const size = Buffer.byteLength(text);
  if (path === null) check.done();
  return gateway.transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    refuseForeignFiles(project, ['input', 'project']);
    const place = { path: path ?? '', folders: foldersOf(path ?? ''), size };
    await checkBeside(tx, check, project, place);
    check.done();
    const present = await tx.projectFiles.head(project.id, place.path);
    const digest = createHash('sha256').update(text).digest('hex');
    const isExecutable = input.isExecutable ?? present?.isExecutable ?? false;
    if (present?.digest === digest && present.isExecutable === isExecutable)
      return { id: present.id, isChanged: false };
    const file = { path: place.path, text, size, digest, isExecutable };
    return { id: await tx.projectFiles.put(project.id, file), isChanged: true };
  });
}
