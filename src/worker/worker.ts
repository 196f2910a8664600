import { runsAlive } from '../runner/process/stray-run.ts';
import { startBulkWorker } from './bulk/bulk-worker.ts';
import { leaveLastWill } from '../lib/processes/last-will.ts';
import { lostGraceMs, recordMs, type Execution } from './execution.ts';
import { joinWorkers, type WorkerFacts } from './membership/membership.ts';
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

/** When a worker has done all that it was started for. */
export interface Ending {
  /** After so many runs; Infinity for never. */
  maxRuns: number;
  /** After so many milliseconds without a run and without a service; Infinity for never. */
  idleMs: number;
}

/** How often to see whether a worker is idle, in milliseconds. */
const idleLookMs = 500;

/** Executes runs from the queue, keeps services running, and runs bulk operations. */
export interface Worker {
  name: string;
  /**
   * Takes no new runs, lets running ones end for some time, and then stops them. Services do not end by
   * themselves, so they are stopped at once. Bulk operations are left to other workers. Ends that the store does not
   * take, say on a full disk, are kept in the directories of the runs, and the next start records them.
   *
   * @param drainMs that time, in milliseconds
   */
  stop: (drainMs: number) => Promise<void>;
  /** Stops the runs at once that `stop` lets end. */
  hurry: () => void;
  /** Resolves when it has done all that it was started for, see `Ending`. */
  done: Promise<void>;
  /** Whether it has looked at the store lately. */
  isWell: () => boolean;
}

/**
 * Starts a worker.
 *
 * @param facts what it says of itself, such as how many runs it executes at the same time
 * @param alone whether no other worker uses the same store
 */
export async function startWorker(
  settings: Omit<Execution, 'persist' | 'served' | 'beats'>,
  facts: WorkerFacts,
  alone: boolean,
  { maxRuns, idleMs }: Ending = { maxRuns: Infinity, idleMs: Infinity },
): Promise<Worker> {
  const { persist, endIn } = persistence();
  const { log } = settings.gateway;
  let onOrders: (takesRuns: boolean) => void = () => undefined;
  const membership = await joinWorkers({ ...settings, persist }, facts, alone, (takesRuns) =>
    onOrders(takesRuns),
  );
  const { served, beats } = membership;
  const execution: Execution = { ...settings, persist, served, beats };
  const lostRuns = findLostRuns(execution.store);
  await removeLeftovers(execution, await runsAlive(execution.store.identity));
  await recover(execution, alone ? () => execution.store.runs.running() : lostRuns, () => false);
  const lastWill = leaveLastWill(execution.workerId, lostGraceMs / 1000, {
    path: execution.baseEnv.PATH ?? '/usr/bin:/bin',
    onFault: (error) => log.error({ err: error }, 'runs will go on if this process is killed'),
  });
  let onDone = (): void => undefined;
  const done = new Promise<void>((resolve) => (onDone = resolve));
  const runs = await openRunSlots(execution, facts.slots, maxRuns, onDone);
  const services = runServices(execution, facts.serviceSlots);
  onOrders = (takesRuns) => {
    const done = takesRuns ? runs.resume() : runs.pause();
    done.catch((error: unknown) => log.error({ err: error }, 'the queue could not be left or joined'));
    if (takesRuns) services.look();
  };
  // A message may not have been sent, or a worker that died may have taken it.
  runs.look();
  const bulk = startBulkWorker(execution, alone);

  const isOurs = (runId: string): boolean => runs.isRunning(runId) || services.isRunning(runId);
  let recovering: Promise<void> | null = null;
  let lastLook = performance.now();
  const look = (): void => {
    recovering ??= served
      .look()
      .then(() => recover(execution, lostRuns, isOurs))
      .then(runs.look)
      .then(() => bulk.look())
      .then(() => void (lastLook = performance.now()))
      .catch((error: unknown) => log.error({ err: error }, 'looking for lost runs failed'))
      .then(services.look)
      .finally(() => (recovering = null));
  };
  const recovery = execution.store.polls ? setInterval(look, recoveryMs) : undefined;

  let busyAt = performance.now();
  const idleLook = (): void => {
    if (!runs.isIdle() || !services.isIdle()) busyAt = performance.now();
    if (performance.now() - busyAt < idleMs) return;
    log.info({ workerId: execution.workerId }, 'the worker had nothing to do for --idle-exit');
    onDone();
  };
  const idle = idleMs === Infinity ? undefined : setInterval(idleLook, idleLookMs);
  const hurry = new AbortController();

  return {
    name: execution.workerId,
    done,
    hurry: () => {
      endIn(execution.graceMs + recordMs);
      hurry.abort();
    },
    stop: async (drainMs) => {
      clearInterval(recovery);
      clearInterval(idle);
      // Nobody waits for it: the database may be away.
      void membership.stopping();
      endIn(drainMs + execution.graceMs + recordMs);
      await Promise.all([runs.close(), bulk.stop()]);
      await Promise.all([services.stop(), runs.drain(drainMs, hurry.signal)]);
      await recovering;
      await membership.leave();
      lastWill.revoke();
    },
    isWell: () => performance.now() - lastLook < unwellMs,
  };
}
