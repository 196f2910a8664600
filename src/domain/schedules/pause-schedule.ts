import type { Gateway } from '../gateway.ts';
import { type ScheduleInput, changeSchedule } from './change-schedule.ts';

/**
 * Disables a schedule until `resumeSchedule`. A paused schedule stays paused.
 *
 * @throws NotFound, InvalidInput
 */
export async function pauseSchedule({ transaction }: Gateway, input: ScheduleInput): Promise<string> {
  return changeSchedule(transaction, input, ({ isEnabled }) => (isEnabled ? { isEnabled: false } : null));
}
