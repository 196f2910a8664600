import type { Gateway } from '../gateway.ts';
import { type ScheduleInput, changeSchedule } from './change-schedule.ts';

/** Deletes a schedule: lists and paths do not find it any more. @throws NotFound, InvalidInput */
export async function deleteSchedule({ transaction }: Gateway, input: ScheduleInput): Promise<string> {
  return changeSchedule(transaction, input, async (_, tx) => ({ deletedAt: await tx.now() }));
}
