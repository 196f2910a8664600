import { InputCheck } from '../../errors.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { RunPriority } from '../../store/index.ts';
import { checkRetryPolicy, storedRetryPolicy, type RetryPolicyInput } from '../definitions/retry-policy.ts';
import { checkLabels, storedLabels } from '../naming/labels.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockEnvironment, findEnvironment } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { type TaskInput, checkTasks, jobExists } from './job-fields.ts';

export interface CreateJobInput {
  environment: string;
  name: string;
  tasks: readonly TaskInput[];
  /** How its runs are retried. */
  retryPolicy?: RetryPolicyInput | null | undefined;
  /** How soon its runs start. NORMAL when absent. */
  priority?: RunPriority | null | undefined;
  /** Labels that the worker of its runs must have. None when absent. */
  labels?: readonly string[] | null | undefined;
}

/** Adds a job to an environment. @throws NotFound, InvalidInput, AlreadyExists */
export async function createJob({ db, transaction }: Gateway, input: CreateJobInput): Promise<string> {
  const environment = await findEnvironment(db, input.environment, ['input', 'environment']);
  const check = new InputCheck();
  checkName(check, 'name', input.name);
  checkRetryPolicy(check, input.retryPolicy);
  checkLabels(check, input.labels);
  const tasks = await checkTasks(db, check, environment.projectId, input.tasks);
  check.done();
  try {
    return await transaction(async (tx) => {
      const { id } = await findAndLockEnvironment(tx, input.environment, ['input', 'environment'], 'SHARED');
      const job = await tx.jobs.create({
        ...{ environmentId: id, name: input.name, priority: input.priority ?? null },
        ...tasks,
        ...storedRetryPolicy(input),
        ...storedLabels(input),
      });
      return job.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw jobExists(input.name, environment.name, ['input', 'name']);
    throw error;
  }
}
