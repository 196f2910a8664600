import type { Schedule, Statements } from '../../store/index.ts';
import { findAndLockSchedule, findSchedule } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';

/** The input of a verb that needs only the schedule. */
export interface ScheduleInput {
  /** Id or path of the schedule. */
  schedule: string;
}

type Changes = Partial<Pick<Schedule, 'deletedAt' | 'isEnabled' | 'pauseReason' | 'pauseNote' | 'pausedAt'>>;

export async function changeSchedule(
  transaction: Gateway['transaction'],
  input: ScheduleInput,
  change: (schedule: Schedule, tx: Statements) => Changes | null | Promise<Changes | null>,
): Promise<string> {
  return transaction(async (tx) => {
    const schedule = await findAndLockSchedule(tx, input.schedule, ['input', 'schedule']);
    const changes = await change(schedule, tx);
    if (changes) await tx.schedules.update(schedule.id, changes);
    return schedule.id;
  });
}

/**
 * Finds a schedule and locks its row, so that runs of it can be started until the transaction ends: what it belongs to is
 * locked first, and stays as it is.
 *
 * @throws NotFound, InvalidInput
 */
export async function findAndLockScheduleToRun(
  tx: Statements,
  text: string,
  at: readonly string[],
): Promise<Schedule> {
  for (;;) {
    const { jobId, environmentId } = await findSchedule(tx, text, at);
    if (jobId === null) await tx.rowLocks.environment(environmentId, 'SHARED');
    else await tx.rowLocks.job(jobId, 'SHARED');
    const schedule = await findAndLockSchedule(tx, text, at);
    // It was moved meanwhile: lock what it belongs to now.
    if (schedule.jobId === jobId && schedule.environmentId === environmentId) return schedule;
  }
}
