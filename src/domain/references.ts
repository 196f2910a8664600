import { NotFound } from '../errors.ts';
import type { NamedTable } from '../store/former-name.ts';
import type { HoldMode } from '../store/hold.ts';
import type { Plugin, Project, Run, Schedule, State, Statements } from '../store/index.ts';
import type { JobInPlace } from '../store/job.ts';
import type { EnvironmentInPlace } from '../store/project.ts';
import type { ServiceInPlace } from '../store/service.ts';
import { readAt } from './former-path.ts';
import { found, parseId, parseReference } from './parse-reference.ts';

/** Finds what a reference names; a path that was given up of late leads to what was there. @throws NotFound, InvalidInput */
async function find<T>(
  db: Statements,
  type: NamedTable,
  text: string,
  path: readonly string[],
  read: { byId: (id: string) => Promise<T | null>; byNames: (names: readonly string[]) => Promise<T | null> },
): Promise<T> {
  const reference = parseReference(type, text, path);
  const row =
    'id' in reference ? await read.byId(reference.id) : await readAt(db, type, reference.names, read.byNames);
  return found(row, type, text, path);
}

/** @throws NotFound, InvalidInput */
export async function findProject(db: Statements, text: string, path: readonly string[]): Promise<Project> {
  return find(db, 'Project', text, path, {
    byId: (id) => db.projectById(id),
    byNames: ([name = '']) => db.projectByName(name),
  });
}

/**
 * Finds a project and holds it until the transaction ends: EXCLUSIVE for what renames or deletes it.
 *
 * @throws NotFound, InvalidInput
 */
export async function findAndHoldProject(
  tx: Statements,
  text: string,
  path: readonly string[],
  mode: HoldMode,
): Promise<Project> {
  const { id } = await findProject(tx, text, path);
  await tx.holdProject(id, mode);
  // Read again, now that nobody can change it.
  return found(await tx.projectById(id), 'Project', text, path);
}

/**
 * Finds a plugin, and holds its project EXCLUSIVE until the transaction ends.
 *
 * @throws NotFound, InvalidInput
 */
export async function findPluginAndHoldProject(
  tx: Statements,
  text: string,
  path: readonly string[],
): Promise<{ plugin: Plugin; project: Project }> {
  const { projectId } = await findPlugin(tx, text, path);
  await tx.holdProject(projectId, 'EXCLUSIVE');
  // Read again, now that nobody can change it.
  const plugin = await findPlugin(tx, text, path);
  return { plugin, project: found(await tx.projectById(projectId), 'Plugin', text, path) };
}

/** @throws NotFound, InvalidInput */
export async function findPlugin(db: Statements, text: string, path: readonly string[]): Promise<Plugin> {
  return found(await db.pluginById(parseId('Plugin', text, path)), 'Plugin', text, path);
}

/** @throws NotFound, InvalidInput */
export async function findEnvironment(
  db: Statements,
  text: string,
  path: readonly string[],
): Promise<EnvironmentInPlace> {
  return find(db, 'Environment', text, path, {
    byId: (id) => db.environmentById(id),
    byNames: ([project = '', name = '']) => db.environmentByPath(project, name),
  });
}

/**
 * Finds an environment and holds it until the transaction ends: SHARED for what is put into it, EXCLUSIVE for
 * what deletes it.
 *
 * @throws NotFound, InvalidInput
 */
export async function findAndHoldEnvironment(
  tx: Statements,
  text: string,
  path: readonly string[],
  mode: HoldMode,
): Promise<EnvironmentInPlace> {
  const { id } = await findEnvironment(tx, text, path);
  await tx.holdEnvironment(id, mode);
  // Read again, now that nobody can delete it.
  return found(await tx.environmentById(id), 'Environment', text, path);
}

/** The environment that something found before belongs to. @throws NotFound when it was deleted */
export async function environmentOf(db: Statements, id: string): Promise<EnvironmentInPlace> {
  const environment = await db.environmentById(id);
  if (!environment) throw environmentGone();
  return environment;
}

/** The refusal of what belongs to an environment that was deleted meanwhile. */
export function environmentGone(): NotFound {
  return new NotFound('The environment was deleted.');
}

async function inEnvironment<T>(
  db: Statements,
  [project = '', environment = '', name = '']: readonly string[],
  byName: (environmentId: string, name: string) => Promise<T | null>,
): Promise<T | null> {
  const found = await db.environmentByPath(project, environment);
  return found && byName(found.id, name);
}

/** @throws NotFound, InvalidInput */
export async function findJob(db: Statements, text: string, path: readonly string[]): Promise<JobInPlace> {
  return find(db, 'Job', text, path, {
    byId: (id) => db.jobById(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.jobByName(id, name)),
  });
}

/**
 * Finds a job and holds it until the transaction ends: SHARED for what counts on it staying as it is,
 * EXCLUSIVE for what moves or deletes it.
 *
 * @throws NotFound, InvalidInput
 */
export async function findAndHoldJob(
  tx: Statements,
  text: string,
  path: readonly string[],
  mode: HoldMode,
): Promise<JobInPlace> {
  for (;;) {
    const { id } = await findJob(tx, text, path);
    // One that was moved meanwhile is held in the environment where it is now.
    if (!(await tx.holdJob(id, mode))) continue;
    // Read again, now that nobody can change it.
    return found(await tx.jobById(id), 'Job', text, path);
  }
}

/** @throws NotFound, InvalidInput */
export async function findSchedule(db: Statements, text: string, path: readonly string[]): Promise<Schedule> {
  return find(db, 'Schedule', text, path, {
    byId: (id) => db.scheduleById(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.scheduleByName(id, name)),
  });
}

/** Finds a schedule and holds it until the transaction ends. @throws NotFound, InvalidInput */
export async function findAndHoldSchedule(
  tx: Statements,
  text: string,
  path: readonly string[],
): Promise<Schedule> {
  const { id } = await findSchedule(tx, text, path);
  await tx.holdSchedule(id);
  // Read again, now that nobody can change it.
  return found(await tx.scheduleById(id), 'Schedule', text, path);
}

/** @throws NotFound, InvalidInput */
export async function findService(
  db: Statements,
  text: string,
  path: readonly string[],
): Promise<ServiceInPlace> {
  return find(db, 'Service', text, path, {
    byId: (id) => db.serviceById(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.serviceByName(id, name)),
  });
}

/** Finds a service and holds it until the transaction ends: no worker starts it meanwhile. @throws NotFound, InvalidInput */
export async function findAndHoldService(
  tx: Statements,
  text: string,
  path: readonly string[],
): Promise<ServiceInPlace> {
  const { id } = await findService(tx, text, path);
  await tx.holdService(id);
  // Read again, now that nobody can change it.
  return found(await tx.serviceById(id), 'Service', text, path);
}

/** @throws NotFound, InvalidInput */
export async function findState(db: Statements, text: string, path: readonly string[]): Promise<State> {
  return find(db, 'State', text, path, {
    byId: (id) => db.stateById(id),
    byNames: (names) => inEnvironment(db, names, (id, name) => db.stateByStateId(id, name)),
  });
}

/** A run by its id, or the newest run of the job at that path. @throws NotFound, InvalidInput */
export async function findRun(db: Statements, text: string, path: readonly string[]): Promise<Run> {
  if (text.includes('/')) {
    const job = await findJob(db, text, path);
    return found(await db.newestRunOfJob(job.id), 'Run', text, path);
  }
  const reference = parseReference('Run', text, path);
  return found('id' in reference ? await db.runById(reference.id) : null, 'Run', text, path);
}
