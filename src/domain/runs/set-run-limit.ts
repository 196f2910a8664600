import { InputCheck } from '../../errors.ts';
import type { RunLimit, Statements } from '../../store/index.ts';
import { explainLabel, isLabel } from '../naming/labels.ts';
import { findEnvironment, findJob, findProject } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

/** The highest limit. */
export const highestLimit = 10_000;

/** Exactly one of the first four says what is limited. */
export interface SetRunLimitInput {
  project?: string | null | undefined;
  environment?: string | null | undefined;
  job?: string | null | undefined;
  label?: string | null | undefined;
  /** Null removes the limit. */
  maxRuns?: number | null | undefined;
}

/**
 * Sets how many runs of a project, an environment, a job or a label are executed at the same time, from now on. What is
 * executed goes on.
 *
 * @returns the limit; null when it was removed
 * @throws NotFound, InvalidInput
 */
export async function setRunLimit(gateway: Gateway, input: SetRunLimitInput): Promise<RunLimit | null> {
  const { maxRuns } = input;
  checkLimit(input);
  const { limit, freed } = await gateway.transaction(async (tx) => {
    const what = await limited(tx, input);
    if (maxRuns == null) await tx.limits.remove(what.key);
    const limit = maxRuns == null ? null : await tx.limits.set({ ...what, maxRuns });
    return { limit, freed: await tx.limits.free(limit === null ? null : [what.key]) };
  });
  gateway.wake(freed);
  return limit;
}

function checkLimit({ project, environment, job, label, maxRuns }: SetRunLimitInput): void {
  const check = new InputCheck();
  if ([project, environment, job, label].filter((one) => one != null).length !== 1)
    check.add('project', 'ONE_OF', 'Give exactly one of `project`, `environment`, `job` and `label`.');
  if (label != null && !isLabel(label)) check.add('label', 'BAD_NAME', explainLabel(label));
  if (maxRuns != null && (maxRuns < 0 || maxRuns > highestLimit))
    check.add(
      'maxRuns',
      'OUT_OF_RANGE',
      `A limit lies between 0 and ${highestLimit.toLocaleString('en')} runs.`,
    );
  check.done();
}

async function limited(
  tx: Statements,
  { project, environment, job, label }: SetRunLimitInput,
): Promise<Omit<RunLimit, 'maxRuns' | 'updatedAt'>> {
  const none = { projectId: null, environmentId: null, jobId: null, label: null };
  if (project != null) {
    const { id } = await findProject(tx, project, ['input', 'project']);
    return { ...none, key: `limit:project:${id}`, scope: 'PROJECT', projectId: id };
  }
  if (environment != null) {
    const { id } = await findEnvironment(tx, environment, ['input', 'environment']);
    return { ...none, key: `limit:environment:${id}`, scope: 'ENVIRONMENT', environmentId: id };
  }
  if (job != null) {
    const { id } = await findJob(tx, job, ['input', 'job']);
    return { ...none, key: `limit:job:${id}`, scope: 'JOB', jobId: id };
  }
  return { ...none, key: `limit:label:${label ?? ''}`, scope: 'LABEL', label: label ?? '' };
}
