import { endedStatuses } from '../../store/runs/run-status.ts';
import type { Gateway } from '../gateway.ts';
import { type BulkRunsInput, submitForRuns } from './choose-runs.ts';

/**
 * Retries runs, each as `retryRun` does. From a scope it takes only runs that were not retried yet, so that a
 * second request does not retry them again.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, LimitExceeded
 */
export function retryRuns(
  gateway: Gateway,
  { filter, fromFailedBlock }: BulkRunsInput & { fromFailedBlock?: boolean | null | undefined },
): Promise<string> {
  const statuses = endedStatuses.filter((status) => status !== 'SUCCEEDED');
  return submitForRuns(gateway, {
    verb: 'RETRY_RUNS',
    filter,
    statuses,
    options: { fromFailedBlock: fromFailedBlock ?? false },
    defaults: { notRetried: true },
  });
}
