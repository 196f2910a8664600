import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { projectExists } from '../projects/project-exists.ts';
import { findAndLockProject } from '../naming/references.ts';
import { type Target, checkNewName, remember } from './move-target.ts';

export async function renameProject(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const name = checkNewName(to, 'project');
  const project = await findAndLockProject(tx, reference, ['input', 'resource', 'project'], 'EXCLUSIVE');
  const present = await tx.projects.byName(name);
  if (present && present.id !== project.id) throw projectExists(name, ['input', 'to']);
  if (!present) {
    await tx.projects.update(project.id, { name });
    await remember(tx, [{ type: 'Project', parentId: null, name: project.name, id: project.id }]);
  }
  return { type: 'Project', id: project.id };
}
