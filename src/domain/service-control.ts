import type { Prisma, Service, Statements } from '../store/index.ts';
import { findAndHoldService } from './references.ts';
import type { Services } from './services.ts';

/** What verbs of a whole service are given. */
export interface ServiceInput {
  /** Id or path of the service. */
  service: string;
}

/**
 * Wishes that a service runs. One that waits for its next restart is started at once, one that is being stopped as
 * soon as it has ended, and one that runs goes on; its restarts are counted anew.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function startService({ store }: Services, input: ServiceInput): Promise<string> {
  return store.transaction(async (tx) => {
    const service = await findAndHoldService(tx, input.service, ['input', 'service']);
    await tx.updateService(
      service.id,
      service.status === 'RUNNING' ? { restartCount: 0 } : startNow(service.currentRunId),
    );
    return service.id;
  });
}

/**
 * Wishes that a service does not run. Its process is asked to end and killed after the grace; a start that is due is
 * given up.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function stopService({ store }: Services, input: ServiceInput): Promise<string> {
  return store.transaction(async (tx) => {
    const service = await findAndHoldService(tx, input.service, ['input', 'service']);
    await stopNow(tx, service);
    return service.id;
  });
}

/**
 * Stops a service, and starts it as soon as it has ended. One that does not run is started.
 *
 * @returns the id of the service
 * @throws NotFound, InvalidInput
 */
export async function restartService({ store }: Services, input: ServiceInput): Promise<string> {
  return store.transaction(async (tx) => {
    const service = await findAndHoldService(tx, input.service, ['input', 'service']);
    if (service.currentRunId !== null) await tx.requestCancel(service.currentRunId);
    await tx.updateService(service.id, startNow(service.currentRunId));
    return service.id;
  });
}

/** The columns of a service that is to start now, or as soon as its current run has ended. */
export function startNow(currentRunId: string | null) {
  return {
    desiredStatus: 'RUNNING',
    restartCount: 0,
    nextStartTime: new Date(),
    statusReason: null,
    status: currentRunId === null ? 'STARTING' : 'STOPPING',
  } satisfies Prisma.ServiceUncheckedUpdateInput;
}

/** Stops a service that is held; twice is as good as once. */
export async function stopNow(tx: Statements, { id, currentRunId, desiredStatus }: Service): Promise<void> {
  if (desiredStatus === 'STOPPED') return;
  if (currentRunId !== null) await tx.requestCancel(currentRunId);
  await tx.updateService(id, {
    desiredStatus: 'STOPPED',
    nextStartTime: null,
    statusReason: null,
    status: currentRunId === null ? 'STOPPED' : 'STOPPING',
  });
}
