import type { Gateway } from '../gateway.ts';
import { type BulkSchedulesInput, submitForSchedules } from './choose-schedules.ts';

/** Pauses schedules, each as `pauseSchedule` does. @returns the id of the operation. @throws NotFound, InvalidInput, LimitExceeded */
export function pauseSchedules(gateway: Gateway, { filter }: BulkSchedulesInput): Promise<string> {
  return submitForSchedules(gateway, 'PAUSE_SCHEDULES', filter);
}
