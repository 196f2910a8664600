import { InputCheck } from '../../errors.ts';
import { findJob } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { type TaskInput, checkTasks } from './job-fields.ts';

/**
 * Replaces the tasks of a job. Runs that were started before keep the old tasks.
 *
 * @throws NotFound, InvalidInput
 */
export async function updateJob(
  { db }: Gateway,
  input: { job: string; tasks: readonly TaskInput[] },
): Promise<Updated> {
  const job = await findJob(db, input.job, ['input', 'job']);
  const check = new InputCheck();
  const tasks = await checkTasks(db, check, job.environment.projectId, input.tasks);
  check.done();
  const { id, revision } = await db.jobs.update(job.id, tasks);
  return { id, isChanged: revision !== job.revision };
}
