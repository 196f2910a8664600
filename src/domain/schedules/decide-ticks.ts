import { createHash } from 'node:crypto';
import type { Schedule, TickReason } from '../../store/index.ts';
import { countTicks } from '../definitions/count-ticks.ts';
import { newestTicks, nextTicks } from '../definitions/cron.ts';

/** What decides when a schedule is due. */
export type Timing = Pick<
  Schedule,
  'id' | 'cron' | 'timeZone' | 'startsAt' | 'endsAt' | 'jitterSeconds' | 'tickCursor'
>;

/** What decides which ticks run. */
export type TickPolicy = Timing &
  Pick<Schedule, 'catchUp' | 'catchUpWindowSeconds' | 'catchUpLimit' | 'graceSeconds'>;

/** A time at which a schedule is due, and when its run is to start. */
export interface PlannedTick {
  dueAt: Date;
  plannedAt: Date;
}

/** A tick that is due, or several in a row that are missed for the same reason. */
export interface DueTick extends PlannedTick {
  lastDueAt: Date;
  count: number;
  /** Why it does not run; null when it may run. */
  missed: TickReason | null;
}

export interface TickDecision {
  ticks: DueTick[];
  /** Everything up to this time is decided. */
  cursor: Date;
  nextTickAt: Date | null;
}

/** How many ticks that are due together are decided one by one. Older ones are missed, and kept as ranges. */
const most = 100;

/** The next ticks after the decided ones, at most `count`. */
export function plannedTicks(timing: Timing, count: number): PlannedTick[] {
  const { cron, timeZone, endsAt } = timing;
  const ticks = nextTicks(cron, timeZone, count, startOf(timing));
  return planned(timing, endsAt === null ? ticks : ticks.filter((tick) => tick <= endsAt));
}

/**
 * Decides the ticks of a schedule that are due and not decided yet. Which of them run in spite of an earlier run that
 * has not ended is decided afterwards.
 */
export function decideTicks(policy: TickPolicy, now: Date): TickDecision {
  const { ranges, due } = dueTicks(policy, now);
  const ticks = [...ranges, ...withCatchUp(policy, due, now)];
  const cursor = ticks.at(-1)?.lastDueAt ?? policy.tickCursor;
  const [next] = plannedTicks({ ...policy, tickCursor: cursor }, 1);
  return { ticks, cursor, nextTickAt: next?.plannedAt ?? null };
}

function startOf({ startsAt, tickCursor }: Timing): Date {
  return startsAt !== null && startsAt > tickCursor ? new Date(startsAt.getTime() - 1) : tickCursor;
}

// The jitter of a tick is computed from its ids, so that every gateway finds the same. Ticks start in their order.
function planned({ id, jitterSeconds }: Timing, ticks: readonly Date[]): PlannedTick[] {
  let last = 0;
  return ticks.map((dueAt) => {
    const hash = createHash('sha256').update(`${id} ${dueAt.getTime()}`).digest();
    const jitterMs = Math.floor((hash.readUInt32BE(0) / 2 ** 32) * jitterSeconds * 1000);
    last = Math.max(last, dueAt.getTime() + jitterMs);
    return { dueAt, plannedAt: new Date(last) };
  });
}

function dueTicks(policy: TickPolicy, now: Date): { ranges: DueTick[]; due: PlannedTick[] } {
  const isDue = ({ plannedAt }: PlannedTick): boolean => plannedAt <= now;
  // Mostly one is due, and to find each takes a third of a millisecond.
  const two = plannedTicks(policy, 2);
  if (two.length < 2 || !two.every(isDue)) return { ranges: [], due: two.filter(isDue) };
  const all = plannedTicks(policy, most + 1);
  const [first] = all;
  if (first === undefined || all.length <= most || !all.every(isDue)) {
    return { ranges: [], due: all.filter(isDue) };
  }
  const { cron, timeZone, endsAt } = policy;
  const until = endsAt !== null && endsAt < now ? endsAt : now;
  const newest = planned(policy, newestTicks(cron ?? '', timeZone, most, until)).filter(isDue);
  const [oldest = first] = newest;
  return { ranges: rangesOf(policy, first.dueAt, before(oldest.dueAt), now), due: newest };
}

function before(time: Date): Date {
  return new Date(time.getTime() - 1);
}

/** The ticks of a period, which are too many to run, as one range or two. */
function rangesOf(policy: TickPolicy, from: Date, to: Date, now: Date): DueTick[] {
  if (policy.catchUp !== 'ALL') return rangeOf(policy, from, to, 'NO_CATCH_UP');
  const window = windowOf(policy, now);
  if (window <= from) return rangeOf(policy, from, to, 'OVER_LIMIT');
  const boundary = window > to ? new Date(to.getTime() + 1) : window;
  return [
    ...rangeOf(policy, from, before(boundary), 'OUTSIDE_WINDOW'),
    ...rangeOf(policy, boundary, to, 'OVER_LIMIT'),
  ];
}

function rangeOf(policy: TickPolicy, from: Date, to: Date, missed: TickReason): DueTick[] {
  const { timeZone } = policy;
  const cron = policy.cron ?? '';
  const [first] = planned(policy, nextTicks(cron, timeZone, 1, before(from)));
  if (first === undefined || first.dueAt > to) return [];
  const [lastDueAt = first.dueAt] = newestTicks(cron, timeZone, 1, to);
  return [{ ...first, lastDueAt, count: countTicks(cron, timeZone, first.dueAt, lastDueAt), missed }];
}

function windowOf({ catchUpWindowSeconds }: TickPolicy, now: Date): Date {
  return new Date(now.getTime() - catchUpWindowSeconds * 1000);
}

function withCatchUp(policy: TickPolicy, due: readonly PlannedTick[], now: Date): DueTick[] {
  const { catchUp, catchUpLimit, graceSeconds } = policy;
  const window = windowOf(policy, now);
  let late = 0;
  const reasonOf = ({ dueAt, plannedAt }: PlannedTick, isNewest: boolean): TickReason | null => {
    if (now.getTime() - plannedAt.getTime() <= graceSeconds * 1000) return null;
    if (catchUp === 'NONE' || (catchUp === 'LATEST' && !isNewest)) return 'NO_CATCH_UP';
    if (dueAt < window) return 'OUTSIDE_WINDOW';
    late += 1;
    return catchUp === 'ALL' && late > catchUpLimit ? 'OVER_LIMIT' : null;
  };
  // From the newest one on, because the limit is for the newest ones.
  const decided = due.toReversed().map((tick, i): DueTick => ({
    ...tick,
    lastDueAt: tick.dueAt,
    count: 1,
    missed: reasonOf(tick, i === 0),
  }));
  return decided.reverse();
}
