import { InputCheck } from '../errors.ts';
import type { BulkVerb, RunStatus } from '../store/index.ts';
import type { BulkConditions } from '../store/bulk-choice.ts';
import { readBulkFilter, type BulkPlaces } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import { endedStatuses } from './run-status.ts';
import type { Services } from './services.ts';

/** Which runs. */
export interface BulkRunFilter extends BulkPlaces {
  runs?: readonly string[] | null | undefined;
  statuses?: readonly RunStatus[] | null | undefined;
  createdSince?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
  endedBefore?: Date | null | undefined;
}

interface BulkRunsInput {
  filter: BulkRunFilter;
}

/** Cancels runs, each as `cancelRun` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function cancelRuns(services: Services, { filter }: BulkRunsInput): Promise<string> {
  return submit(services, { verb: 'CANCEL_RUNS', filter, statuses: ['QUEUED', 'RUNNING'] });
}

/** Deletes runs, each as `deleteRun` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function deleteRuns(services: Services, { filter }: BulkRunsInput): Promise<string> {
  return submit(services, { verb: 'DELETE_RUNS', filter, statuses: endedStatuses });
}

/**
 * Retries runs, each as `retryRun` does: of a place those that no run repeats yet, so that asking twice does not
 * retry twice.
 *
 * @returns the id of the operation
 * @throws NotFound, InvalidInput, LimitExceeded
 */
export function retryRuns(
  services: Services,
  { filter, fromFailedBlock }: BulkRunsInput & { fromFailedBlock?: boolean | null | undefined },
): Promise<string> {
  const statuses = endedStatuses.filter((status) => status !== 'SUCCEEDED');
  return submit(services, {
    ...{ verb: 'RETRY_RUNS', filter, statuses },
    ...{ options: { fromFailedBlock: fromFailedBlock ?? false }, defaults: { notRetried: true } },
  });
}

interface Submission {
  verb: BulkVerb;
  filter: BulkRunFilter;
  /** The statuses that the verb has to do with. */
  statuses: readonly RunStatus[];
  options?: object;
  defaults?: BulkConditions;
}

async function submit({ store }: Services, submission: Submission): Promise<string> {
  const { verb, filter, statuses: allowed, options = {}, defaults = {} } = submission;
  const { runs, project, environment, job, statuses, createdSince, createdBefore, endedBefore } = filter;
  const check = new InputCheck();
  statuses?.forEach((status, i) => {
    if (allowed.includes(status)) return;
    const message = `No run that is ${status} is concerned; the statuses that can be given are ${allowed.join(', ')}.`;
    check.add(`filter.statuses.${i}`, 'BAD_STATUS', message);
  });
  return store.transaction(async (tx) => {
    const choice = await readBulkFilter(
      tx,
      {
        ...{ subject: 'Run', field: 'runs', ids: runs, places: { project, environment, job }, check },
        conditions: {
          ...(statuses == null ? {} : { statuses: [...new Set(statuses)] }),
          ...{ createdSince, createdBefore, endedBefore },
        },
      },
      { ...defaults, statuses: allowed },
    );
    return submitBulkOperation(tx, { verb, filter, options, choice });
  });
}
