import type { Schedule, Statements } from '../../store/index.ts';
import { findAndLockSchedule } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

/** The input of a verb that needs only the schedule. */
export interface ScheduleInput {
  /** Id or path of the schedule. */
  schedule: string;
}

type Changes = Partial<Pick<Schedule, 'deletedAt' | 'isEnabled'>>;

export async function changeSchedule(
  transaction: Gateway['transaction'],
  input: ScheduleInput,
  change: (schedule: Schedule, tx: Statements) => Changes | null | Promise<Changes>,
): Promise<string> {
  return transaction(async (tx) => {
    const schedule = await findAndLockSchedule(tx, input.schedule, ['input', 'schedule']);
    const changes = await change(schedule, tx);
    if (changes) await tx.schedules.update(schedule.id, changes);
    return schedule.id;
  });
}
