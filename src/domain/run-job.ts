import type { Run } from '../store/index.ts';
import type { Services } from './services.ts';
import { findAndHoldJob } from './references.ts';
import { submitRun, type RunOptions } from './submit-run.ts';

export interface RunJobInput extends RunOptions {
  /** Id or path of the job. */
  job: string;
}

/**
 * Starts a run of a job: stores it as QUEUED and wakes a worker.
 *
 * @returns the run, QUEUED
 * @throws NotFound, InvalidInput, Conflict
 */
export async function runJob(services: Services, input: RunJobInput): Promise<Run> {
  return submitRun(services, { mutation: 'runJob', input }, async (tx) => {
    const job = await findAndHoldJob(tx, input.job, ['input', 'job'], 'SHARED');
    const { environment } = job;
    return {
      project: environment.project,
      environment,
      jobId: job.id,
      kind: 'RUN',
      names: (job.tasks as string[][]).flat(),
      path: 'job',
    };
  });
}
