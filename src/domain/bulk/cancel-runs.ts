import type { Gateway } from '../gateway.ts';
import { type BulkRunsInput, submitForRuns } from './choose-runs.ts';

/** Cancels runs, each as `cancelRun` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function cancelRuns(gateway: Gateway, { filter }: BulkRunsInput): Promise<string> {
  return submitForRuns(gateway, { verb: 'CANCEL_RUNS', filter, statuses: ['QUEUED', 'RUNNING'] });
}
