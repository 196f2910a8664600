/*
 * SQL: the groups of runs that have not ended. Each has an index of its own, which a migration makes with the same condition.
 *
 * IS TRUE keeps all other indexes out. While its statistics know of no queue, PostgreSQL takes each index of unfinished runs
 * for empty, and would read any of them whole, however long the queue is by then.
 */

/** SQL: whether a run is queued, for runs that are found by their ids: no index answers it. */
export function isQueued(run: string): string {
  return `(${run}.status = 'QUEUED') IS TRUE`;
}

/** SQL: whether a run waits for nothing but a worker. */
export function waitsForWorker(run: string): string {
  return `(${run}.status = 'QUEUED' AND ${run}."endedAt" IS NULL AND ${run}."waitingForKey" IS NULL) IS TRUE`;
}

/** SQL: whether a run waits until it may start. */
export function waitsForTime(run: string): string {
  return `(${run}.status = 'QUEUED' AND ${run}."waitingForKey" = 'time') IS TRUE`;
}

/** SQL: whether a run waits for a limit to allow it. */
export function waitsForLimit(run: string): string {
  return `(${run}.status = 'QUEUED' AND starts_with(${run}."waitingForKey", 'limit:')) IS TRUE`;
}

/** SQL: whether a run waits for a lease that another run or a mutation has. */
export function waitsForLease(run: string): string {
  return `(${run}.status = 'QUEUED' AND ${run}."waitingForKey" <> 'time' AND NOT starts_with(${run}."waitingForKey", 'limit:')) IS TRUE`;
}

/** SQL: whether a run ends if it has not started by some time. */
export function canExpire(run: string): string {
  return `(${run}.status = 'QUEUED' AND ${run}."expiresAt" IS NOT NULL) IS TRUE`;
}

/** SQL: whether a run is being executed, in a slot for runs. */
export function isExecuted(run: string): string {
  return `(${run}.status IN ('RUNNING', 'CANCELLING') AND ${run}."endedAt" IS NULL AND ${run}.kind <> 'SERVICE') IS TRUE`;
}
