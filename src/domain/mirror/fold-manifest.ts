import { isDeepStrictEqual } from 'node:util';
import { groupBy } from '../../lib/grouped.ts';
import { settleAliases } from '../../manifest/yaml/aliases.ts';
import {
  itemsByName,
  itemsIn,
  plainListUnder,
  type ManifestDocument,
  type ManifestMap,
} from '../../manifest/yaml/document.ts';
import { addItem, removeItems, setKeys, setKey } from '../../manifest/yaml/edit-tree.ts';
import type { Manifest, ManifestSchedule } from '../../manifest/manifest.ts';
import { pluginKey, pluralOf } from '../../manifest/plugin-types.ts';
import type { Environment, Job, Plugin, Schedule } from '../../store/index.ts';
import { mirroredEnvironments } from './mirrored-environments.ts';

/** A row that was read as JSON: its times are text. */
type JsonRow<Row> = {
  [Column in keyof Row]: Date extends Row[Column] ? Exclude<Row[Column], Date> | string : Row[Column];
};

/** All rows that belong to a project's manifest, including deleted ones: what `tx.mirror.stored` reads. */
export interface StoredManifest {
  environments: readonly JsonRow<Environment>[];
  plugins: readonly JsonRow<Plugin>[];
  jobs: readonly JsonRow<Job>[];
  schedules: readonly JsonRow<Schedule>[];
}

/** The rows in the text that `tx.mirror.stored` reads. */
export function storedManifest(text: string): StoredManifest {
  return JSON.parse(text) as StoredManifest;
}

/**
 * Writes all changes that were made through the API into a document: created, changed, renamed and deleted
 * jobs and schedules; deleted plugins and environments; state id suffixes. Everything else stays as it is
 * written, including comments.
 *
 * In Meltano's files, jobs and schedules belong to the project; in the gateway, to an environment. Those that
 * are the same in all environments become one item. Others are left out.
 *
 * @param manifest what the document contains
 * @returns what was left out and why, one sentence each
 */
export function foldManifest(
  document: ManifestDocument,
  manifest: Manifest,
  stored: StoredManifest,
): string[] {
  const environments = stored.environments.filter(exists);
  foldEnvironments(document, manifest, stored);
  foldPlugins(document, manifest, stored);
  const jobs = stored.jobs.filter(exists);
  const schedules = stored.schedules.filter(exists);
  const jobNames = new Map(jobs.map(({ id, name }) => [id, name]));
  const foldedJobs = foldList(document, manifest, environments, {
    list: 'jobs',
    noun: 'job',
    rows: jobs,
    said: manifest.jobs,
    itemOf: ({ tasks }) => ({ tasks: (tasks as string[][]).map((blocks) => blocks.join(' ')) }),
    asWritten: tasksAsWritten,
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
    asWritten: (_node, changed) => changed,
  });
  settleAliases(document);
  return [...foldedJobs.complaints, ...foldedSchedules.complaints];
}

function foldEnvironments(
  document: ManifestDocument,
  manifest: Manifest,
  { environments }: StoredManifest,
): void {
  const path = ['environments'];
  const deleted = new Set(environments.filter((row) => !exists(row)).map(({ manifestKey }) => manifestKey));
  const items = itemsByName(document, path);
  removeItems(
    document,
    path,
    [...items].filter(([name]) => deleted.has(name)).map(([, item]) => item),
  );
  const left = itemsByName(document, path);
  const suffixes = new Map(manifest.environments.map(({ name, stateIdSuffix }) => [name, stateIdSuffix]));
  for (const { name, stateIdSuffix } of environments.filter(exists)) {
    const item = left.get(name);
    if (item && suffixes.get(name) !== stateIdSuffix)
      setKey(item, 'state_id_suffix', stateIdSuffix ?? undefined);
  }
}

function foldPlugins(document: ManifestDocument, manifest: Manifest, { plugins }: StoredManifest): void {
  const present = new Set(plugins.filter(exists).map(pluginKey));
  const gone = manifest.plugins.filter((plugin) => !present.has(pluginKey(plugin)));
  for (const [plural, ofType] of groupBy(gone, ({ type }) => pluralOf(type))) {
    const path = ['plugins', plural];
    const items = itemsByName(document, path);
    removeItems(
      document,
      path,
      ofType.flatMap(({ name }) => items.get(name) ?? []),
    );
  }
}

type Item = Record<string, unknown>;

