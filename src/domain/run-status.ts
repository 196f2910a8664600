import type { RunStatus } from '../store/index.ts';

/** Whether a run with this status has ended for good. */
export function isFinal(status: RunStatus): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING' && status !== 'CANCELLING';
}
