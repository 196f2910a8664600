import { InputCheck } from '../../errors.ts';
import type { BulkVerb } from '../../store/index.ts';
import { readBulkFilter, type BulkScope } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import type { Gateway } from '../gateway.ts';

export interface BulkScheduleFilter extends BulkScope {
  ids?: readonly string[] | null | undefined;
  pattern?: string | null | undefined;
}

export interface BulkSchedulesInput {
  filter: BulkScheduleFilter;
}

/** Pauses schedules, each as `pauseSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function pauseSchedules(gateway: Gateway, { filter }: BulkSchedulesInput): Promise<string> {
  return submitForSchedules(gateway, 'PAUSE_SCHEDULES', filter);
}

/** Resumes schedules, each as `resumeSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function resumeSchedules(gateway: Gateway, { filter }: BulkSchedulesInput): Promise<string> {
  return submitForSchedules(gateway, 'RESUME_SCHEDULES', filter);
}

function submitForSchedules(gateway: Gateway, verb: BulkVerb, filter: BulkScheduleFilter): Promise<string> {
  const { ids, project, environment, job, pattern } = filter;
  return gateway.transaction(async (tx) => {
    const choice = await readBulkFilter(tx, {
      subject: 'Schedule',
      ids,
      scope: { project, environment, job },
      conditions: { pattern },
      check: new InputCheck(),
    });
    return submitBulkOperation(gateway, tx, { verb, filter, options: {}, choice });
  });
}
