import { InputCheck } from '../../errors.ts';
import type { BulkVerb, RunKind, RunStatus } from '../../store/index.ts';
import type { BulkConditions } from '../../store/bulk/bulk-choice.ts';
import { readBulkFilter, type BulkScope } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import type { Gateway } from '../gateway.ts';

export interface BulkRunFilter extends BulkScope {
  ids?: readonly string[] | null | undefined;
  statuses?: readonly RunStatus[] | null | undefined;
  kinds?: readonly RunKind[] | null | undefined;
  createdSince?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
  endedBefore?: Date | null | undefined;
}

export interface BulkRunsInput {
  filter: BulkRunFilter;
}

interface RunsOperation {
  verb: BulkVerb;
  filter: BulkRunFilter;
  /** The statuses of the runs that the verb can change. */
  statuses: readonly RunStatus[];
  options?: object;
  defaults?: BulkConditions;
}

/**
 * Which runs of a scope are chosen when no kinds are named. A service that is cancelled is stopped for good or started
 * again, so its runs must be meant.
 */
const withoutServices: readonly RunKind[] = ['RUN', 'TEST', 'INSTALL', 'DISCOVER', 'PLUGIN_TEST'];

export async function submitForRuns(gateway: Gateway, submission: RunsOperation): Promise<string> {
  const { verb, filter, statuses: allowed, options = {}, defaults = {} } = submission;
  const { ids, project, environment, job, statuses, kinds, createdSince, createdBefore, endedBefore } =
    filter;
  const check = new InputCheck();
  statuses?.forEach((status, i) => {
    if (allowed.includes(status)) return;
    const message = `No run that is ${status} is concerned; the statuses that can be given are ${allowed.join(', ')}.`;
    check.add(`filter.statuses.${i}`, 'BAD_STATUS', message);
  });
  return gateway.transaction(async (tx) => {
    const choice = await readBulkFilter(
      tx,
      {
        subject: 'Run',
        ids,
        scope: { project, environment, job },
        check,
        conditions: {
          ...(statuses == null ? {} : { statuses: [...new Set(statuses)] }),
          ...(kinds == null ? {} : { kinds: [...new Set(kinds)] }),
          createdSince,
          createdBefore,
          endedBefore,
        },
      },
      { ...defaults, statuses: allowed, kinds: withoutServices },
    );
    return submitBulkOperation(gateway, tx, { verb, filter, options, choice });
  });
}
