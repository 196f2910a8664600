import { InputCheck } from '../errors.ts';
import type { BulkVerb } from '../store/index.ts';
import { readBulkFilter, type BulkPlaces } from './bulk-filter.ts';
import { submitBulkOperation } from './bulk-operation.ts';
import type { Services } from './services.ts';

/** Which schedules. */
export interface BulkScheduleFilter extends BulkPlaces {
  schedules?: readonly string[] | null | undefined;
  pattern?: string | null | undefined;
}

interface BulkSchedulesInput {
  filter: BulkScheduleFilter;
}

/** Pauses schedules, each as `pauseSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function pauseSchedules(services: Services, { filter }: BulkSchedulesInput): Promise<string> {
  return submit(services, 'PAUSE_SCHEDULES', filter);
}

/** Resumes schedules, each as `resumeSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function resumeSchedules(services: Services, { filter }: BulkSchedulesInput): Promise<string> {
  return submit(services, 'RESUME_SCHEDULES', filter);
}

function submit({ store }: Services, verb: BulkVerb, filter: BulkScheduleFilter): Promise<string> {
  const { schedules, project, environment, job, pattern } = filter;
  return store.transaction(async (tx) => {
    const choice = await readBulkFilter(tx, {
      ...{ subject: 'Schedule', field: 'schedules', ids: schedules, places: { project, environment, job } },
      ...{ conditions: { pattern }, check: new InputCheck() },
    });
    return submitBulkOperation(tx, { verb, filter, options: {}, choice });
  });
}
