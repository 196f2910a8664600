import { byThread } from '../../lib/event-loop/threads.ts';
import type { Finding, Manifest } from '../../manifest/manifest.ts';
import { changing, type RowWrite } from '../../store/mirror/row-writes.ts';
import { storedManifest } from './fold-manifest.ts';
import { importedEnvironments, importedJobs, importedPlugins, importedSchedules } from './imported-rows.ts';
import { matchRows, type Match } from './match-rows.ts';
import { isLargeManifest, manifestIn } from './read-manifests.ts';
import { findingsIn } from './project-findings.ts';
import { syncRows, type RowKind, type SyncReport } from './sync-rows.ts';

/** What mirrors a manifest in the rows of a project. */
interface MirrorInput {
  projectId: string;
  /** The manifest as JSON text. */
  json: string;
  /** The project's rows, as `tx.mirror.stored` reads them. */
  stored: string;
  match: Match | null;
  /** The time by the database's clock, as JSON. */
  now: string;
}

const isLarge = ({ json, stored }: MirrorInput): boolean => isLargeManifest('', json + stored);

/** An environment that exists, by its key in the files. */
type Environments = ReadonlyMap<string, { id: string }>;

/** What is to be written for the environments of a manifest. */
export interface EnvironmentWrites {
  writes: RowWrite[];
  report: SyncReport;
  environments: Environments;
  /** Environments that exist again. What was deleted together with them comes back before anything else is read. */
  restored: { id: string; deletedAt: string; purgedAt: string | null }[];
}

/** Finds out what to write for the environments of a manifest, see `syncRows`. */
export const environmentWrites = byThread(
  'environmentWrites',
  (input: MirrorInput): EnvironmentWrites => {
    const { projectId, json, stored } = input;
    const report: SyncReport = { created: 0, updated: 0, deleted: 0, findings: [] };
    const before = storedManifest(stored).environments;
    const { rows, writes } = sync(report, input, {
      table: 'Environment',
      stored: before,
      wanted: importedEnvironments(manifestIn({ json }), projectId),
      nameOf: ({ name }: { name: string }) => name,
    });
    const present = new Set([...rows.values()].map(({ id }) => id));
    const restored = before.flatMap(({ id, deletedAt, purgedAt }) =>
      deletedAt !== null && present.has(id) ? [{ id, deletedAt, purgedAt }] : [],
    );
    const environments = new Map([...rows].map(([key, { id }]) => [key, { id }]));
    return { writes, report, environments, restored };
  },
  { isLarge },
);

/** What is to be written for the plugins, jobs and schedules of a manifest. */
interface ContentWrites {
  writes: RowWrite[];
  report: SyncReport;
  warnings: string[];
}

/**
 * Finds out what to write for the plugins, jobs and schedules of a manifest, see `syncRows`.
 *
 * @param stored the rows after the environments were written
 * @param report what was done for the environments
 */
export const contentWrites = byThread(
  'contentWrites',
  (input: MirrorInput, environments: Environments, report: SyncReport): ContentWrites => {
    const { projectId, json, stored } = input;
    const manifest = manifestIn({ json });
    const rows = storedManifest(stored);
    const plugins = sync(report, input, {
      table: 'Plugin',
      stored: rows.plugins,
      wanted: importedPlugins(manifest, projectId),
      nameOf: ({ type, name }: { type: string; name: string }) => `${type} ${name}`,
    });
    const jobs = sync(report, input, {
      table: 'Job',
      stored: rows.jobs,
      wanted: importedJobs(manifest, environments),
      nameOf: inEnvironment,
    });
    const policies = new Map(rows.environments.map((row) => [row.id, row.importedSchedules]));
    const schedules = sync(report, input, {
      table: 'Schedule',
      stored: rows.schedules,
      wanted: importedSchedules(manifest, environments, jobs.rows, policies),
      nameOf: inEnvironment,
    });
    const writes = [...plugins.writes, ...jobs.writes, ...schedules.writes];
    return { writes, report, warnings: warningsOf(manifest, report.findings) };
  },
  { isLarge },
);

function sync<Named extends object, Data extends Named>(
  report: SyncReport,
  { match, now }: MirrorInput,
  kind: Omit<RowKind<Named, Data>, 'pruned' | 'now'>,
): ReturnType<typeof syncRows<Named, Data>> {
  const { stored, pruned, freed } = match
    ? matchRows(kind, match)
    : { stored: kind.stored, pruned: [], freed: [] };
  const { rows, writes } = syncRows(report, { ...kind, now, stored, pruned });
  return { rows, writes: [...changing(kind.table, freed), ...writes] };
}

function inEnvironment({ environmentId, name }: { environmentId: string; name: string }): string {
  return `${environmentId} ${name}`;
}

/** What is unusual in the files, and what could not be applied. */
function warningsOf(manifest: Manifest, findings: readonly Finding[]): string[] {
  return [...findingsIn(manifest), ...findings].map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );
}
