import type { Schedule } from '../../../store/index.ts';
import type { Success } from '../../../store/schedules/following.ts';
import type { NewTick } from '../../../store/schedules/ticks.ts';
import type { Gateway } from '../../gateway.ts';
import type { DueTick } from '../decide-ticks.ts';
import { starter, summaryOf, type Firing } from '../start-ticks.ts';

/**
 * Decides what comes of the successes of the jobs that a schedule follows, each of which is a tick, or all of them
 * together. Its row is locked, and the caller wakes workers for the runs.
 */
export async function fireFollower(gateway: Gateway, schedule: Schedule, now: Date): Promise<Firing> {
  const { db } = gateway;
  const { id, afterRule } = schedule;
  const successes = await db.following.take(id);
  const ticks = ticksAfter(schedule.tickCursor, afterRule === 'ALL' ? successes.slice(-1) : successes);
  // Nothing is caught up: a success is a tick at once.
  const start = await starter(
    gateway,
    { ...schedule, catchUp: 'NONE' },
    ticks.map(({ tick }) => tick),
  );
  const decided: NewTick[] = [];
  for (const { tick, upstreamRunId } of ticks) {
    const { dueAt, lastDueAt, count, plannedAt } = tick;
    const times = { dueAt, lastDueAt, count, plannedAt, decidedAt: now };
    decided.push({ scheduleId: id, ...times, upstreamRunId, ...(await start(tick)) });
  }
  const cursor = ticks.at(-1)?.tick.dueAt ?? schedule.tickCursor;
  await db.ticks.decide(id, decided, { cursor, nextTickAt: null });
  return summaryOf(id, decided);
}

/** Two ticks of a schedule have different times, also when two jobs succeed at the same moment. */
function ticksAfter(
  cursor: Date,
  successes: readonly Success[],
): { tick: DueTick; upstreamRunId: string | null }[] {
  let last = cursor.getTime();
  return successes.map(({ runId, succeededAt }) => {
    last = Math.max(last + 1, succeededAt.getTime());
    const dueAt = new Date(last);
    const tick = { dueAt, lastDueAt: dueAt, plannedAt: dueAt, count: 1, missed: null };
    return { tick, upstreamRunId: runId };
  });
}
