import type { Run } from '../store/index.ts';
import type { Services } from './services.ts';
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
  return submitRun(
    services,
    { mutation: 'runJob', input, place: { type: 'Job', text: input.job, path: ['input', 'job'] } },
    ({ job }) => ({ kind: 'RUN', names: job?.tasks.flat() ?? [], path: 'job' }),
  );
}
