import { NotFound } from '../../errors.ts';
import type { NamedTable } from '../../store/naming/former-names.ts';
import type { RowLockMode } from '../../store/lifecycle/row-locks.ts';
import type { Plugin, PluginType, Project, Run, Schedule, Statements, Worker } from '../../store/index.ts';
import type { StateHead } from '../../store/states/states.ts';
import type { JobWithParents } from '../../store/jobs/jobs.ts';
import type { EnvironmentWithProject } from '../../store/environments/environments.ts';
import type { WebhookWithProject } from '../../store/webhooks/webhooks.ts';
import type { ServiceWithParents } from '../../store/services/services.ts';
import { quoted } from '../../lib/quoted.ts';
import { partOfPlugin } from '../../store/naming/plugin-names.ts';
import { readAt } from './former-path.ts';
import { found, parseId, parseReference } from './parse-reference.ts';

/** Finds an object by id, path or recent former path. @throws NotFound */
async function find<T>(
  db: Statements,
  type: NamedTable,
  text: string,
  at: readonly string[],
  read: { byId: (id: string) => Promise<T | null>; byNames: (names: readonly string[]) => Promise<T | null> },
): Promise<T> {
  const reference = parseReference(type, text, at);
  const row =
    'id' in reference ? await read.byId(reference.id) : await readAt(db, type, reference.names, read.byNames);
  return found(row, type, text, at);
}

/** @throws NotFound */
export async function findProject(db: Statements, text: string, at: readonly string[]): Promise<Project> {
  return find(db, 'Project', text, at, {
    byId: (id) => db.projects.byId(id),
    byNames: ([name = '']) => db.projects.byName(name),
  });
}

/**
 * Finds a project and locks its row until the transaction ends: EXCLUSIVE to rename or delete it.
 *
 * @throws NotFound
 */
export async function findAndLockProject(
  tx: Statements,
  text: string,
  at: readonly string[],
  mode: RowLockMode,
): Promise<Project> {
  const { id } = await findProject(tx, text, at);
  await tx.rowLocks.project(id, mode);
  // Read again: from now on no other transaction can change it.
  return found(await tx.projects.byId(id), 'Project', text, at);
}

/**
 * Finds a plugin, and locks its project's row EXCLUSIVE until the transaction ends.
 *
 * @throws NotFound
 */
export async function findPluginAndLockProject(
  tx: Statements,
  text: string,
  at: readonly string[],
): Promise<{ plugin: Plugin; project: Project }> {
  const { projectId } = await findPlugin(tx, text, at);
  await tx.rowLocks.project(projectId, 'EXCLUSIVE');
  // Read again: from now on no other transaction can change it.
  const plugin = await findPlugin(tx, text, at);
  return { plugin, project: found(await tx.projects.byId(projectId), 'Plugin', text, at) };
}

/** @throws NotFound */
export async function findPlugin(db: Statements, text: string, at: readonly string[]): Promise<Plugin> {
  return find(db, 'Plugin', text, at, {
    byId: (id) => db.plugins.byId(id),
    byNames: ([project = '', part = '']) => db.plugins.byPath(project, part),
  });
}

/** @throws NotFound */
export async function findEnvironment(
  db: Statements,
  text: string,
  at: readonly string[],
): Promise<EnvironmentWithProject> {
  return find(db, 'Environment', text, at, {
    byId: (id) => db.environments.byId(id),
    byNames: ([project = '', name = '']) => db.environments.byPath(project, name),
  });
}

/**
 * Finds an environment and locks its row until the transaction ends: SHARED to add something to it, EXCLUSIVE
 * to delete it.
 *
 * @throws NotFound
 */
export async function findAndLockEnvironment(
  tx: Statements,
  text: string,
  at: readonly string[],
  mode: RowLockMode,
): Promise<EnvironmentWithProject> {
  const { id } = await findEnvironment(tx, text, at);
  await tx.rowLocks.environment(id, mode);
  // Read again: from now on no other transaction can delete it.
  return found(await tx.environments.byId(id), 'Environment', text, at);
}

/** The environment of an object that was found before. @throws NotFound when the environment was deleted */
export async function environmentOf(db: Statements, id: string): Promise<EnvironmentWithProject> {
  const environment = await db.environments.byId(id);
  if (!environment) throw environmentGone();
  return environment;
}

/** The error for an object whose environment was deleted in the meantime. */
export function environmentGone(): NotFound {
  return new NotFound('The environment was deleted.');
}

async function inEnvironment<T>(
  db: Statements,
  [project = '', environment = '', name = '']: readonly string[],
  byName: (environmentId: string, name: string) => Promise<T | null>,
): Promise<T | null> {
  const found = await db.environments.byPath(project, environment);
  return found && byName(found.id, name);
}

/** @throws NotFound */
export async function findJob(db: Statements, text: string, at: readonly string[]): Promise<JobWithParents> {
  return find(db, 'Job', text, at, {
    byId: (id) => db.jobs.byId(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.jobs.byName(id, name)),
  });
}

/**
 * Finds a job and locks its row until the transaction ends: SHARED to rely on the job as it is, EXCLUSIVE to
 * move or delete it.
 *
 * @throws NotFound
 */
