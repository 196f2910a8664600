import type { Gateway } from '../gateway.ts';
import { type BulkSchedulesInput, submitForSchedules } from './choose-schedules.ts';

/** Resumes schedules, each as `resumeSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function resumeSchedules(gateway: Gateway, { filter }: BulkSchedulesInput): Promise<string> {
  return submitForSchedules(gateway, 'RESUME_SCHEDULES', filter);
}
