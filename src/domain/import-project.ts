import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { NotFound } from '../errors.ts';
import type { Finding, Manifest } from '../manifest/manifest.ts';
import { checkInterval } from './cron.ts';
import { importedEnvironments, importedJobs, importedPlugins, importedSchedules } from './imported-rows.ts';
import { projectExists } from './project.ts';
import type { Environment, Project, Statements } from '../store/index.ts';
import type { Services } from './services.ts';
import { syncRows, type SyncReport } from './sync-rows.ts';

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
  const digest = digestOf({ rowFormat, ...manifest, settings: null });
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
    const data = {
      meltanoProjectId: manifest.projectId,
      defaultEnvironment: manifest.defaultEnvironment,
      requiresMeltano: manifest.requiresMeltano,
      envNames: Object.keys(manifest.env).sort(),
      dotEnvNames: manifest.dotEnvNames,
      importedAt: new Date(),
      ...(name === undefined ? {} : { name }),
    };
    const { id } =
      present ??
      (await tx.createProject({
        directory: manifest.directory,
        name: name ?? (await freeName(tx, basename(manifest.directory))),
      }));
    const { findings, ...counts } = await importRows(tx, id, manifest);
    const project = await tx.updateProject(id, {
      ...data,
      importWarnings: warningsOf(manifest, findings),
      manifestDigest: findings.length > 0 ? null : digest,
    });
    counts[present ? 'updated' : 'created']++;
    return { project, ...counts };
  });
}

async function importRows(tx: Statements, projectId: string, manifest: Manifest): Promise<SyncReport> {
  const report: SyncReport = { created: 0, updated: 0, deleted: 0, findings: [] };
  const storedEnvironments = await tx.environmentsOf(projectId);
  const environments = await syncRows(report, {
    stored: storedEnvironments,
    wanted: importedEnvironments(manifest, projectId),
    nameOf: ({ name }: { name: string }) => name,
    create: (rows) => tx.insertRows('Environment', rows),
    change: (changes) => tx.changeRows('Environment', changes),
  });
  await restoreContents(tx, storedEnvironments, environments);
  await syncRows(report, {
    stored: await tx.allPluginsOf(projectId),
    wanted: importedPlugins(manifest, projectId),
    nameOf: ({ type, name }: { type: string; name: string }) => `${type} ${name}`,
    create: (rows) => tx.insertRows('Plugin', rows),
    change: (changes) => tx.changeRows('Plugin', changes),
  });
  const jobs = await syncRows(report, {
    stored: await tx.jobsOf(projectId),
    wanted: importedJobs(manifest, environments),
    nameOf: inEnvironment,
    create: (rows) => tx.insertRows('Job', rows),
    change: (changes) => tx.changeRows('Job', changes),
  });
  await syncRows(report, {
    stored: await tx.schedulesOf(projectId),
    wanted: importedSchedules(manifest, environments, jobs),
    nameOf: inEnvironment,
    create: (rows) => tx.insertRows('Schedule', rows),
    change: (changes) => tx.changeRows('Schedule', changes),
  });
  return report;
}

/** Brings back what was deleted together with environments that are there again. */
async function restoreContents(
  tx: Statements,
  before: readonly Environment[],
  now: ReadonlyMap<string, { id: string }>,
): Promise<void> {
  const present = new Set([...now.values()].map(({ id }) => id));
  for (const { id, deleteTime } of before) {
    if (deleteTime !== null && present.has(id)) await tx.restoreWithin('Environment', id, deleteTime);
  }
}

function inEnvironment({ environmentId, name }: { environmentId: string; name: string }): string {
  return `${environmentId} ${name}`;
}

/** What the reader found odd, what this gateway could not use, and what the API stands in the way of. */
function warningsOf(manifest: Manifest, findings: readonly Finding[]): string[] {
  const schedules = manifest.schedules.flatMap(({ name, cron, location }) => {
    const complaint = cron === null ? null : checkInterval(cron);
    return complaint === null
      ? []
      : [{ ...location, message: `Schedule "${name}" never comes due: ${complaint}` }];
  });
  const none =
    manifest.environments.length > 0
      ? []
      : [
          {
            file: 'meltano.yml',
            line: 1,
            message: 'There is no environment, and `meltano run` needs one; add one.',
          },
        ];
  return [...manifest.warnings, ...schedules, ...none, ...findings].map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );
}

async function freeName(tx: Statements, directoryName: string): Promise<string> {
  const base = directoryName.replace(/[/\s:\p{Cc}]+/gu, '-').replace(/^-+/, '') || 'project';
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!(await tx.projectByName(name))) return name;
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
