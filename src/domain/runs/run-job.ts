import type { Run } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';
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
export async function runJob(gateway: Gateway, input: RunJobInput): Promise<Run> {
  return submitRun(
    gateway,
    { mutation: 'runJob', input, context: { type: 'Job', text: input.job, at: ['input', 'job'] } },
    ({ job }) => ({ kind: 'RUN', names: job?.tasks.flat() ?? [], path: 'job' }),
  );
}
