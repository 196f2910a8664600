import type { Schedule, TickReason } from '../../store/index.ts';
import type { NewTick } from '../../store/schedules/ticks.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import { decideTicks, type DueTick } from './decide-ticks.ts';
import { fireFollower } from './following/fire-follower.ts';
import { starter, summaryOf, type Firing, type TickResult } from './start-ticks.ts';

/** The ticks of a schedule could not be decided. Nothing of them is stored. */
export class FiringFailed extends Error {
  override name = 'FiringFailed';

  readonly scheduleId: string;

  constructor(scheduleId: string, options: ErrorOptions) {
    super('The ticks of a schedule could not be decided.', options);
    this.scheduleId = scheduleId;
  }
}

const missedBecause: Record<Exclude<TickReason, 'OVERLAP' | 'INVALID'>, string> = {
  NO_CATCH_UP: 'It was missed, and by the catch-up policy of the schedule it does not run later.',
  OUTSIDE_WINDOW: 'It was missed longer ago than the catch-up window.',
  OVER_LIMIT: 'More ticks were missed than the catch-up limit, and newer ones run.',
};

/**
 * Decides the ticks of one schedule that is due: the ticks, their runs and the next time are stored in one transaction.
 * When several gateways do this at the same time, each gets another schedule.
 *
 * @param except schedules that are left out, because they have just failed
 * @returns null when no schedule is due that nobody else is deciding
 * @throws FiringFailed
 */
export async function fireNextSchedule(gateway: Gateway, except: readonly string[]): Promise<Firing | null> {
  const firing = await gateway.transaction(async (tx) => {
    const due = (await tx.ticks.lockDue(except)) ?? (await tx.following.lockDue(except));
    if (due === null) return null;
    const { now, ...schedule } = due;
    const fire = schedule.afterRule === null ? fireSchedule : fireFollower;
    try {
      return await fire(inTransaction(gateway, tx), schedule, now);
    } catch (cause) {
      throw new FiringFailed(schedule.id, { cause });
    }
  });
  if (firing && firing.runIds.length > 0) gateway.wake(firing.runIds);
  return firing;
}

/** `fireNextSchedule` for a schedule whose row is locked. The caller wakes workers for the runs. */
export async function fireSchedule(gateway: Gateway, schedule: Schedule, now: Date): Promise<Firing> {
  const { db } = gateway;
  const { ticks, cursor, nextTickAt } = decideTicks(schedule, now);
  const toStart = ticks.filter(({ missed }) => missed === null);
  const start = toStart.length > 0 ? await starter(gateway, schedule, toStart) : null;
  const decided: NewTick[] = [];
  for (const tick of ticks) {
    const result = tick.missed === null && start ? await start(tick) : missedTick(tick);
    const { dueAt, lastDueAt, count, plannedAt } = tick;
    const times = { dueAt, lastDueAt, count, plannedAt, decidedAt: now };
    decided.push({ scheduleId: schedule.id, ...times, upstreamRunId: null, ...result });
  }
  await db.ticks.decide(schedule.id, decided, { cursor, nextTickAt });
  return summaryOf(schedule.id, decided);
}

function missedTick({ missed }: DueTick): TickResult {
  const reason = missed as keyof typeof missedBecause;
  return { outcome: 'MISSED', reason, message: missedBecause[reason], runId: null, blockingRunId: null };
}
