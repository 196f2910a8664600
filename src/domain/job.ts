import { AlreadyExists, InputCheck } from '../errors.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { Statements } from '../store/index.ts';
import { pairsOf, parseBlocks } from './blocks.ts';
import { deleteWithContents, type DeleteOptions } from './deletion.ts';
import { checkName } from './names.ts';
import { findAndHoldEnvironment, findAndHoldJob, findEnvironment, findJob } from './references.ts';
import type { Services } from './services.ts';

/** A task as callers give it: its blocks in their order. */
export interface TaskInput {
  blocks: readonly string[];
}

export interface CreateJobInput {
  environment: string;
  name: string;
  tasks: readonly TaskInput[];
}

/** Adds a job to an environment. @throws NotFound, InvalidInput, AlreadyExists */
export async function createJob({ store }: Services, input: CreateJobInput): Promise<string> {
  const environment = await findEnvironment(store, input.environment, ['input', 'environment']);
  const check = new InputCheck();
  checkName(check, 'name', input.name);
  const tasks = await checkTasks(store, check, environment.projectId, input.tasks);
  check.done();
  try {
    return await store.transaction(async (tx) => {
      const { id } = await findAndHoldEnvironment(tx, input.environment, ['input', 'environment'], 'SHARED');
      const job = await tx.createJob({ environmentId: id, name: input.name, ...tasks });
      return job.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw jobExists(input.name, environment.name, ['input', 'name']);
    throw error;
  }
}

/** Replaces the tasks of a job. Runs that were asked for before keep theirs. @throws NotFound, InvalidInput */
export async function updateJob(
  { store }: Services,
  input: { job: string; tasks: readonly TaskInput[] },
): Promise<string> {
  const job = await findJob(store, input.job, ['input', 'job']);
  const check = new InputCheck();
  const tasks = await checkTasks(store, check, job.environment.projectId, input.tasks);
  check.done();
  await store.updateJob(job.id, tasks);
  return job.id;
}

export interface DeleteJobInput extends DeleteOptions {
  /** Id or path of the job. */
  job: string;
}

/**
 * Deletes a job: it disappears from lists and names, and its runs stay.
 *
 * @throws NotFound, InvalidInput; Conflict when it has schedules, unless `force` deletes them with it; Busy when
 *   a run of it has not ended
 */
export async function deleteJob({ store }: Services, input: DeleteJobInput): Promise<string> {
  const path = ['input', 'job'];
  return store.transaction(async (tx) => {
    const { id } = await findAndHoldJob(tx, input.job, path, 'EXCLUSIVE');
    await deleteWithContents(tx, 'Job', id, input, path);
    return id;
  });
}

/** The refusal of a name that a job of the environment has. */
export function jobExists(name: string, environment: string, path: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a job "${name}" already; choose another name.`,
    path,
  );
}

async function checkTasks(db: Statements, check: InputCheck, projectId: string, tasks: readonly TaskInput[]) {
  const { blocks, mistakes } = parseBlocks(
    tasks.flatMap((task) => task.blocks),
    await db.pluginsOf(projectId),
  );
  for (const { code, message } of mistakes) check.add('tasks', code, message);
  return { tasks: tasks.map((task) => [...task.blocks]), pairs: pairsOf(blocks) };
}
