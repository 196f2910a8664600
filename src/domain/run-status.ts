import type { RunStatus } from '../store/index.ts';

/** Whether a run with this status has ended for good. */
export function isFinal(status: RunStatus): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING' && status !== 'CANCELLING';
}

/** The statuses of runs that have ended for good. */
export const endedStatuses: readonly RunStatus[] = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'];