export async function findAndLockJob(
  tx: Statements,
  text: string,
  at: readonly string[],
  mode: RowLockMode,
): Promise<JobWithParents> {
  for (;;) {
    const { id } = await findJob(tx, text, at);
    // The job was moved or deleted in the meantime: find it again, and lock it in its new environment.
    if (!(await tx.rowLocks.job(id, mode))) continue;
    // Read again: from now on no other transaction can change it.
    return found(await tx.jobs.byId(id), 'Job', text, at);
  }
}

/** @throws NotFound */
export async function findSchedule(db: Statements, text: string, at: readonly string[]): Promise<Schedule> {
  return find(db, 'Schedule', text, at, {
    byId: (id) => db.schedules.byId(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.schedules.byName(id, name)),
  });
}

/** Finds a schedule and locks its row until the transaction ends. @throws NotFound */
export async function findAndLockSchedule(
  tx: Statements,
  text: string,
  at: readonly string[],
): Promise<Schedule> {
  const { id } = await findSchedule(tx, text, at);
  await tx.rowLocks.schedule(id);
  // Read again: from now on no other transaction can change it.
  return found(await tx.schedules.byId(id), 'Schedule', text, at);
}

/** @throws NotFound */
export async function findService(
  db: Statements,
  text: string,
  at: readonly string[],
): Promise<ServiceWithParents> {
  return find(db, 'Service', text, at, {
    byId: (id) => db.services.byId(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.services.byName(id, name)),
  });
}

/**
 * Finds a service and locks its row until the transaction ends, so that no worker starts it in the meantime.
 *
 * @throws NotFound
 */
export async function findAndLockService(
  tx: Statements,
  text: string,
  at: readonly string[],
): Promise<ServiceWithParents> {
  const { id } = await findService(tx, text, at);
  await tx.rowLocks.service(id);
  // Read again: from now on no other transaction can change it.
  return found(await tx.services.byId(id), 'Service', text, at);
}

/** @throws NotFound */
export async function findState(db: Statements, text: string, at: readonly string[]): Promise<StateHead> {
  return find(db, 'State', text, at, {
    byId: (id) => db.states.byId(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.states.byStateId(id, name)),
  });
}

/** Finds a run by its id, or the newest run of a job by the job's path. @throws NotFound */
export async function findRun(db: Statements, text: string, at: readonly string[]): Promise<Run> {
  if (text.includes('/')) {
    const job = await findJob(db, text, at);
    return found(await db.runs.newestOfJob(job.id), 'Run', text, at);
  }
  const reference = parseReference('Run', text, at);
  return found('id' in reference ? await db.runs.byId(reference.id) : null, 'Run', text, at);
}

/** A plugin, as far as a reference to it tells. */
interface KnownPlugin {
  id: string;
  type: PluginType;
  name: string;
}

/**
 * Finds plugins of one project, of which all are known. Only a former path needs a statement.
 *
 * @param at where a reference is in the arguments, by its index
 * @throws NotFound, also when the plugin belongs to another project
 */
export async function findPluginsOf<P extends KnownPlugin>(
  db: Statements,
  project: { name: string },
  plugins: readonly P[],
  texts: readonly string[],
  at: (index: number) => readonly string[],
): Promise<P[]> {
  const byId = new Map(plugins.map((plugin) => [plugin.id, plugin]));
  const byPath = new Map(plugins.map((plugin) => [`${project.name}/${partOfPlugin(plugin)}`, plugin]));
  const named: P[] = [];
  for (const [i, text] of texts.entries()) {
    const reference = parseReference('Plugin', text, at(i));
    const known = 'id' in reference ? byId.get(reference.id) : byPath.get(text);
    const plugin = known ?? byId.get((await findPlugin(db, text, at(i))).id);
    if (!plugin) {
      throw new NotFound(`The project ${quoted(project.name)} has no Plugin ${quoted(text)}.`, at(i));
    }
    named.push(plugin);
  }
  return named;
}

/** @throws NotFound */
export async function findWorker(db: Statements, text: string, at: readonly string[]): Promise<Worker> {
  const id = parseId('Worker', text, at);
  return found(await db.workers.byId(id), 'Worker', text, at);
}

/** Finds a webhook by its id or its path, also when its project was renamed. @throws NotFound */
export async function findWebhook(
  db: Statements,
  text: string,
  at: readonly string[],
): Promise<WebhookWithProject> {
  const reference = parseReference('Webhook', text, at);
  if ('id' in reference) return found(await db.webhooks.byId(reference.id), 'Webhook', text, at);
  const [project = '', name = ''] = reference.names;
  const { id } = await findProject(db, project, at);
  return found(await db.webhooks.byName(id, name), 'Webhook', text, at);
}

/** Finds a webhook and locks its row until the transaction ends. @throws NotFound */
export async function findAndLockWebhook(
  tx: Statements,
  text: string,
  at: readonly string[],
): Promise<WebhookWithProject> {
  const { id } = await findWebhook(tx, text, at);
  await tx.webhooks.lock(id);
  // Read again: from now on no other transaction can change it.
  return found(await tx.webhooks.byId(id), 'Webhook', text, at);
}
