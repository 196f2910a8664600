import type { Run, Service, Statements } from '../../store/index.ts';

/** What callers want of a service, and its restarts so far. */
export type ServiceRules = Pick<
  Service,
  | 'desiredStatus'
  | 'nextStartAt'
  | 'restartPolicy'
  | 'maxRestarts'
  | 'restartCount'
  | 'backoffInitialSeconds'
  | 'backoffMaxSeconds'
  | 'stableAfterSeconds'
>;

/** How a run of a service ended. */
export type ServiceEnd = Pick<Run, 'status' | 'endReason' | 'errorMessage'> & {
  startedAt: Date;
  endedAt: Date;
};

/** The new status of a service after its run has ended. */
export type ServiceStep = Pick<Service, 'status' | 'statusReason' | 'nextStartAt' | 'restartCount'>;

/**
 * Decides what happens to a service after its run has ended. A requested stop comes first, then a start that
 * was requested while the run was being stopped. If the run ended because its worker stopped or died, the
 * next worker starts the service again, whatever the policy is. In all other cases the policy decides; a
 * cancelled run counts as a successful one.
 */
export function stepAfter(service: ServiceRules, run: ServiceEnd): ServiceStep {
  const { restartPolicy, maxRestarts, nextStartAt } = service;
  const { status, endReason, startedAt, endedAt } = run;
  const reason = run.errorMessage ?? 'It ended by itself, with exit code 0.';
  const same = { nextStartAt, restartCount: service.restartCount };
  if (service.desiredStatus === 'STOPPED') return { ...same, status: 'STOPPED', statusReason: null };
  if (nextStartAt !== null) return { ...same, status: 'STARTING', statusReason: null };
  if (endReason === 'SHUTDOWN' || endReason === 'WORKER_LOST') {
    return { ...same, status: 'STARTING', statusReason: reason, nextStartAt: endedAt };
  }
  const failed = status !== 'SUCCEEDED' && status !== 'CANCELLED';
  if (restartPolicy === 'NEVER' || (restartPolicy === 'ON_FAILURE' && !failed)) {
    return { ...same, status: failed ? 'FAILED' : 'STOPPED', statusReason: reason };
  }
  const wasStable = endedAt.getTime() - startedAt.getTime() >= service.stableAfterSeconds * 1000;
  const restarts = wasStable ? 0 : service.restartCount;
  if (maxRestarts !== null && restarts >= maxRestarts) {
    const statusReason = `It was given up after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'} in a row. ${reason}`;
    return { status: 'FAILED', statusReason, nextStartAt: null, restartCount: restarts };
  }
  return {
    status: 'BACKING_OFF',
    statusReason: reason,
    nextStartAt: new Date(endedAt.getTime() + backoffSeconds(service, restarts) * 1000),
    restartCount: restarts + 1,
  };
}

function backoffSeconds(service: ServiceRules, restarts: number): number {
  return Math.min(service.backoffMaxSeconds, service.backoffInitialSeconds * 2 ** restarts);
}

/** Updates the service of a run, if it has one, in the transaction that ends the run. */
export async function settleService(tx: Statements, run: Run): Promise<void> {
  const service = await tx.services.running(run.id);
  const { startedAt, endedAt } = run;
  if (!service || !startedAt || !endedAt) return;
  const step = stepAfter(service, { ...run, startedAt, endedAt });
  await tx.services.update(service.id, { ...step, currentRunId: null });
}
