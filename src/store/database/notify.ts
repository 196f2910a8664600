import type { Prisma, Run } from '../generated/client.ts';

/** The channel of PostgreSQL's NOTIFY. All gateways on one database share it. */
export const channel = 'meltano_graphql';

/** A notification that a run has changed. It does not contain the change: readers read the tables. */
export interface RunNotification {
  runId: string;
  projectId: string;
  environmentId: string | null;
  jobId: string | null;
  /** `LOG`: lines were stored. `CHANGE`: the run itself changed. */
  topic: 'LOG' | 'CHANGE';
}

/** A notification that a service has changed. */
export interface ServiceNotification {
  serviceId: string;
  topic: 'SERVICE';
}

/** A notification about a bulk operation. */
export interface BulkNotification {
  operationId: string;
  /** `BULK`: its status has changed. `BULK_ITEM`: one of its objects was processed. */
  topic: 'BULK' | 'BULK_ITEM';
}

/** A notification that a schedule may be due at another time. A trigger of the migrations sends it. */
export interface ScheduleNotification {
  topic: 'SCHEDULE';
}

/** A notification that rows of `ObjectChange` were written. A trigger of the migrations sends it. */
export interface ObjectNotification {
  topic: 'OBJECT';
}

/** A notification that a worker is to do something else than before. */
export interface WorkerNotification {
  topic: 'WORKER';
  workerId: string;
}

/** A notification that a worker has met a run which another one can execute. */
export interface QueueNotification {
  topic: 'QUEUE';
}

/** A notification that a repository is to be looked at. */
export interface SourceNotification {
  topic: 'SOURCE';
}

/** A notification that a webhook is to be told something. Triggers of the migrations send it, too. */
export interface WebhookNotification {
  topic: 'WEBHOOK';
}

export type Notification =
  | RunNotification
  | ServiceNotification
  | BulkNotification
  | ScheduleNotification
  | ObjectNotification
  | WorkerNotification
  | QueueNotification
  | SourceNotification
  | WebhookNotification;

/** The columns of a run that its notification needs. */
export const notifiedColumns = 'id, "projectId", "environmentId", "jobId"';

/** The notification that a run itself has changed. */
export function changeOf(run: Pick<Run, 'id' | 'projectId' | 'environmentId' | 'jobId'>): RunNotification {
  const { id, projectId, environmentId, jobId } = run;
  return { runId: id, projectId, environmentId, jobId, topic: 'CHANGE' };
}

/** Sends a notification when the transaction commits. */
export async function notify(db: Prisma.TransactionClient, notification: Notification): Promise<void> {
  await db.$executeRaw`SELECT pg_notify(${channel}, ${JSON.stringify(notification)})`;
}

/**
 * `notify` as part of a statement that is written as text: for a FROM clause, the selected runs with a
 * notification for each. PostgreSQL calls `pg_notify` although its result is not used, because the function
 * is volatile.
 *
 * @param runs the name of the runs in the statement, which have `notifiedColumns`
 */
export function withNotification(runs: string, topic: RunNotification['topic'] = 'CHANGE'): string {
  const notification: Record<keyof RunNotification, string> = {
    runId: `${runs}.id`,
    projectId: `${runs}."projectId"`,
    environmentId: `${runs}."environmentId"`,
    jobId: `${runs}."jobId"`,
    topic: `'${topic}'`,
  };
  const fields = Object.entries(notification).map(([name, value]) => `'${name}', ${value}`);
  return `${runs} CROSS JOIN LATERAL (
    SELECT pg_notify('${channel}', json_build_object(${fields.join(', ')})::text)
  ) AS notification`;
}
