import { executeRun } from './execute-run.ts';
import type { Execution } from './execution.ts';
import { oneLook } from './one-look.ts';
import type { Stoppable } from './supervise.ts';

/** Keeps services running, several at a time. */
export interface ServiceKeeper {
  /** Looks soon for services that are due to start. */
  look: () => void;
  isRunning: (runId: string) => boolean;
  /** Whether it runs no service. */
  isIdle: () => boolean;
  /** Starts no more services, stops those that run, and waits until their ends are recorded. */
  stop: () => Promise<void>;
}

/** The longest time that Node can wait, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Starts services when they are due. It looks now, when a service has changed, when the next start is due,
 * when a slot becomes free, and when `look` is called.
 *
 * @param slots how many services it runs at the same time
 */
export function runServices(execution: Execution, slots: number): ServiceKeeper {
  const { store, gateway, workerId } = execution;
  const { log } = gateway;
  const running = new Map<string, Stoppable>();
  const taken = new Set<Promise<void>>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;

  const startDue = async (): Promise<void> => {
    clearTimeout(timer);
    while (taken.size < slots && !stopping) {
      const run = await store.serviceStarts.startDue(workerId);
      if (run === null) {
        // Starts that are due but could not be claimed are left out: another worker is starting them and will
        // report it, or the next look finds them.
        const next = await store.services.nextStartIn();
        if (next !== null) timer = setTimeout(look, Math.min(next, longestTimerMs));
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
  const looks = oneLook(startDue, (error) => log.error({ err: error }, 'looking for services failed'));
  const look = (): void => {
    if (!stopping) looks.ask();
  };
  const unsubscribe = store.notifications.subscribe(({ topic }) => {
    if (topic === 'SERVICE') look();
  });
  look();
  return {
    look,
    isRunning: (runId) => running.has(runId),
    isIdle: () => taken.size === 0,
    stop: async () => {
      stopping = true;
      unsubscribe();
      await looks.done();
      clearTimeout(timer);
      for (const service of running.values()) service.stop('SHUTDOWN');
      await Promise.all(taken);
    },
  };
}
