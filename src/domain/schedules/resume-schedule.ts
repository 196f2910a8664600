import type { Gateway } from '../gateway.ts';
import { type ScheduleInput, changeSchedule } from './change-schedule.ts';

/** Enables a paused schedule again. An enabled schedule stays enabled. @throws NotFound, InvalidInput */
export async function resumeSchedule({ transaction }: Gateway, input: ScheduleInput): Promise<string> {
  return changeSchedule(transaction, input, ({ isEnabled }) => (isEnabled ? null : { isEnabled: true }));
}
