import type { Gateway } from '../gateway.ts';
import { type ScheduleInput, changeSchedule } from './change-schedule.ts';

export interface PauseScheduleInput extends ScheduleInput {
  /** Why, for those who find it paused. */
  note?: string | null | undefined;
}

/**
 * Disables a schedule until `resumeSchedule`. A paused schedule stays paused, and gets the note if there is one.
 *
 * @throws NotFound, InvalidInput
 */
export async function pauseSchedule({ transaction }: Gateway, input: PauseScheduleInput): Promise<string> {
  const { note = null } = input;
  return changeSchedule(transaction, input, async ({ isEnabled, pauseNote }, tx) => {
    if (!isEnabled) return note === null || note === pauseNote ? null : { pauseNote: note };
    return { isEnabled: false, pauseReason: 'REQUESTED', pauseNote: note, pausedAt: await tx.now() };
  });
}
