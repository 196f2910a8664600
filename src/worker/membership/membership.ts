import { thisMachine } from '../../lib/processes/machine.ts';
import type { Execution } from '../execution.ts';
import { heartbeatMs } from '../execution.ts';
import { beatsOf, type Beats } from './beats.ts';
import { servedProjects, type ServedProjects, type WorkerPlace } from './served-projects.ts';
import type { NewWorker, WorkerOrders } from '../../store/workers/workers.ts';

/** How long the row of a worker that was lost is kept, in milliseconds. */
export const lostWorkerMs = 24 * 3600 * 1000;

/** What a worker says of itself. */
export type WorkerFacts = Pick<NewWorker, 'version' | 'labels' | 'slots' | 'serviceSlots'> & WorkerPlace;

/** A worker's row in the store, as long as the worker lives. */
export interface Membership {
  served: ServedProjects;
  beats: Beats;
  /** Says that the worker is about to end: it takes no new runs, and stays alive. */
  stopping: () => Promise<void>;
  /** Removes the row. */
  leave: () => Promise<void>;
}

/**
 * Stores a worker's row and reports from then on that the worker and its runs are alive.
 *
 * @param alone whether no other worker uses the same store
 * @param onOrders called when the worker is to take no new runs, or to take some again
 */
export async function joinWorkers(
  { trees, ...reporter }: Pick<Execution, 'store' | 'gateway' | 'workerId' | 'persist' | 'trees'>,
  { id, host, directories, ...facts }: WorkerFacts,
  alone: boolean,
  onOrders: (takesRuns: boolean) => void,
): Promise<Membership> {
  const { store, workerId } = reporter;
  const { log } = reporter.gateway;
  const machine = await thisMachine();
  const register = (): Promise<void> =>
    store.workers.register({ id, name: workerId, host, ...machine, ...facts });
  if (alone) await store.workers.removeAll();
  await register();
  const served = servedProjects(store, trees, { id, host, directories });
  await served.look();

  let takesRuns = true;
  const comeBack = async (): Promise<void> => {
    await register();
    served.forget();
    await served.look();
  };
  const obey = (orders: WorkerOrders | null): void => {
    if (orders === null) {
      // It was silent for so long that its row was removed.
      comeBack().catch((error: unknown) =>
        log.warn({ err: error, workerId }, 'the row of the worker is gone and could not be stored again'),
      );
    }
    const takes = (orders?.drainingAt ?? null) === null;
    if (takes === takesRuns) return;
    takesRuns = takes;
    log.info({ workerId }, takes ? 'the worker takes new runs again' : 'the worker takes no new runs');
    onOrders(takes);
  };
  const beats = beatsOf(reporter, id, obey);
  const timer = store.polls ? setInterval(beats.reportAll, heartbeatMs) : undefined;
  const unsubscribe = store.notifications.subscribe((notification) => {
    if (notification.topic === 'WORKER' && notification.workerId === id) beats.ask();
  });
  return {
    served,
    beats,
    stopping: async () => {
      unsubscribe();
      await store.workers
        .drain(id, { isStopping: true })
        .catch((error: unknown) =>
          log.warn({ err: error, workerId }, 'that the worker stops was not stored'),
        );
    },
    leave: async () => {
      clearInterval(timer);
      beats.end();
      await store.workers
        .leave(id)
        .catch((error: unknown) => log.warn({ err: error, workerId }, 'the row of the worker stays'));
    },
  };
}
