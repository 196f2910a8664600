import { InputCheck } from '../../errors.ts';
import type { RunPriority } from '../../store/index.ts';
import { checkRetryPolicy, storedRetryPolicy, type RetryPolicyInput } from '../definitions/retry-policy.ts';
import { checkLabels, storedLabels } from '../naming/labels.ts';
import { findJob } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { type TaskInput, checkTasks } from './job-fields.ts';

export interface UpdateJobInput {
  job: string;
  /** They stay as they are when absent. */
  tasks?: readonly TaskInput[] | null | undefined;
  /** Null for none. It stays as it is when absent. */
  retryPolicy?: RetryPolicyInput | null | undefined;
  /** How soon its runs start. Null for none. It stays as it is when absent. */
  priority?: RunPriority | null | undefined;
  /** Labels that the worker of its runs must have. They stay as they are when absent. */
  labels?: readonly string[] | null | undefined;
}

/**
 * Changes the given fields of a job. Runs that were started before keep the old tasks and the old policy.
 *
 * @throws NotFound, InvalidInput
 */
export async function updateJob({ db }: Gateway, input: UpdateJobInput): Promise<Updated> {
  const job = await findJob(db, input.job, ['input', 'job']);
  const check = new InputCheck();
  checkRetryPolicy(check, input.retryPolicy);
  checkLabels(check, input.labels);
  const tasks =
    input.tasks == null ? {} : await checkTasks(db, check, job.environment.projectId, input.tasks);
  check.done();
  const priority = input.priority === undefined ? {} : { priority: input.priority };
  const changes = { ...tasks, ...storedRetryPolicy(input), ...storedLabels(input), ...priority };
  const { id, revision } = await db.jobs.update(job.id, changes);
  return { id, isChanged: revision !== job.revision };
}
