import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import type { Stoppable } from './supervise.ts';

/** Keeps services running, several at a time. */
export interface ServiceKeeper {
  /** Looks for services whose start is due, soon. */
  look: () => void;
  isRunning: (runId: string) => boolean;
  /** Starts no more services, stops those that run, and waits until their ends are recorded. */
  stop: () => Promise<void>;
}

/**
 * Starts services when they come due: it looks now, when a service has changed, when the next start comes due, when a slot
 * becomes free, and whenever it is told to.
 *
 * @param slots how many services it runs at a time
 */
export function runServices(execution: Execution, slots: number): ServiceKeeper {
  const { services, workerId } = execution;
  const { store, log } = services;
  const running = new Map<string, Stoppable>();
  const taken = new Set<Promise<void>>();
  let stopping = false;
  let looking: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  const startDue = async (): Promise<void> => {
    clearTimeout(timer);
    while (taken.size < slots && !stopping) {
      const now = new Date();
      const run = await store.startDueService(workerId, now);
      if (run === null) {
        // What is due by now and could not be had is somebody's who tells of it, or left to the next look.
        const next = await store.nextServiceStart(now);
        if (next) timer = setTimeout(look, Math.max(0, next.getTime() - Date.now()));
        return;
      }
      const executed = executeRun(execution, run, (stoppable) => {
        running.set(run.id, stoppable);
        if (stopping) stoppable.stop('SHUTDOWN');
        return () => running.delete(run.id);
      }).finally(() => {
        taken.delete(executed);
        look();
      });
      taken.add(executed);
    }
  };
  const look = (): void => {
    if (stopping) return;
    again = true;
    looking ??= lookUntilDone();
  };
  const lookUntilDone = async (): Promise<void> => {
    while (again) {
      again = false;
      await startDue().catch((error: unknown) => log.error({ err: error }, 'looking for services failed'));
    }
    looking = null;
  };
  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'SERVICE') look();
  });
  look();
  return {
    look,
    isRunning: (runId) => running.has(runId),
    stop: async () => {
      stopping = true;
      unsubscribe();
      await looking;
      clearTimeout(timer);
      for (const service of running.values()) service.stop('SHUTDOWN');
      await Promise.all(taken);
    },
  };
}
