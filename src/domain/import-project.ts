import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { NotFound } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { Project, Statements } from '../store/index.ts';
import { mirrorManifest } from './mirror-manifest.ts';
import { projectExists } from './project.ts';
import type { Services } from './services.ts';

/** What an import did: how many rows of all kinds it touched. */
export interface ImportSummary {
  project: Project;
  created: number;
  updated: number;
  deleted: number;
}

/**
 * Raise it whenever an import makes other rows of the same files, so that projects which have not changed
 * are brought up to date by the first start of the new release.
 */
const rowFormat = 1;

/**
 * Brings the store in line with a project's files, in one transaction, see `syncRows`. What could not be
 * imported since the API has changed something in its way becomes a warning, and is tried again next time.
 *
 * An environment that was deleted through the API stays so, with all in it, until its own definition changes;
 * then what was deleted with it comes back, too.
 *
 * @param name the project's name in the gateway; by default the directory's
 * @throws AlreadyExists when another project has the name, NotFound when it is deleted at the same moment
 */
export async function importProject(
  { store }: Pick<Services, 'store' | 'log'>,
  manifest: Manifest,
  name?: string,
): Promise<ImportSummary> {
  const digest = digestOfFiles(manifest);
  return store.transaction(async (tx) => {
    // Gateways that start at the same time import the same projects.
    await tx.lockImports();
    const present = await tx.projectByDirectory(manifest.directory);
    if (present?.manifestDigest === digest && (name === undefined || name === present.name)) {
      return { project: present, created: 0, updated: 0, deleted: 0 };
    }
    // Nothing in it can be deleted or brought back before the import ends.
    if (present) {
      await tx.holdProjectForImport(present.id);
      if (!(await tx.projectById(present.id))) throw new NotFound('The project was deleted meanwhile.');
    }
    const namesake = name === undefined ? null : await tx.projectByName(name);
    if (namesake && namesake.id !== present?.id) throw projectExists(namesake.name, null);
    if (present && name !== undefined && name !== present.name) {
      const former = { type: 'Project', parentId: null, name: present.name, id: present.id } as const;
      await tx.rememberNames([former], new Date());
    }
    const { id } =
      present ??
      (await tx.createProject({
        directory: manifest.directory,
        name: name ?? (await freeName(tx, basename(manifest.directory))),
      }));
    const { project, findings, ...counts } = await mirrorManifest(tx, id, manifest);
    await tx.updateProject(id, {
      manifestDigest: findings.length === 0 ? digest : null,
      ...(name === undefined ? {} : { name }),
    });
    counts[present ? 'updated' : 'created']++;
    return { project: { ...project, name: name ?? project.name }, ...counts };
  });
}

async function freeName(tx: Statements, directoryName: string): Promise<string> {
  const base = directoryName.replace(/[/\s:\p{Cc}]+/gu, '-').replace(/^-+/, '') || 'project';
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!(await tx.projectByName(name))) return name;
  }
}

/** Digest of what files say; an import of the same changes nothing. */
export function digestOfFiles(manifest: Manifest): string {
  const value = JSON.stringify({ rowFormat, ...manifest, settings: null });
  return createHash('sha256').update(value).digest('hex');
}
