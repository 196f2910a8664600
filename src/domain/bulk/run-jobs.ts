import { InputCheck } from '../../errors.ts';
import { readBulkFilter } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import type { Gateway } from '../gateway.ts';
import { checkRunOptions, type RunOptions } from '../runs/submit-run.ts';

export interface BulkJobFilter {
  ids?: readonly string[] | null | undefined;
  project?: string | null | undefined;
  environment?: string | null | undefined;
  pattern?: string | null | undefined;
}

export interface RunJobsInput extends RunOptions {
  filter: BulkJobFilter;
}

/**
 * Starts a run of each job, as `runJob` does.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, LimitExceeded
 */
export async function runJobs(gateway: Gateway, input: RunJobsInput): Promise<string> {
  const {
    filter,
    fullRefresh,
    refreshCatalog,
    noStateUpdate,
    stateIdSuffix,
    stateStrategy,
    env,
    timeoutSeconds,
    expiresAfterSeconds,
    labels,
    priority,
    retryPolicy,
  } = input;
  const options = {
    fullRefresh,
    refreshCatalog,
    noStateUpdate,
    stateIdSuffix,
    stateStrategy,
    env,
    timeoutSeconds,
    expiresAfterSeconds,
    labels,
    priority,
    retryPolicy,
  };
  const { ids, project, environment, pattern } = filter;
  const check = new InputCheck();
  checkRunOptions(gateway, check, options);
  return gateway.transaction(async (tx) => {
    const choice = await readBulkFilter(tx, {
      subject: 'Job',
      ids,
      scope: { project, environment },
      check,
      conditions: { pattern },
    });
    return submitBulkOperation(gateway, tx, { verb: 'RUN_JOBS', filter, options, choice });
  });
}
