import type { Finding, Manifest } from '../manifest/manifest.ts';
import type { ImportedTable } from '../store/import.ts';
import type { Environment, Project, Statements } from '../store/index.ts';
import { checkInterval } from './cron.ts';
import { importedEnvironments, importedJobs, importedPlugins, importedSchedules } from './imported-rows.ts';
import { matchByName, type Match } from './match-by-name.ts';
import { syncRows, type RowKind, type SyncReport } from './sync-rows.ts';

/** How the rows of a project and its manifest have come together. */
export interface MirrorReport {
  project: Project;
  /** Rows of all kinds below the project. */
  created: number;
  updated: number;
  deleted: number;
  /** What could not be taken over. */
  findings: Finding[];
}

/**
 * Brings the rows of a project in line with a manifest, see `syncRows`, in a bounded number of statements. What cannot
 * be taken over since the API has changed something in its way becomes a warning of the project.
 *
 * @param match takes rows for what the manifest calls by their names, and it for the truth: what the API has changed
 *   since is not kept. By default rows follow the manifest only where that has changed
 */
export async function mirrorManifest(
  tx: Statements,
  projectId: string,
  manifest: Manifest,
  match: Match | null = null,
): Promise<MirrorReport> {
  const { findings, ...counts } = await mirrorRows(tx, projectId, manifest, match);
  const project = await tx.updateProject(projectId, {
    meltanoProjectId: manifest.projectId,
    defaultEnvironment: manifest.defaultEnvironment,
    requiresMeltano: manifest.requiresMeltano,
    envNames: Object.keys(manifest.env).sort(),
    dotEnvNames: manifest.dotEnvNames,
    importWarnings: warningsOf(manifest, findings),
    importedAt: new Date(),
  });
  return { project, ...counts, findings };
}

async function mirrorRows(
  tx: Statements,
  projectId: string,
  manifest: Manifest,
  match: Match | null,
): Promise<SyncReport> {
  const report: SyncReport = { created: 0, updated: 0, deleted: 0, findings: [] };
  const sync = async <Named extends object, Data extends Named>(
    table: ImportedTable,
    kind: Omit<RowKind<Named, Data>, 'create' | 'change'>,
  ) => {
    const change: RowKind<Named, Data>['change'] = (changes) => tx.changeRows(table, changes);
    const { stored, freed } = match ? matchByName(kind, match) : { stored: kind.stored, freed: [] };
    if (freed.length > 0) await change(freed);
    return syncRows(report, { ...kind, stored, create: (rows) => tx.insertRows(table, rows), change });
  };
  const storedEnvironments = await tx.environmentsOf(projectId);
  const environments = await sync('Environment', {
    stored: storedEnvironments,
    wanted: importedEnvironments(manifest, projectId),
    nameOf: ({ name }: { name: string }) => name,
  });
  await restoreContents(tx, storedEnvironments, environments);
  await sync('Plugin', {
    stored: await tx.allPluginsOf(projectId),
    wanted: importedPlugins(manifest, projectId),
    nameOf: ({ type, name }: { type: string; name: string }) => `${type} ${name}`,
  });
  const jobs = await sync('Job', {
    stored: await tx.jobsOf(projectId),
    wanted: importedJobs(manifest, environments),
    nameOf: inEnvironment,
  });
  await sync('Schedule', {
    stored: await tx.schedulesOf(projectId),
    wanted: importedSchedules(manifest, environments, jobs),
    nameOf: inEnvironment,
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
