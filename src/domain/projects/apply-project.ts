import { Conflict } from '../../errors.ts';
import { refuseUnfinished } from '../lifecycle/delete-with-contents.ts';
import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type ManifestInput, type ProjectPlan, applyManifest, textToApply } from './manifest-to-apply.ts';

/**
 * Makes exactly the changes that `planProject` has listed.
 *
 * @throws NotFound, InvalidInput; Conflict when it would now make other changes, and when an imported project
 *   is given another `meltano.yml` than its own; Busy when it deletes something while a run has not ended
 */
export async function applyProject(
  { transaction }: Gateway,
  input: ManifestInput & { planEtag: string },
): Promise<ProjectPlan & { projectId: string }> {
  return transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    if (project.manifestMode === 'READ_ONLY' && (input.text ?? input.file) != null) {
      throw new Conflict(
        'The project is imported: the gateway does not write its meltano.yml. Change that file, and apply it by giving neither `text` nor `file`.',
        ['input', input.text == null ? 'file' : 'text'],
      );
    }
    if (project.manifestMode === 'READ_ONLY' && (await tx.projectSources.of(project.id))) {
      throw new Conflict(
        'The project comes from a repository: commit the change there, and take it over with `syncProject`.',
        ['input', 'project'],
      );
    }
    const plan = await applyManifest(tx, project, await textToApply(project, input), input);
    if (plan.etag !== input.planEtag) {
      throw new Conflict(
        'Applying it would change something else by now than what was planned. Plan again, and look at the changes.',
        ['input', 'planEtag'],
        plan.etag,
      );
    }
    if (plan.deletes) await refuseUnfinished(tx, 'Project', project.id, ['input', 'prune']);
    return { ...plan, projectId: project.id };
  });
}
