import { Conflict, type InputCheck } from '../../../errors.ts';
import { quoted } from '../../../lib/quoted.ts';
import type { Project, Statements } from '../../../store/index.ts';

/** The most files of a project, the most characters of one, and the most bytes of all together. */
export const fileLimits = { files: 1000, length: 1_000_000, total: 20_000_000 };

/** @throws Conflict when the gateway does not keep the project's files */
export function refuseForeignFiles({ manifestMode, name }: Project, at: readonly string[]): void {
  if (manifestMode === 'MANAGED') return;
  throw new Conflict(
    `The project ${quoted(name)} is imported: its files are yours, and the gateway does not write them. Change them where they are.`,
    at,
  );
}

/** Notes when a project would have too many files, or a file stands where another needs a folder. */
export async function checkBeside(
  tx: Statements,
  check: InputCheck,
  project: Pick<Project, 'id'>,
  { path, folders, size }: { path: string; folders: readonly string[]; size: number },
): Promise<void> {
  const others = await tx.projectFiles.beside(project.id, path, folders);
  const { files, total } = fileLimits;
  if (others.count >= files) check.add('path', 'TOO_MANY', `A project has at most ${files} files.`);
  if (others.size + size > total) {
    check.add(
      'text',
      'TOO_LONG',
      `The files of the project would have ${others.size + size} bytes together; at most ${total} are allowed. Take a project from git instead.`,
    );
  }
  if (others.inTheWay !== null) {
    check.add(
      'path',
      'BAD_PATH',
      `${quoted(path)} cannot be there beside ${quoted(others.inTheWay)}: one of them would be a file and a folder.`,
    );
  }
}
