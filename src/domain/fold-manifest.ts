import { isDeepStrictEqual } from 'node:util';
import {
  addItem,
  itemNamed,
  itemsIn,
  removeItem,
  setKey,
  settleAliases,
  type ManifestDocument,
} from '../manifest/document.ts';
import type { Manifest, ManifestSchedule } from '../manifest/manifest.ts';
import { pluralOf } from '../manifest/plugin-types.ts';
import type { Environment, Job, Plugin, Schedule, Statements } from '../store/index.ts';

/** All that the store holds of a project's manifest, deleted rows included. */
export interface StoredManifest {
  environments: readonly Environment[];
  plugins: readonly Plugin[];
  jobs: readonly Job[];
  schedules: readonly Schedule[];
}

/** Reads what the store holds of projects' manifests, in four statements. */
export async function storedManifests(
  db: Statements,
  projectIds: readonly string[],
): Promise<Map<string, StoredManifest>> {
  const environments = await db.environmentsOf(...projectIds);
  const plugins = await db.allPluginsOf(...projectIds);
  const jobs = await db.jobsOf(...projectIds);
  const schedules = await db.schedulesOf(...projectIds);
  const projectOf = new Map(environments.map(({ id, projectId }) => [id, projectId]));
  return new Map(
    projectIds.map((projectId) => [
      projectId,
      {
        environments: environments.filter((row) => row.projectId === projectId),
        plugins: plugins.filter((row) => row.projectId === projectId),
        jobs: jobs.filter(({ environmentId }) => projectOf.get(environmentId) === projectId),
        schedules: schedules.filter(({ environmentId }) => projectOf.get(environmentId) === projectId),
      },
    ]),
  );
}

/** `storedManifests` of one. */
export async function storedManifest(db: Statements, projectId: string): Promise<StoredManifest> {
  const stored = await storedManifests(db, [projectId]);
  return stored.get(projectId) ?? { environments: [], plugins: [], jobs: [], schedules: [] };
}

/**
 * Writes into a document what the API has changed since it was read: jobs and schedules made, changed, renamed or
 * deleted; plugins and environments deleted; suffixes of state ids. What it has not changed stays as it is written,
 * comments included.
 *
 * Meltano's jobs and schedules are the project's, and the gateway's an environment's: those that are alike in all
 * environments become one. Those that are not are left out.
 *
 * @param manifest what the document says
 * @returns what was left out and why, a sentence each
 */
export function foldManifest(
  document: ManifestDocument,
  manifest: Manifest,
  stored: StoredManifest,
): string[] {
  const environments = stored.environments.filter(exists);
  for (const { manifestKey, deleteTime } of stored.environments) {
    const item = deleteTime && manifestKey ? itemNamed(document, ['environments'], manifestKey) : undefined;
    if (item) removeItem(document, ['environments'], item);
  }
  for (const { name, stateIdSuffix } of environments) {
    const said = manifest.environments.find((one) => one.name === name);
    const item = itemNamed(document, ['environments'], name);
    if (item && said?.stateIdSuffix !== stateIdSuffix)
      setKey(item, 'state_id_suffix', stateIdSuffix ?? undefined);
  }
  const names = new Set(stored.plugins.filter(exists).map(({ type, name }) => `${type} ${name}`));
  for (const { type, name } of manifest.plugins) {
    const path = ['plugins', pluralOf(type)];
    const item = names.has(`${type} ${name}`) ? undefined : itemNamed(document, path, name);
    if (item) removeItem(document, path, item);
  }
  const jobs = stored.jobs.filter(exists);
  const schedules = stored.schedules.filter(exists);
  const jobNames = new Map(jobs.map(({ id, name }) => [id, name]));
  const foldedJobs = foldList(document, manifest, environments, {
    list: 'jobs',
    noun: 'job',
    rows: jobs,
    said: manifest.jobs,
    itemOf: ({ tasks }) => ({ tasks: (tasks as string[][]).map((blocks) => blocks.join(' ')) }),
    saidItem: ({ tasks }) => ({ tasks: tasks.map((blocks) => blocks.join(' ')) }),
    complaintOf: () => null,
  });
  const foldedSchedules = foldList(document, manifest, environments, {
    list: 'schedules',
    noun: 'schedule',
    rows: schedules,
    said: manifest.schedules,
    itemOf: (row, said) => scheduleItem(row, jobNames.get(row.jobId ?? ''), said),
    saidItem: saidSchedule,
    complaintOf: (item, row) => scheduleComplaint(item, row, foldedJobs.names),
  });
  settleAliases(document);
  return [...foldedJobs.complaints, ...foldedSchedules.complaints];
}

type Item = Record<string, unknown>;

/** A list of the manifest, what the store holds of it, and how the two compare. */
interface FoldedList<Row, Said> {
  list: string;
  noun: string;
  rows: readonly Row[];
  said: readonly Said[];
  /** The keys that an item for the row has beside its name; undefined for one that it must not have. */
  itemOf: (row: Row, said: Said | undefined) => Item;
  /** The same keys as the document has them. */
  saidItem: (said: Said) => Item;
  /** Why Meltano's files cannot say it; null when they can. */
  complaintOf: (item: Item, row: Row) => string | null;
}

