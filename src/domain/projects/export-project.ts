import { Conflict } from '../../errors.ts';
import { findProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { manifestViews, unreadable } from './manifest-view.ts';

/**
 * Returns a `meltano.yml` that describes the project as the API shows it.
 *
 * @throws NotFound, InvalidInput; Conflict when the project has something that Meltano's files cannot express
 */
export async function exportProject(
  gateway: Gateway,
  { project }: { project: string },
): Promise<{ projectId: string; text: string }> {
  const path = ['input', 'project'];
  const row = await findProject(gateway.db, project, path);
  const view = (await manifestViews(gateway, [row])).get(row.id) ?? unreadable([]);
  const errors = view.findings.filter(({ severity }) => severity === 'ERROR');
  if (view.text === null || errors.length > 0) {
    const reasons = errors.map(({ message }) => message).join(' ');
    throw new Conflict(`The project cannot be exported whole. ${reasons}`, path);
  }
  return { projectId: row.id, text: view.text };
}
