import { createHash } from 'node:crypto';
import type { ResourceType } from '../../errors.ts';
import type { Project, Statements } from '../../store/index.ts';
import { storedManifest, type StoredManifest } from '../mirror/fold-manifest.ts';
import { storedText } from '../mirror/mirror-manifest.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import type { StoredSetting } from '../definitions/plugin-settings.ts';
import { diffDocuments, type DocumentChange } from '../states/documents/state-diff.ts';

/** A change of one object of a project. */
export interface PlannedChange {
  action: 'CREATE' | 'UPDATE' | 'DELETE';
  type: ResourceType;
  /** Its opaque id; null for an object that does not exist yet. */
  id: string | null;
  /** Its path, such as `project/environment/name`; for a plugin, which has no path, its type and name. */
  name: string;
  /** Field by field, without secrets. */
  changes: DocumentChange[];
}

/** The parts of a project that are compared: all that both the API and Meltano's files show. */
type Snapshot = Map<string, Omit<PlannedChange, 'action' | 'changes'> & { fields: object }>;

/** Everything that a plan can change: the project's row, and its rows as `tx.mirror.stored` reads them. */
export interface ProjectRows {
  project: Project;
  stored: string;
}

/** Reads everything that a plan can change, in two statements. */
export async function projectRows(tx: Statements, { id }: Project): Promise<ProjectRows> {
  const project = await tx.projects.byId(id);
  if (!project) throw new Error(`The project ${id} is not there.`);
  return { project, stored: await storedText(tx, id) };
}

function snapshot({ project, stored }: ProjectRows): Snapshot {
  return new Map([projectEntry(project), ...entriesOf(project, storedManifest(stored))]);
}

type Entry = [string, Omit<PlannedChange, 'action' | 'changes'> & { fields: object }];

function projectEntry({ id, name, ...row }: Project): Entry {
  const { meltanoProjectId, defaultEnvironment, requiresMeltano, envNames } = row;
  const fields = { meltanoProjectId, defaultEnvironment, requiresMeltano, envNames };
  return [id, { type: 'Project', id: encodeGlobalId({ type: 'Project', id }), name, fields }];
}

function entriesOf(project: Project, stored: StoredManifest): Entry[] {
  const environments = new Map(stored.environments.map(({ id, name }) => [id, `${project.name}/${name}`]));
  const jobs = new Map(stored.jobs.map(({ id, name }) => [id, name]));
  const present = <Row extends { deletedAt: string | null }>(rows: readonly Row[]): Row[] =>
    rows.filter(({ deletedAt }) => deletedAt === null);
  return [
    ...present(stored.environments).map(({ id, name, stateIdSuffix, envNames, pluginConfig }): Entry => {
      const fields = { stateIdSuffix, envNames, pluginConfig };
      return [
        id,
        {
          type: 'Environment',
          id: encodeGlobalId({ type: 'Environment', id }),
          name: `${project.name}/${name}`,
          fields,
        },
      ];
    }),
    ...present(stored.plugins).map((plugin): Entry => {
      const { id, type, name, settings, commands, extras, capabilities, mappings, definition, ...row } =
        plugin;
      const { inheritFrom, variant, pipUrl, executable, namespace, label, description, docs, repository } =
        row;
      const fields = {
        inheritFrom,
        variant,
        pipUrl,
        executable,
        namespace,
        label,
        description,
        docs,
        repository,
        capabilities,
        mappings,
        definition,
        extras,
        settings: byName((settings as unknown as StoredSetting[]).map(ownSetting)),
        commands: byName(commands),
      };
      return [
        id,
        { type: 'Plugin', id: encodeGlobalId({ type: 'Plugin', id }), name: `${type} ${name}`, fields },
      ];
    }),
    ...present(stored.jobs).map(({ id, name, environmentId, tasks }): Entry => {
      const path = `${environments.get(environmentId) ?? ''}/${name}`;
      return [id, { type: 'Job', id: encodeGlobalId({ type: 'Job', id }), name: path, fields: { tasks } }];
    }),
    ...present(stored.schedules).map((schedule): Entry => {
      const { id, name, environmentId, jobId, interval, timeZone, env, extractor, loader, transform } =
        schedule;
      const variables = (env as unknown as { name: string; value: string | null; sensitive: boolean }[]).map(
        ({ name, value, sensitive }) => [name, sensitive ? null : value],
      );
      const path = `${environments.get(environmentId) ?? ''}/${name}`;
      const job = jobId === null ? null : (jobs.get(jobId) ?? null);
      const fields = {
        interval,
        timeZone,
        job,
        extractor,
        loader,
        transform,
        env: Object.fromEntries(variables) as object,
      };
      return [id, { type: 'Schedule', id: encodeGlobalId({ type: 'Schedule', id }), name: path, fields }];
    }),
  ];
}

// Settings in environments are compared as part of the environments. The source of a value is not compared.
function ownSetting(setting: StoredSetting): object {
  return { ...setting, environments: undefined, source: undefined };
}

// Turns a list of named items into an object, so that the items are compared by name.
function byName(list: unknown): object {
  return Object.fromEntries((list as { name: string }[]).map(({ name, ...fields }) => [name, fields]));
}

/**
 * The changes that lead from some rows to others: creations, updates and deletions, each sorted by name.
 */
export function changesBetween(formerRows: ProjectRows, presentRows: ProjectRows): PlannedChange[] {
  const [before, after] = [snapshot(formerRows), snapshot(presentRows)];
  const changes: PlannedChange[] = [];
  const add = (action: PlannedChange['action'], entry: Entry[1], from: object, to: object): void => {
    const { type, name, id } = entry;
    const diff = diffDocuments(JSON.stringify(from), JSON.stringify(to));
    if (action === 'UPDATE' && diff.changes.length === 0) return;
    changes.push({ action, type, name, id: action === 'CREATE' ? null : id, changes: diff.changes });
  };
  for (const [id, entry] of after) {
    const own = before.get(id);
    if (own) add('UPDATE', entry, own.fields, entry.fields);
    else add('CREATE', entry, {}, entry.fields);
  }
  for (const [id, entry] of before) if (!after.has(id)) add('DELETE', entry, entry.fields, {});
  const order = ['CREATE', 'UPDATE', 'DELETE'];
  return changes.sort(
    (one, other) =>
      order.indexOf(one.action) - order.indexOf(other.action) ||
      (one.type + one.name < other.type + other.name ? -1 : 1),
  );
}

/** The etag of a plan. It stays the same as long as the plan makes the same changes. */
export function planEtag(plan: unknown): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('base64url').slice(0, 27);
}
