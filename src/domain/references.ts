import { InvalidInput, NotFound } from '../errors.ts';
import type { HoldMode } from '../store/hold.ts';
import type { Plugin, Project, Run, Schedule, State, Statements } from '../store/index.ts';
import type { JobInPlace } from '../store/job.ts';
import type { EnvironmentInPlace } from '../store/project.ts';
import { quoted } from './names.ts';
import { isStorable } from '../runner/storable.ts';
import { decodeGlobalId, type NodeType } from './global-id.ts';

/** How callers name things: by opaque id, or by path. */
export type Reference = { id: string } | { names: string[] };

const shapes = {
  Project: ['project'],
  Environment: ['project', 'environment'],
  Job: ['project', 'environment', 'job'],
  Schedule: ['project', 'environment', 'schedule'],
  State: ['project', 'environment', 'state id'],
  Plugin: [],
  Run: [],
  BulkOperation: [],
} satisfies Partial<Record<NodeType, string[]>>;

type Named = keyof typeof shapes;

/**
 * Reads a reference. A path's last part may hold slashes itself; only the first ones divide.
 *
 * @param path where in the arguments it stands, for the refusal
 * @throws InvalidInput
 */
export function parseReference(type: Named, text: string, path: readonly string[]): Reference {
  const globalId = decodeGlobalId(text);
  if (globalId?.type === type) return { id: globalId.id };
  const shape: readonly string[] = shapes[type];
  const parts = text.split('/');
  const names = [...parts.slice(0, shape.length - 1), parts.slice(shape.length - 1).join('/')];
  if (
    globalId ||
    shape.length === 0 ||
    parts.length < shape.length ||
    names.includes('') ||
    !isStorable(text)
  ) {
    const form = shape.length > 0 ? ` or a path of the form ${shape.join('/')}` : '';
    const message = globalId
      ? `${quoted(text)} is the id of ${article(globalId.type)}; give the id of ${article(type)}${form}.`
      : `${quoted(text)} is not the id of ${article(type)}${form}.`;
    throw new InvalidInput([{ path, code: 'BAD_REFERENCE', message }]);
  }
  return { names };
}

function article(type: NodeType): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
}

/**
 * Reads the id of something that has no path, such as what was deleted.
 *
 * @throws InvalidInput
 */
export function parseId(type: Named, text: string, path: readonly string[]): string {
  const globalId = decodeGlobalId(text);
  if (globalId?.type === type) return globalId.id;
  const what = globalId ? `is the id of ${article(globalId.type)}` : 'is no id';
  const message = `${quoted(text)} ${what}; give the id of ${article(type)}.`;
  throw new InvalidInput([{ path, code: 'BAD_REFERENCE', message }]);
}

/** @throws NotFound when there is nothing */
export function found<T>(row: T | null, type: Named, text: string, path: readonly string[]): T {
  if (row === null) throw new NotFound(`There is no ${type} ${quoted(text)}.`, path);
  return row;
}

/** @throws NotFound, InvalidInput */
export async function findProject(db: Statements, text: string, path: readonly string[]): Promise<Project> {
  const reference = parseReference('Project', text, path);
  const row =
    'id' in reference
      ? await db.projectById(reference.id)
      : await db.projectByName(reference.names[0] as string);
  return found(row, 'Project', text, path);
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
  const reference = parseReference('Environment', text, path);
  const row =
    'id' in reference
      ? await db.environmentById(reference.id)
      : await environmentByNames(db, reference.names);
  return found(row, 'Environment', text, path);
}

function environmentByNames(db: Statements, names: readonly string[]): Promise<EnvironmentInPlace | null> {
  return db.environmentByPath(names[0] as string, names[1] as string);
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
  if (!environment) throw new NotFound('The environment was deleted.');
  return environment;
}

/** @throws NotFound, InvalidInput */
export async function findJob(db: Statements, text: string, path: readonly string[]): Promise<JobInPlace> {
  const reference = parseReference('Job', text, path);
  if ('id' in reference) return found(await db.jobById(reference.id), 'Job', text, path);
  const environment = found(await environmentByNames(db, reference.names), 'Job', text, path);
  return found(await db.jobByName(environment.id, reference.names[2] as string), 'Job', text, path);
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
  const reference = parseReference('Schedule', text, path);
  if ('id' in reference) return found(await db.scheduleById(reference.id), 'Schedule', text, path);
  const environment = found(await environmentByNames(db, reference.names), 'Schedule', text, path);
  return found(await db.scheduleByName(environment.id, reference.names[2] as string), 'Schedule', text, path);
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
export async function findState(db: Statements, text: string, path: readonly string[]): Promise<State> {
  const reference = parseReference('State', text, path);
  if ('id' in reference) return found(await db.stateById(reference.id), 'State', text, path);
  const environment = found(await environmentByNames(db, reference.names), 'State', text, path);
  return found(await db.stateByStateId(environment.id, reference.names[2] as string), 'State', text, path);
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
