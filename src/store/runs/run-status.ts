import type { RunStatus } from '../generated/client.ts';

/** The statuses of runs that a worker executes. */
export const activeStatuses = ['RUNNING', 'CANCELLING'] as const satisfies readonly RunStatus[];

/** The statuses of runs that have not ended. */
export const unfinishedStatuses = ['QUEUED', ...activeStatuses] as const satisfies readonly RunStatus[];

/** The statuses of ended runs. */
export const endedStatuses: readonly RunStatus[] = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'];

/** Whether a run with this status has ended. An ended run never changes its status again. */
export function hasEnded(status: RunStatus): boolean {
  return endedStatuses.includes(status);
}

/** SQL: the status in a column is one of these. */
export function statusIn(column: string, statuses: readonly RunStatus[]): string {
  return `${column} = ANY ('{${statuses.join(',')}}'::"RunStatus"[])`;
}