function foldList<Row extends Job | Schedule, Said extends { name: string }>(
  document: ManifestDocument,
  manifest: Manifest,
  environments: readonly Environment[],
  { list, noun, rows, said, itemOf, saidItem, complaintOf }: FoldedList<Row, Said>,
): { names: Set<string>; complaints: string[] } {
  const complaints: string[] = [];
  const byKey = new Map(
    manifest.environments.flatMap(({ name }) => said.map((one) => [`${name}/${one.name}`, one])),
  );
  const byName = new Map(said.map((one) => [one.name, one]));
  const groups = [...groupsOf(rows)].map(([name, group]) => {
    // What an item was called before the API renamed it: in all environments alike, or it is a new one.
    const former = new Set(group.map(({ manifestKey }) => byKey.get(manifestKey ?? '')));
    return { name, group, renamed: former.size === 1 ? [...former][0] : undefined };
  });
  const taken = new Set(groups.map(({ renamed }) => renamed));
  const kept = groups.flatMap(({ name, group, renamed }) => {
    const namesake = byName.get(name);
    const own = renamed ?? (taken.has(namesake) ? undefined : namesake);
    const items = group.map((row) => itemOf(row, own));
    const [item = {}] = items;
    const complaint =
      group.map((row, i) => complaintOf(items[i] ?? {}, row)).find((one) => one !== null) ??
      placeComplaint(group, items, environments);
    if (complaint === null) return [{ name, item, said: own }];
    complaints.push(`The ${noun} "${name}" cannot be written to meltano.yml: ${complaint}.`);
    return [];
  });
  const formerNames = new Set(kept.map(({ said: own }) => own?.name));
  for (const node of itemsIn(document, [list])) {
    if (!formerNames.has(String(node.get('name')))) removeItem(document, [list], node);
  }
  const present = kept.map((one) => ({
    ...one,
    node: one.said && itemNamed(document, [list], one.said.name),
  }));
  for (const { name, item, said: own, node } of present) {
    const before = own === undefined ? {} : saidItem(own);
    const changed = Object.entries({ name, ...item }).filter(
      ([key, value]) => !isDeepStrictEqual(value, { name: own?.name, ...before }[key]),
    );
    if (node) for (const [key, value] of changed) setKey(node, key, value);
    else addItem(document, [list], Object.fromEntries(changed));
  }
  return { names: new Set(present.map(({ name }) => name)), complaints };
}

function placeComplaint(
  group: readonly { environmentId: string }[],
  items: readonly Item[],
  environments: readonly Environment[],
): string | null {
  if (group.length < environments.length) {
    const names = environments.filter(({ id }) => group.some(({ environmentId }) => environmentId === id));
    return `it is in ${names.map(({ name }) => name).join(', ')}, and Meltano has it in all environments or none`;
  }
  return items.every((item) => isDeepStrictEqual(item, items[0]))
    ? null
    : 'it is not the same in all environments';
}

function scheduleItem(row: Schedule, job: string | undefined, said: ManifestSchedule | undefined): Item {
  const variables = row.env as unknown as { name: string; value: string | null }[];
  const isPair = row.jobId === null;
  return {
    interval: row.interval,
    job,
    extractor: isPair ? (row.extractor ?? undefined) : undefined,
    loader: isPair ? (row.loader ?? undefined) : undefined,
    transform: isPair ? (row.transform ?? undefined) : undefined,
    // The value of a secret of the file is in the file alone.
    env: envItem(variables.map(({ name, value }) => [name, value ?? said?.env[name] ?? null])),
  };
}

function saidSchedule(schedule: ManifestSchedule): Item {
  const pair = schedule.kind === 'EXTRACT_LOAD' ? schedule : null;
  return {
    interval: schedule.interval ?? '@none',
    job: schedule.kind === 'JOB' ? schedule.job : undefined,
    extractor: pair?.extractor,
    loader: pair?.loader,
    transform: pair?.transform,
    env: envItem(Object.entries(schedule.env)),
  };
}

function envItem(variables: readonly (readonly [string, string | null])[]): Item | undefined {
  const sorted = variables.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return variables.length === 0 ? undefined : Object.fromEntries(sorted);
}

function scheduleComplaint(
  { job, extractor, env = {} }: Item,
  { timeZone }: Schedule,
  jobs: ReadonlySet<string>,
): string | null {
  const lost = Object.entries(env as Item).find(([, value]) => value === null);
  if (lost) return `the value of ${lost[0]} is not known here`;
  if (timeZone !== 'UTC') return `its time zone is ${timeZone}, and Meltano's schedules know UTC alone`;
  if (job === undefined) return extractor === undefined ? 'its job was deleted' : null;
  return jobs.has(job as string) ? null : 'its job is left out';
}

function exists({ deleteTime }: { deleteTime: Date | null }): boolean {
  return deleteTime === null;
}

function groupsOf<Row extends { name: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row]);
  return groups;
}
