import type { Prisma } from '../generated/client.ts';
import { changeOf, notify, withNotification } from '../database/notify.ts';
import { eachValue, now, raw, sql, type Sql } from '../../lib/sql.ts';
import { canExpire, waitsForLease, waitsForTime } from './unfinished-runs.ts';
import type { Holder } from './leases.ts';
import { isUnexpired } from '../workers/serves.ts';

/** Statements on queued runs that wait. */
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
     * Ends the waiting of those who are next in line for leases, as far as they are free. The others go on to wait: one of
     * them will have it.
     *
     * @returns ids of the runs, to wake
     */
    endFor: async (projectId: string, keys: readonly string[]): Promise<string[]> => {
      if (keys.length === 0) return [];
      return freeNext(
        db,
        sql`awaited AS (SELECT ${projectId}::uuid AS "projectId", key AS "waitingForKey" FROM unnest(${[...keys]}::text[]) AS key)`,
      );
    },

    /** Ends the waiting for runs that may start by now, the earliest ones, at most 1,000. */
    endDue: async (): Promise<void> => {
      await db.$queryRaw(
        sql`WITH due AS MATERIALIZED (
              SELECT w.id FROM "Run" AS w WHERE ${raw(waitsForTime('w'))} AND w."runAt" <= ${now}
              ORDER BY w."runAt" LIMIT 1000 FOR UPDATE SKIP LOCKED
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
              SELECT r."jobId" FROM "Run" AS r WHERE ${raw(canExpire('r'))} AND r."expiresAt" <= ${now}
              ORDER BY r."expiresAt" LIMIT 1
            ), due AS MATERIALIZED (
              SELECT r.id FROM "Run" AS r, earliest AS e
              WHERE ${raw(canExpire('r'))} AND r."expiresAt" <= ${now} AND r."jobId" IS NOT DISTINCT FROM e."jobId"
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
     * The same for all leases that are free and that somebody waits for: the one who was next in line has gone, or what held
     * it was a mutation.
     */
    endStranded: (): Promise<string[]> => freeNext(db, awaitedLeases),
  };
}

const awaitedLeases = eachValue('awaited', {
  table: 'Run',
  columns: ['projectId', 'waitingForKey'],
  where: waitsForLease('t'),
});

/**
 * Ends the waiting of the first run in each line, if the lease is free. Those that ask for the same labels are a line: no worker
 * may be there for the others.
 */
async function freeNext(db: Prisma.TransactionClient, awaited: Sql): Promise<string[]> {
  const waitsInLine = `${waitsForLease('r')} AND r."projectId" = l."projectId" AND r."waitingForKey" = l."waitingForKey"`;
  const rows = await db.$queryRaw<{ id: string }[]>(
    sql`WITH RECURSIVE ${awaited}, line AS (
          SELECT l."projectId", l."waitingForKey", next.labels FROM awaited AS l CROSS JOIN LATERAL (
            SELECT r.labels FROM "Run" AS r WHERE ${raw(waitsInLine)} ORDER BY r.labels LIMIT 1
          ) AS next
          WHERE NOT EXISTS (SELECT FROM "RunLease" AS x WHERE x."projectId" = l."projectId" AND x.key = l."waitingForKey")
          UNION ALL
          SELECT l."projectId", l."waitingForKey", next.labels FROM line AS l CROSS JOIN LATERAL (
            SELECT r.labels FROM "Run" AS r WHERE ${raw(waitsInLine)} AND r.labels > l.labels ORDER BY r.labels LIMIT 1
          ) AS next
        ), first AS MATERIALIZED (
          SELECT own.id FROM line AS l CROSS JOIN LATERAL (
            SELECT r.id FROM "Run" AS r WHERE ${raw(waitsInLine)} AND r.labels = l.labels AND ${raw(isUnexpired('r'))}
            ORDER BY r."turnAt", r.id LIMIT 1 FOR UPDATE SKIP LOCKED
          ) AS own
        ), freed AS (
          UPDATE "Run" AS r SET "waitingForRunId" = NULL, "waitingForKey" = NULL
          WHERE r.id = ANY (ARRAY(SELECT id FROM first)) RETURNING r.id, r."projectId", r."environmentId", r."jobId"
        )
        SELECT freed.id FROM ${raw(withNotification('freed'))}`,
  );
  // The order of ids is the order of creation, and workers should start the oldest run first.
  return rows.map(({ id }) => id).sort();
}
