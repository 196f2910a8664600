import { runsAlive } from '../runner/process/stray-run.ts';
import { startBulkWorker } from './bulk/bulk-worker.ts';
import { leaveLastWill } from '../lib/processes/last-will.ts';
import { lostGraceMs, recordMs, type Execution } from './execution.ts';
import { persistence } from './persist.ts';
import { recover } from './recovery/recover.ts';
import { findLostRuns } from './recovery/find-lost-runs.ts';
import { removeLeftovers } from './recovery/leftovers.ts';
import { runServices } from './run-services.ts';
import { openRunSlots } from './run-slots.ts';

/**
 * How often to look for dead workers, in milliseconds. With `leaseMs` it makes a run LOST within a minute of the
 * last sign of life.
 */
const recoveryMs = 5000;

/** A worker is not well when it could not look at the store for this time, in milliseconds. */
const unwellMs = 45_000;

/** How much a worker does at the same time. */
export interface Slots {
  runs: number;
  /** Services run for a long time, so they do not use the slots of runs. */
  services: number;
}

/** Executes runs from the queue, keeps services running, and runs bulk operations. */
export interface Worker {
  /**
   * Takes no new runs, lets running ones end for some time, and then stops them. Services do not end by
   * themselves, so they are stopped at once. Bulk operations are left to other workers. Ends that the store does not
   * take, say on a full disk, are kept in the directories of the runs, and the next start records them.
   *
   * @param drainMs that time, in milliseconds
   */
  stop: (drainMs: number) => Promise<void>;
  /** Whether it has looked at the store lately. */
  isWell: () => boolean;
}

/**
 * Starts a worker.
 *
 * @param slots how many runs it executes, and how many services it runs, at the same time
 * @param alone whether no other worker uses the same store
 */
export async function startWorker(
  settings: Omit<Execution, 'persist'>,
  slots: Slots,
  alone: boolean,
): Promise<Worker> {
  const { persist, endIn } = persistence();
  const execution: Execution = { ...settings, persist };
  const { log } = execution.gateway;
  const lostRuns = findLostRuns(execution.store);
  await removeLeftovers(execution, await runsAlive());
  await recover(execution, alone ? () => execution.store.runs.running() : lostRuns, () => false);
  const lastWill = leaveLastWill(execution.workerId, lostGraceMs / 1000, {
    path: execution.baseEnv.PATH ?? '/usr/bin:/bin',
    onFault: (error) => log.error({ err: error }, 'runs will go on if this process is killed'),
  });
  const runs = await openRunSlots(execution, slots.runs);
  const services = runServices(execution, slots.services);
  const bulk = startBulkWorker(execution, alone);

  const isOurs = (runId: string): boolean => runs.isRunning(runId) || services.isRunning(runId);
  let recovering: Promise<void> | null = null;
  let lastLook = performance.now();
  const look = (): void => {
    recovering ??= recover(execution, lostRuns, isOurs)
      .then(() => bulk.look())
      .then(() => void (lastLook = performance.now()))
      .catch((error: unknown) => log.error({ err: error }, 'looking for lost runs failed'))
      .then(services.look)
      .finally(() => (recovering = null));
  };
  const recovery = execution.store.polls ? setInterval(look, recoveryMs) : undefined;

  return {
    stop: async (drainMs) => {
      clearInterval(recovery);
      endIn(drainMs + execution.graceMs + recordMs);
      await Promise.all([runs.close(), bulk.stop()]);
      await Promise.all([services.stop(), runs.drain(drainMs)]);
      await recovering;
      lastWill.revoke();
    },
    isWell: () => performance.now() - lastLook < unwellMs,
  };
}
