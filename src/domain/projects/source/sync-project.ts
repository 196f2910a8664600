import { Conflict } from '../../../errors.ts';
import { quoted } from '../../../lib/quoted.ts';
import type { Gateway } from '../../gateway.ts';
import { findAndLockProject } from '../../naming/references.ts';

/**
 * Has the repository of a project looked at soon, by any process that can.
 *
 * @returns the id of the project
 * @throws NotFound; Conflict when it comes from no repository
 */
export async function syncProject({ transaction }: Gateway, input: { project: string }): Promise<string> {
  const at = ['input', 'project'];
  return transaction(async (tx) => {
    const { id, name } = await findAndLockProject(tx, input.project, at, 'EXCLUSIVE');
    if (!(await tx.projectSources.of(id))) {
      throw new Conflict(
        `The project ${quoted(name)} comes from no repository: only one that was made with \`source\` can be synchronised.`,
        at,
      );
    }
    await tx.projectSources.ask(id);
    return id;
  });
}
