import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from '../../domain/gateway.ts';
import { applyRetention, BeingRetained } from '../../domain/retention/apply-retention.ts';

/** Time between the end of a walk and the next one, and before the first one, in milliseconds. */
const pauseMs = 600_000;
const firstMs = 60_000;

/** Removes from time to time what is not kept any more. */
export interface Retainer {
  /** Removes nothing more. Resolves when nothing is being removed. */
  stop: () => Promise<void>;
}

/** Starts it. It works half of the time at most, so that an embedded database has time for others. */
export function startRetention(gateway: Gateway): Retainer {
  const stopped = new AbortController();
  const { signal } = stopped;
  const wait = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const walk = async (): Promise<void> => {
    let begun = performance.now();
    const steps = applyRetention(gateway);
    while (!(await steps.next()).done && !signal.aborted) {
      await wait(performance.now() - begun);
      begun = performance.now();
    }
  };
  const run = async (): Promise<void> => {
    for (let ms = firstMs; ; ms = pauseMs) {
      await wait(ms);
      if (signal.aborted) return;
      await walk().catch((error: unknown) => {
        if (!(error instanceof BeingRetained))
          gateway.log.error({ err: error }, 'what is old could not be removed');
      });
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
