import type { Prisma } from '../generated/client.ts';
import { changeOf, notifiedColumns, notify, withNotification } from '../database/notify.ts';
import { now, raw, sql } from '../../lib/sql.ts';
import { timeKey } from './lease-keys.ts';
import type { Holder } from './leases.ts';

/** Statements on queued runs that wait for a lease of another run. Their rows say which one. */
export function waitStatements(db: Prisma.TransactionClient) {
  return {
    /** RUNNING → QUEUED, for a run that was just claimed and must wait for a lease. */
    begin: async (id: string, holder: Holder): Promise<void> => {
      const run = await db.run.update({
        where: { id },
        data: {
          status: 'QUEUED',
          workerId: null,
          startedAt: null,
          heartbeatAt: null,
          waitingForRunId: holder.runId,
          waitingForKey: holder.key,
        },
      });
      await notify(db, changeOf(run));
    },

    /**
     * Ends the waiting for a run that has no leases any more.
     *
     * @returns ids of the runs that waited, oldest first, to wake
     */
    endFor: async (runId: string): Promise<string[]> => {
      const runs = await db.$queryRaw<{ id: string }[]>(
        sql`WITH freed AS (
              UPDATE "Run" SET "waitingForRunId" = NULL, "waitingForKey" = NULL
              WHERE "waitingForRunId" = ${runId}::uuid AND status = 'QUEUED' RETURNING ${raw(notifiedColumns)}
            )
            SELECT freed.id FROM ${raw(withNotification('freed'))}`,
      );
      // The order of ids is the order of creation, and workers should start the oldest run first.
      return runs.map(({ id }) => id).sort();
    },

    /** Ends the waiting for runs that may start by now, the earliest ones, at most 1,000. */
    endDue: async (): Promise<void> => {
      await db.$queryRaw(
        sql`WITH due AS MATERIALIZED (
              SELECT id FROM "Run" WHERE status = 'QUEUED' AND "waitingForKey" = 'time' AND "runAt" <= ${now}
              ORDER BY "runAt" LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), freed AS (
              UPDATE "Run" AS r SET "waitingForKey" = NULL FROM due WHERE r.id = due.id
              RETURNING r.id, r."projectId", r."environmentId", r."jobId"
            )
            SELECT freed.id FROM ${raw(withNotification('freed'))}`,
      );
    },

    /**
     * QUEUED → CANCELLED, for runs that have not started by their time: at most 500 of one job, which is that of the
     * earliest one. Runs of several jobs would be counted for the statistics in any order, and two workers could deadlock.
     *
     * @returns how many
     */
    endExpired: async (): Promise<number> => {
      const ended = await db.$queryRaw<unknown[]>(
        sql`WITH earliest AS MATERIALIZED (
              SELECT "jobId" FROM "Run" WHERE status = 'QUEUED' AND "expiresAt" <= ${now} ORDER BY "expiresAt" LIMIT 1
            ), due AS MATERIALIZED (
              SELECT r.id FROM "Run" AS r, earliest AS e
              WHERE r.status = 'QUEUED' AND r."expiresAt" <= ${now} AND r."jobId" IS NOT DISTINCT FROM e."jobId"
              ORDER BY r."expiresAt" LIMIT 500 FOR UPDATE OF r SKIP LOCKED
            ), ended AS (
              UPDATE "Run" AS r SET status = 'CANCELLED', "endReason" = 'EXPIRED', "endedAt" = ${now},
                "errorMessage" = 'It had not started by the time at which it expires.',
                "waitingForRunId" = NULL, "waitingForKey" = NULL
              FROM due WHERE r.id = due.id
              RETURNING r.id, r."projectId", r."environmentId", r."jobId"
            ), abandoned AS (
              UPDATE "RunBlock" AS b SET status = 'ABANDONED' FROM ended WHERE b."runId" = ended.id AND b.status = 'PENDING'
            )
            SELECT ended.id FROM ${raw(withNotification('ended'))}`,
      );
      return ended.length;
    },

    /**
     * Ends the waiting for runs without leases that was missed before, and for mutations, which have leases only for a
     * moment.
     *
     * @returns ids of the runs that waited
     */
    endStranded: async (): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`WITH freed AS (
              UPDATE "Run" AS r SET "waitingForRunId" = NULL, "waitingForKey" = NULL
              WHERE r.status = 'QUEUED' AND r."endedAt" IS NULL AND r."waitingForKey" <> ${timeKey}
                AND r."waitingForKey" NOT LIKE 'limit:%'
                AND NOT EXISTS (SELECT 1 FROM "RunLease" AS l WHERE l."runId" = r."waitingForRunId")
              RETURNING r.id, r."projectId", r."environmentId", r."jobId"
            )
            SELECT freed.id FROM ${raw(withNotification('freed'))}`,
      );
      return rows.map(({ id }) => id);
    },
  };
}
