import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Manifest } from '../manifest/manifest.ts';
import { checkInterval } from './cron.ts';
import { importedEnvironments, importedJobs, importedPlugins, importedSchedules } from './imported-rows.ts';
import type { Project, Statements } from '../store/index.ts';
import type { Services } from './services.ts';

/** What an import did: how many rows of all kinds it touched. */
export interface ImportSummary {
  project: Project;
  created: number;
  updated: number;
  deleted: number;
}

/** A row that stands for something in `meltano.yml`. */
export interface ImportedRow<Data> {
  /** What it is called there, unique among its kind. */
  key: string;
  data: Data;
}

/** The columns by which a stored row is matched with what `meltano.yml` says. */
interface StoredRow {
  id: string;
  manifestKey: string | null;
  manifestDigest: string | null;
  deleteTime: Date | null;
}

/**
 * Brings the store in line with a project's files, in one transaction. What has not changed in the files
 * since the last import is left alone, so changes made through the API stay; what has, is changed in
 * place, so ids, runs and states stay. What is gone from the files is deleted, and comes back with its
 * id when it comes back there.
 *
 * @param name the project's name in the gateway; by default the directory's
 */
export async function importProject(
  { store }: Services,
  manifest: Manifest,
  name?: string,
): Promise<ImportSummary> {
  const digest = digestOf({ ...manifest, settings: null });
  return store.transaction(async (tx) => {
    const present = await tx.projectByDirectory(manifest.directory);
    const none = { created: 0, updated: 0, deleted: 0 };
    if (present?.manifestDigest === digest && (name === undefined || name === present.name)) {
      return { project: present, ...none };
    }
    const data = {
      manifestDigest: digest,
      meltanoProjectId: manifest.projectId,
      defaultEnvironment: manifest.defaultEnvironment,
      requiresMeltano: manifest.requiresMeltano,
      envNames: Object.keys(manifest.env).sort(),
      dotEnvNames: manifest.dotEnvNames,
      importWarnings: warningsOf(manifest),
      importedAt: new Date(),
    };
    const project = present
      ? await tx.updateProject(present.id, { ...data, ...(name === undefined ? {} : { name }) })
      : await tx.createProject({
          ...data,
          directory: manifest.directory,
          name: name ?? (await freeName(tx, basename(manifest.directory))),
        });
    const counts = await importRows(tx, project.id, manifest);
    return {
      project,
      created: counts.created + (present ? 0 : 1),
      updated: counts.updated + (present ? 1 : 0),
      deleted: counts.deleted,
    };
  });
}

async function importRows(tx: Statements, projectId: string, manifest: Manifest) {
  const counts = { created: 0, updated: 0, deleted: 0 };
  const environments = await sync(
    counts,
    await tx.environmentsOf(projectId),
    importedEnvironments(manifest, projectId),
    (row) => row.name,
    tx.createEnvironments,
    tx.updateEnvironment,
  );
  await sync(
    counts,
    await tx.allPluginsOf(projectId),
    importedPlugins(manifest, projectId),
    (row) => `${row.type} ${row.name}`,
    tx.createPlugins,
    tx.updatePlugin,
  );
  const nameOf = new Map((await tx.environmentsOf(projectId)).map((row) => [row.id, row.name]));
  const jobs = await sync(
    counts,
    await tx.jobsOf(projectId),
    importedJobs(manifest, environments),
    (row) => `${nameOf.get(row.environmentId) ?? ''}/${row.name}`,
    tx.createJobs,
    tx.updateJob,
  );
  await sync(
    counts,
    await tx.schedulesOf(projectId),
    importedSchedules(manifest, environments, jobs),
    (row) => `${nameOf.get(row.environmentId) ?? ''}/${row.name}`,
    tx.createSchedules,
    tx.updateSchedule,
  );
  return counts;
}

/**
 * Matches what is stored with what the files say and writes the differences.
 *
 * @returns the id of each key's row
 */
async function sync<Row extends StoredRow, Data extends object>(
  counts: { created: number; updated: number; deleted: number },
  stored: readonly Row[],
  wanted: readonly ImportedRow<Data>[],
  naturalKey: (row: Row) => string,
  create: (rows: (Data & { manifestKey: string; manifestDigest: string })[]) => Promise<StoredRow[]>,
  update: (
    id: string,
    data: Partial<Data> & { manifestKey?: string; manifestDigest: string | null; deleteTime: Date | null },
  ) => Promise<unknown>,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const byKey = new Map<string, Row>();
  // One made through the API under the same name is taken over; one that the file knows comes first.
  for (const row of stored)
    if (row.manifestKey === null && row.deleteTime === null) byKey.set(naturalKey(row), row);
  for (const row of stored) if (row.manifestKey !== null) byKey.set(row.manifestKey, row);

  const missing: (Data & { manifestKey: string; manifestDigest: string })[] = [];
  for (const { key, data } of wanted) {
    const row = byKey.get(key);
    const manifestDigest = digestOf(data);
    if (!row) {
      missing.push({ ...data, manifestKey: key, manifestDigest });
      continue;
    }
    ids.set(key, row.id);
    if (row.manifestDigest === manifestDigest) continue;
    const known = row.manifestKey !== null && row.deleteTime === null;
    await update(row.id, {
      // A row that was moved through the API stays where it is; the rest follows the file.
      ...(known ? withoutPlace(data) : data),
      manifestKey: key,
      manifestDigest,
      deleteTime: null,
    });
    counts.updated++;
  }
  if (missing.length > 0) {
    for (const row of await create(missing)) ids.set(row.manifestKey ?? '', row.id);
    counts.created += missing.length;
  }
  const keys = new Set(wanted.map(({ key }) => key));
  for (const row of stored) {
    if (row.manifestKey === null || row.manifestDigest === null || keys.has(row.manifestKey)) continue;
    // The digest goes, so that the row is changed, hence restored, should the file name it again.
    await update(row.id, { manifestDigest: null, deleteTime: row.deleteTime ?? new Date() } as never);
    if (row.deleteTime === null) counts.deleted++;
  }
  return ids;
}

function withoutPlace<Data extends object>(data: Data): Partial<Data> {
  const place = new Set(['name', 'projectId', 'environmentId']);
  return Object.fromEntries(Object.entries(data).filter(([column]) => !place.has(column))) as Partial<Data>;
}

/** What the reader found odd, and what this gateway could not use. */
function warningsOf(manifest: Manifest): string[] {
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
  return [...manifest.warnings, ...schedules, ...none].map(
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
