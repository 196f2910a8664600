import type { Gateway } from '../../domain/gateway.ts';
import { plannedTicks } from '../../domain/schedules/decide-ticks.ts';
import { fireNextSchedule, FiringFailed } from '../../domain/schedules/fire-schedule.ts';
import { ContextChanged } from '../../domain/schedules/scheduled-run.ts';
import type { Store } from '../../store/index.ts';
import { measure } from '../../metrics/measures.ts';
import { oneLook } from '../one-look.ts';

/** Starts the runs of schedules when they are due. */
export interface Scheduler {
  /** Decides no more ticks. Resolves when none is being decided. */
  stop: () => Promise<void>;
}

/** The longest time between two looks, in milliseconds: a notification can get lost, and a clock can be set. */
const longestMs = 15_000;

/** How long a schedule is left alone that could not be decided, in milliseconds. */
const failedMs = 60_000;

/** How soon one is looked at again that others were changing, in milliseconds. */
const changingMs = 250;

/** How many schedules are decided at the same time. An embedded database does one after the other. */
const lanes = 4;

/** How many schedules are read at a time to compute their next times. */
const pageSize = 200;

/**
 * Starts to decide the ticks of schedules. Each process on a database can do so, and any number of them: a schedule is
 * decided by the one that has its row.
 */
export async function startScheduler(store: Store, gateway: Gateway): Promise<Scheduler> {
  const { log, isStopping } = gateway;
  /** Until when schedules are left alone, by their ids. */
  const failed = new Map<string, number>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const goesOn = (): boolean => !stopped && !isStopping();
  const except = (): string[] => {
    for (const [id, until] of failed) if (until < performance.now()) failed.delete(id);
    return [...failed.keys()];
  };
  const lane = async (): Promise<void> => {
    while (goesOn()) {
      try {
        gateway.checkRoom();
        const firing = await fireNextSchedule(gateway, except());
        if (firing === null) return;
        const { scheduleId, runIds, missed } = firing;
        measure('ticks', { runs: runIds.length, others: missed });
        for (const runId of runIds) log.info({ scheduleId, runId }, 'a schedule was due');
        if (missed > 0) log.warn({ scheduleId, ticks: missed }, 'ticks of a schedule started no run');
      } catch (error) {
        if (!(error instanceof FiringFailed)) throw error;
        const isChanging = error.cause instanceof ContextChanged;
        failed.set(error.scheduleId, performance.now() + (isChanging ? changingMs : failedMs));
        if (!isChanging)
          log.error({ err: error.cause, scheduleId: error.scheduleId }, 'a schedule could not be decided');
      }
    }
  };
  const fireDue = async (): Promise<void> => {
    if (!goesOn()) return;
    clearTimeout(timer);
    await Promise.all(Array.from({ length: lanes }, lane));
    const next = await store.ticks.nextIn();
    const longest = store.polls ? longestMs : 24 * 3600 * 1000;
    const freeIn = Math.min(...failed.values()) - performance.now();
    const wait = Math.min(next ?? longest, longest, freeIn);
    if (goesOn()) timer = setTimeout(look, Math.max(1, Math.ceil(wait)));
  };
  const looks = oneLook(fireDue, (error) => {
    log.error({ err: error }, 'looking for schedules failed');
    timer = setTimeout(look, longestMs);
  });
  const look = (): void => {
    if (goesOn()) looks.ask();
  };
  await computeNextTimes(store, goesOn);
  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'SCHEDULE') look();
  });
  look();
  return {
    stop: async () => {
      stopped = true;
      unsubscribe();
      await looks.done();
      clearTimeout(timer);
    },
  };
}

/** Computes the next times of all schedules anew: the rules of a time zone may be others than at the last start. */
async function computeNextTimes(store: Store, goesOn: () => boolean): Promise<void> {
  let after: string | null = null;
  while (goesOn()) {
    const page = await store.ticks.planned(after, pageSize);
    for (const schedule of page) {
      const next = plannedTicks(schedule, 1)[0]?.plannedAt ?? null;
      if (next?.getTime() !== schedule.nextTickAt?.getTime()) await store.ticks.replan(schedule, next);
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < pageSize) return;
  }
}
