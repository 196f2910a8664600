import { findAndLockSchedule } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { ScheduleInput } from './change-schedule.ts';
import { planSchedule } from './plan-schedule.ts';

export interface ResumeScheduleInput extends ScheduleInput {
  /** Whether the ticks of the pause are decided by the catch-up policy. They are forgotten when absent. */
  catchUp?: boolean | null | undefined;
}

/** Enables a paused schedule again. An enabled schedule stays enabled. @throws NotFound, InvalidInput */
export async function resumeSchedule(
  { transaction }: Pick<Gateway, 'transaction'>,
  input: ResumeScheduleInput,
): Promise<string> {
  return transaction(async (tx) => {
    const schedule = await findAndLockSchedule(tx, input.schedule, ['input', 'schedule']);
    if (schedule.isEnabled) return schedule.id;
    const resumed = await tx.schedules.update(schedule.id, {
      ...{ isEnabled: true, pauseReason: null, pauseNote: null, pausedAt: null },
      resumedAt: await tx.now(),
    });
    const { tickCursor } = input.catchUp === true ? schedule : resumed;
    await planSchedule(tx, { ...resumed, tickCursor });
    return schedule.id;
  });
}
