import { basename } from 'node:path';
import { NotFound } from '../../errors.ts';
import { hostName } from '../../lib/processes/machine.ts';
import type { Finding } from '../../manifest/manifest.ts';
import type { Project, Statements } from '../../store/index.ts';
import { mirrorManifest } from '../mirror/mirror-manifest.ts';
import type { ReadManifest } from '../mirror/read-manifests.ts';
import { projectExists } from './project-exists.ts';
import type { Gateway } from '../gateway.ts';

/** The project, and how many rows of all types an import has created, updated and deleted. */
export interface ImportSummary {
  project: Project;
  created: number;
  updated: number;
  deleted: number;
}

/**
 * Brings the store in line with a project's files, in one transaction, see `syncRows`. When a change that was
 * made through the API prevents a part of the import, a warning says so, and the next import tries again.
 *
 * An environment that was deleted through the API stays deleted, with its contents, until its own definition
 * changes. Then it comes back with the contents that were deleted with it.
 *
 * @param name the project's name in the gateway; by default the name of the directory
 * @throws AlreadyExists when another project has the name, NotFound when the project is deleted in the
 *   meantime
 */
export async function importProject(
  { transaction }: Pick<Gateway, 'transaction' | 'log'>,
  manifest: ReadManifest,
  name?: string,
): Promise<ImportSummary> {
  const { digest, filesDigest } = manifest;
  const host = hostName();
  return transaction(async (tx) => {
    // Several gateways may start and import the same projects at the same time.
    await tx.projects.lockImports();
    const present = await tx.projects.byDirectory(manifest.directory);
    if (present?.manifestDigest === digest && (name === undefined || name === present.name)) {
      if (present.importedHost !== host) await tx.projects.update(present.id, { importedHost: host });
      return { project: present, created: 0, updated: 0, deleted: 0 };
    }
    // From now on nothing in the project can be deleted or brought back until the import ends.
    if (present) {
      await tx.rowLocks.projectForImport(present.id);
      if (!(await tx.projects.byId(present.id))) throw new NotFound('The project was deleted meanwhile.');
    }
    const namesake = name === undefined ? null : await tx.projects.byName(name);
    if (namesake && namesake.id !== present?.id) throw projectExists(namesake.name, null);
    if (present && name !== undefined && name !== present.name) {
      const former = { type: 'Project', parentId: null, name: present.name, id: present.id } as const;
      await tx.formerNames.remember([former]);
    }
    const { id } =
      present ??
      (await tx.projects.create({
        directory: manifest.directory,
        name: name ?? (await freeName(tx, manifest.directory)),
      }));
    const { project, findings, ...counts } = await mirrorManifest(tx, id, manifest);
    await tx.projects.update(id, {
      manifestDigest: findings.length === 0 ? digest : null,
      filesDigest,
      importedHost: host,
      ...(name === undefined ? {} : { name }),
    });
    counts[present ? 'updated' : 'created']++;
    return { project: { ...project, name: name ?? project.name }, ...counts };
  });
}

/** The most mistakes of a project's files that its row tells. */
const mostFindings = 100;

/**
 * Makes the row of a project whose files cannot be read, so that it is served: it has no contents, and its findings say
 * what is wrong. The next import fills it.
 *
 * @throws AlreadyExists when another project has the name
 */
export async function addUnreadableProject(
  { transaction }: Pick<Gateway, 'transaction'>,
  directory: string,
  findings: readonly Finding[],
  name?: string,
): Promise<Project> {
  return transaction(async (tx) => {
    await tx.projects.lockImports();
    const present = await tx.projects.byDirectory(directory);
    if (present) return present;
    if (name !== undefined && (await tx.projects.byName(name))) throw projectExists(name, null);
    return tx.projects.create({
      directory,
      name: name ?? (await freeName(tx, directory)),
      importWarnings: findings
        .slice(0, mostFindings)
        .map(({ file, line, message }) => `${file}:${line}: ${message}`),
    });
  });
}

/** The name that a project gets when none is given. */
export function nameOfDirectory(directory: string): string {
  return (
    basename(directory)
      .replace(/[/\s:\p{Cc}]+/gu, '-')
      .replace(/^-+/, '') || 'project'
  );
}

async function freeName(tx: Statements, directory: string): Promise<string> {
  const base = nameOfDirectory(directory);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!(await tx.projects.byName(name))) return name;
  }
}
