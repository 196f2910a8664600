import type { Store } from '../../../src/store/index.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import type { TestApp } from '../app.ts';
import { plainVault } from '../data/plain-vault.ts';

/**
 * What parts of a worker need, on the store of a gateway that executes nothing itself. It tries each write once, and has
 * no Meltano.
 *
 * @param store another view of the gateway's store
 */
export function executionOn(
  { app, dataDirectory }: TestApp,
  workerId: string,
  store: Store = app.store,
): Execution {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    store,
    // Those that a worker uses.
    gateway: {
      ...{ db: store, transaction: store.transaction, wake: store.queue.wake, log, vault: plainVault },
      ...{ checkRoom: () => undefined, checkNotStopping: () => undefined, isStopping: () => false },
      ...{ allowEnv: [], deletedRetentionMs: 0, projectsDirectory: dataDirectory, manifestSchema: null },
    } as unknown as Execution['gateway'],
    workerId,
    persist: (work) => work(),
    meltano: '/nonexistent/meltano',
    baseEnv: {},
    passEnv: [],
    graceMs: 1000,
    runsDirectory: dataDirectory,
    catalogsDirectory: dataDirectory,
  };
}
