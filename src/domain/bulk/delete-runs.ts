import { endedStatuses } from '../../store/runs/run-status.ts';
import type { Gateway } from '../gateway.ts';
import { type BulkRunsInput, submitForRuns } from './choose-runs.ts';

/** Deletes runs, each as `deleteRun` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function deleteRuns(gateway: Gateway, { filter }: BulkRunsInput): Promise<string> {
  return submitForRuns(gateway, { verb: 'DELETE_RUNS', filter, statuses: endedStatuses });
}