/** A list of the manifest, the rows that belong to it, and how to compare both. */
interface FoldedList<Row, Said> {
  list: string;
  noun: string;
  rows: readonly Row[];
  said: readonly Said[];
  /** The keys of an item for the row, without its name; undefined for keys that it must not have. */
  itemOf: (row: Row, said: Said | undefined) => Item;
  /** The same keys of the document's item. */
  saidItem: (said: Said) => Item;
  /** Why Meltano's files cannot express the item; null when they can. */
  complaintOf: (item: Item, row: Row) => string | null;
  /** The changed keys, with the parts that stay in the form that the document has. */
  asWritten: (node: ManifestMap, changed: Item) => Item;
}

/** A task can be written as a text or as a list. */
function tasksAsWritten(node: ManifestMap, { tasks, ...changed }: Item): Item {
  if (!Array.isArray(tasks)) return changed;
  const written = plainListUnder(node, 'tasks') as (string | string[])[];
  const forms = new Map(written.map((task) => [[task].flat().join(' '), task]));
  return { ...changed, tasks: tasks.map((task: string) => forms.get(task) ?? task) };
}

function foldList<Row extends JsonRow<Job> | JsonRow<Schedule>, Said extends { name: string }>(
  document: ManifestDocument,
  manifest: Manifest,
  environments: StoredManifest['environments'],
  { list, noun, rows, said, itemOf, saidItem, complaintOf, asWritten }: FoldedList<Row, Said>,
): { names: Set<string>; complaints: string[] } {
  const complaints: string[] = [];
  const byKey = new Map(
    mirroredEnvironments(manifest).flatMap(({ name }) => said.map((one) => [`${name}/${one.name}`, one])),
  );
  const byName = new Map(said.map((one) => [one.name, one]));
  const groups = [...groupBy(rows, (row) => row.name)].map(([name, group]) => {
    // The item before the API renamed it. If it has different former names in the environments, it counts as
    // a new item.
    const former = new Set(
      group.map(({ manifestKey }) => (manifestKey === null ? undefined : byKey.get(manifestKey))),
    );
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
  const unwanted = itemsIn(document, [list]).filter((node) => !formerNames.has(String(node.get('name'))));
  removeItems(document, [list], unwanted);
  const nodes = itemsByName(document, [list]);
  const present = kept.map((one) => ({ ...one, node: one.said && nodes.get(one.said.name) }));
  for (const { name, item, said: own, node } of present) {
    const before = own === undefined ? {} : saidItem(own);
    const changed = Object.entries({ name, ...item }).filter(
      ([key, value]) => !isDeepStrictEqual(value, { name: own?.name, ...before }[key]),
    );
    if (node) setKeys(node, asWritten(node, Object.fromEntries(changed)));
    else addItem(document, [list], Object.fromEntries(changed));
  }
  return { names: new Set(present.map(({ name }) => name)), complaints };
}

function placeComplaint(
  group: readonly { environmentId: string }[],
  items: readonly Item[],
  environments: StoredManifest['environments'],
): string | null {
  if (group.length < environments.length) {
    const ids = new Set(group.map(({ environmentId }) => environmentId));
    const names = environments.filter(({ id }) => ids.has(id));
    return `it is in ${names.map(({ name }) => name).join(', ')}, and Meltano has it in all environments or none`;
  }
  return items.every((item) => isDeepStrictEqual(item, items[0]))
    ? null
    : 'it is not the same in all environments';
}

function scheduleItem(
  row: JsonRow<Schedule>,
  job: string | undefined,
  said: ManifestSchedule | undefined,
): Item {
  const variables = row.env as unknown as { name: string; value: string | null }[];
  const isPair = row.jobId === null;
  return {
    interval: row.interval,
    job,
    extractor: isPair ? (row.extractor ?? undefined) : undefined,
    loader: isPair ? (row.loader ?? undefined) : undefined,
    transform: isPair ? (row.transform ?? undefined) : undefined,
    // The store does not have the values of the file's secrets: they come from the file.
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
  { timeZone }: JsonRow<Schedule>,
  jobs: ReadonlySet<string>,
): string | null {
  const lost = Object.entries(env as Item).find(([, value]) => value === null);
  if (lost) return `the value of ${lost[0]} is not known here`;
  if (timeZone !== 'UTC') return `its time zone is ${timeZone}, and Meltano's schedules know UTC alone`;
  if (job === undefined) return extractor === undefined ? 'its job was deleted' : null;
  return jobs.has(job as string) ? null : 'its job is left out';
}

function exists({ deletedAt }: { deletedAt: string | null }): boolean {
  return deletedAt === null;
}
