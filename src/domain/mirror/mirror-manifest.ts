import type { Finding } from '../../manifest/manifest.ts';
import type { Project, Statements } from '../../store/index.ts';
import type { Match } from './match-rows.ts';
import { contentWrites, environmentWrites } from './mirror-writes.ts';
import type { ReadManifest } from './read-manifests.ts';

/** The result of bringing a project's rows in line with its manifest. */
export interface MirrorReport {
  project: Project;
  /** Numbers of rows of all types, without the project's own. */
  created: number;
  updated: number;
  deleted: number;
  /** What could not be applied. */
  findings: Finding[];
}

/**
 * Brings the rows of a project in line with a manifest, see `syncRows`, in a limited number of statements.
 * When a change that was made through the API prevents a part, the project gets a warning.
 *
 * @param match how to apply it; by default as an import does, which deletes what the manifest does not have any more
 * @param isNew false when the manifest is the one that was mirrored last
 */
export async function mirrorManifest(
  tx: Statements,
  projectId: string,
  manifest: ReadManifest,
  match: Match | null = null,
  isNew = true,
): Promise<MirrorReport> {
  const { json } = manifest;
  const stored = await storedText(tx, projectId);
  const now = await tx.now();
  const moment = now.toISOString();
  const first = await environmentWrites({ projectId, json, stored, match, now: moment });
  await tx.mirror.write(first.writes);
  for (const { id, deletedAt, purgedAt } of first.restored) {
    await tx.lifecycle.restoreWithin('Environment', id, {
      deletedAt: new Date(deletedAt),
      purgedAt: purgedAt === null ? null : new Date(purgedAt),
    });
  }
  const present = first.restored.length > 0 ? await storedText(tx, projectId) : stored;
  const input = { projectId, json, stored: present, match, now: moment };
  const { writes, report, warnings } = await contentWrites(input, first.environments, first.report);
  await tx.mirror.write(writes);
  const { findings, ...counts } = report;
  const project = await tx.projects.update(projectId, {
    meltanoProjectId: manifest.projectId,
    defaultEnvironment: manifest.defaultEnvironment,
    requiresMeltano: manifest.requiresMeltano,
    envNames: manifest.envNames,
    dotEnvNames: manifest.dotEnvNames,
    importWarnings: warnings,
    ...(isNew ? { importedAt: now } : {}),
  });
  return { project, ...counts, findings };
}

/** All rows of a project's manifest, as JSON text, see `storedManifest`. */
export async function storedText(tx: Statements, projectId: string): Promise<string> {
  const texts = await tx.mirror.stored([projectId]);
  return texts.get(projectId) ?? '';
}
