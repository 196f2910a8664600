import type { Run, Service, Statements } from '../store/index.ts';

/** What a service is to do, and how it has gone so far. */
export type ServiceRules = Pick<
  Service,
  | ('desiredStatus' | 'nextStartTime' | 'restartPolicy' | 'maxRestarts' | 'restartCount')
  | ('backoffInitialSeconds' | 'backoffMaxSeconds' | 'stableAfterSeconds')
>;

/** How a run of it ended. */
export type ServiceEnd = Pick<Run, 'status' | 'endReason' | 'errorMessage'> & {
  startedAt: Date;
  endedAt: Date;
};

/** What becomes of a service whose run has ended. */
export type ServiceStep = Pick<Service, 'status' | 'statusReason' | 'nextStartTime' | 'restartCount'>;

/**
 * Decides what becomes of a service whose run has ended. A stop that was asked for holds, and so does a start that
 * was asked for while the run was being stopped. When the run ended with its worker, the next worker starts it again,
 * whatever the policy. In any other case the policy decides, on a run that was cancelled as on one that ended well.
 */
export function stepAfter(service: ServiceRules, run: ServiceEnd): ServiceStep {
  const { restartPolicy, maxRestarts, nextStartTime } = service;
  const { status, endReason, startedAt, endedAt } = run;
  const reason = run.errorMessage ?? 'It ended by itself, with exit code 0.';
  const same = { nextStartTime, restartCount: service.restartCount };
  if (service.desiredStatus === 'STOPPED') return { ...same, status: 'STOPPED', statusReason: null };
  if (nextStartTime !== null) return { ...same, status: 'STARTING', statusReason: null };
  if (endReason === 'SHUTDOWN' || endReason === 'WORKER_LOST') {
    return { ...same, status: 'STARTING', statusReason: reason, nextStartTime: endedAt };
  }
  const failed = status !== 'SUCCEEDED' && status !== 'CANCELLED';
  if (restartPolicy === 'NEVER' || (restartPolicy === 'ON_FAILURE' && !failed)) {
    return { ...same, status: failed ? 'FAILED' : 'STOPPED', statusReason: reason };
  }
  const wasStable = endedAt.getTime() - startedAt.getTime() >= service.stableAfterSeconds * 1000;
  const restarts = wasStable ? 0 : service.restartCount;
  if (maxRestarts !== null && restarts >= maxRestarts) {
    const statusReason = `It was given up after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'} in a row. ${reason}`;
    return { status: 'FAILED', statusReason, nextStartTime: null, restartCount: restarts };
  }
  return {
    status: 'BACKING_OFF',
    statusReason: reason,
    nextStartTime: new Date(endedAt.getTime() + backoffSeconds(service, restarts) * 1000),
    restartCount: restarts + 1,
  };
}

function backoffSeconds(service: ServiceRules, restarts: number): number {
  return Math.min(service.backoffMaxSeconds, service.backoffInitialSeconds * 2 ** restarts);
}

/** Records what becomes of the service that a run was of, in the transaction that ends the run. */
export async function settleService(tx: Statements, run: Run): Promise<void> {
  const service = await tx.serviceRunning(run.id);
  const { startedAt, endedAt } = run;
  if (!service || !startedAt || !endedAt) return;
  const step = stepAfter(service, { ...run, startedAt, endedAt });
  await tx.updateService(service.id, { ...step, currentRunId: null });
}
