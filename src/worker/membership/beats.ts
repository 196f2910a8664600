import type { KnownRun } from '../../store/leases/beats.ts';
import type { WorkerOrders } from '../../store/workers/workers.ts';
import type { Execution } from '../execution.ts';
import { oneLook } from '../one-look.ts';

/** A run that is reported as alive. */
export interface LivingRun {
  id: string;
  /** Called when the run is about to be reported. @returns the process, and who gets the answer */
  report: () => { processId: number | null; hear: (known: KnownRun) => void };
}

/** Reports that a worker and its runs are alive: one statement for all of them. */
export interface Beats {
  /** Reports a run with all others from now on, until it leaves. A run that was given up must leave. */
  join: (run: LivingRun) => {
    /** Reports this run soon, to hear what the store knows of it. */
    ask: () => void;
    leave: () => void;
  };
  /** Reports the worker soon, to hear what it is to do. */
  ask: () => void;
  /** Reports the worker and all runs. It does not repeat an earlier attempt that failed. */
  reportAll: () => void;
  /** Reports nothing more, and tells nobody what is still answered. */
  end: () => void;
}

/**
 * @param id of the worker's row
 * @param onOrders gets what the worker is to do; null when its row is gone
 */
export function beatsOf(
  { store, gateway, workerId, persist }: Pick<Execution, 'store' | 'gateway' | 'workerId' | 'persist'>,
  id: string,
  onOrders: (orders: WorkerOrders | null) => void,
): Beats {
  const living = new Map<string, LivingRun>();
  const asked = new Set<string>();
  let sent = 0;
  let heard = 0;
  const ending = new AbortController();

  const send = async (ids: Iterable<string>): Promise<void> => {
    const number = (sent += 1);
    const reports = [...ids].flatMap((runId) => {
      const run = living.get(runId);
      return run ? [{ run, ...run.report() }] : [];
    });
    const { orders, runs } = await store.beats.report(
      { id, name: workerId },
      reports.map(({ run, processId }) => ({ id: run.id, processId })),
    );
    if (ending.signal.aborted) return;
    const known = new Map(runs.map((run) => [run.id, run]));
    for (const { run, hear } of reports) {
      const answer = known.get(run.id);
      // One that has left has ended, or was given up, while the answer was on its way.
      if (answer && living.get(run.id) === run) hear(answer);
    }
    // A later answer was faster.
    if (number < heard) return;
    heard = number;
    onOrders(orders);
  };
  const onFault = (error: unknown): void => {
    if (!ending.signal.aborted) gateway.log.warn({ err: error, workerId }, 'a sign of life was not stored');
  };

  const looks = oneLook(async () => {
    const ids = [...asked];
    asked.clear();
    await persist(() => send(ids), { signal: ending.signal });
  }, onFault);
  let attempt = new AbortController();
  return {
    join: (run) => {
      living.set(run.id, run);
      return {
        ask: () => {
          asked.add(run.id);
          looks.ask();
        },
        leave: () => void living.delete(run.id),
      };
    },
    ask: looks.ask,
    reportAll: () => {
      // An answer that comes late counts all the same.
      attempt.abort();
      attempt = new AbortController();
      persist(() => send(living.keys()), { signal: attempt.signal }).catch(onFault);
    },
    end: () => {
      ending.abort();
      attempt.abort();
    },
  };
}
