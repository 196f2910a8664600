import type { Schedule, Statements } from '../../store/index.ts';
import { plannedTicks } from './decide-ticks.ts';

/**
 * Computes the next time of a schedule whose times were just changed. Without this call, a gateway does so when it hears
 * of the change.
 */
export async function planSchedule(tx: Statements, schedule: Schedule): Promise<void> {
  if (schedule.nextTickAt === null) return;
  await tx.schedules.plan(schedule.id, {
    tickCursor: schedule.tickCursor,
    nextTickAt: plannedTicks(schedule, 1)[0]?.plannedAt ?? null,
  });
}
