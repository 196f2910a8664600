import type { Gateway } from '../gateway.ts';
import type { Prisma, Service, Statements } from '../../store/index.ts';

/** The input of a verb that needs only the service. */
export interface ServiceInput {
  /** Id or path of the service. */
  service: string;
}

/** The columns to write to start a service now, or after its current run has ended. @throws Unavailable */
export async function startNow({ checkNotStopping }: Gateway, tx: Statements, currentRunId: string | null) {
  checkNotStopping();
  return {
    desiredStatus: 'RUNNING',
    restartCount: 0,
    nextStartAt: await tx.now(),
    statusReason: null,
    status: currentRunId === null ? 'STARTING' : 'STOPPING',
  } satisfies Prisma.ServiceUncheckedUpdateInput;
}

/** Stops a service whose row is locked. A stopped service stays stopped. */
export async function stopNow(tx: Statements, { id, currentRunId, desiredStatus }: Service): Promise<void> {
  if (desiredStatus === 'STOPPED') return;
  if (currentRunId !== null) await tx.runs.requestCancel(currentRunId);
  await tx.services.update(id, {
    desiredStatus: 'STOPPED',
    nextStartAt: null,
    statusReason: null,
    status: currentRunId === null ? 'STOPPED' : 'STOPPING',
  });
}
