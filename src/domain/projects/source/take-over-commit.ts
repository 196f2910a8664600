import type { SourceToSync } from '../../../store/projects/project-sources.ts';
import type { Gateway } from '../../gateway.ts';
import { mirrorManifest } from '../../mirror/mirror-manifest.ts';
import type { ReadManifest } from '../../mirror/read-manifests.ts';

/** A commit of a project whose files are on this machine. */
export interface CommitToTakeOver {
  source: SourceToSync;
  leaseId: string;
  commit: string;
  manifest: ReadManifest;
  /** When to look for changes again, in milliseconds; null for not before it is asked for. */
  againMs: number | null;
}

/**
 * Brings a project in line with the `meltano.yml` of a commit, as an import does, in one transaction.
 *
 * @returns how many objects have changed; null when the project is gone, or another synchronisation has begun
 * @throws what an import throws
 */
export async function takeOverCommit(
  { transaction }: Gateway,
  { source, leaseId, commit, manifest, againMs }: CommitToTakeOver,
): Promise<number | null> {
  const { projectId } = source;
  return transaction(async (tx) => {
    await tx.projects.lockImports();
    // From now on nothing in the project can be deleted or brought back.
    await tx.rowLocks.projectForImport(projectId);
    const project = await tx.projects.byId(projectId);
    if (!project || !(await tx.projectSources.lock(projectId, leaseId))) return null;
    let changed = 0;
    // A digest that does not know where the files are: each commit has its own place.
    const digest = manifest.filesDigest;
    if (project.manifestDigest !== digest) {
      const { findings, created, updated, deleted } = await mirrorManifest(tx, projectId, manifest);
      changed = created + updated + deleted;
      await tx.projects.update(projectId, { manifestDigest: findings.length === 0 ? digest : null });
    }
    if (project.directory !== manifest.directory)
      await tx.projects.update(projectId, { directory: manifest.directory });
    await tx.projectSources.settle(projectId, leaseId, { commit, problem: null, againMs });
    return changed;
  });
}
