import { findAndLockProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type ManifestInput, type ProjectPlan, textToApply, applyManifest } from './manifest-to-apply.ts';

/**
 * Lists what applying a manifest would change, and changes nothing: it applies the manifest and rolls back.
 *
 * @throws NotFound, InvalidInput
 */
export async function planProject({ transaction }: Gateway, input: ManifestInput): Promise<ProjectPlan> {
  return transaction(async (tx) => {
    const project = await findAndLockProject(tx, input.project, ['input', 'project'], 'EXCLUSIVE');
    const text = await textToApply(project, input);
    return tx.withoutEffect(() => applyManifest(tx, project, text, input));
  });
}
