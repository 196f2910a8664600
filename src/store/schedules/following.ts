import type { Prisma, Schedule, UpstreamSuccess } from '../generated/client.ts';
import { sql } from '../../lib/sql.ts';

/** A success of a job that a schedule follows. Its run is null when it was deleted. */
export type Success = Pick<UpstreamSuccess, 'succeededAt' | 'slot'> & { runId: string | null };

/** The most successes that are decided together. A schedule follows at most so many jobs. */
const most = 100;

// A job that was deleted is not waited for.
const isComplete = sql`EXISTS (SELECT FROM "UpstreamSuccess" AS e WHERE e."scheduleId" = s.id)
  AND s."isEnabled" AND s."deletedAt" IS NULL AND (s."afterRule" = 'ANY' OR (s."afterRule" = 'ALL' AND NOT EXISTS (
    SELECT FROM "ScheduleUpstream" AS u JOIN "Job" AS j ON j.id = u."jobId"
    WHERE u."scheduleId" = s.id AND j."deletedAt" IS NULL AND NOT EXISTS (
      SELECT FROM "UpstreamSuccess" AS e WHERE e."scheduleId" = s.id AND e."jobId" = u."jobId"
    )
  )))`;

/** Statements on what the jobs have done that schedules follow. */
export function followingStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Locks a schedule whose jobs have succeeded as its rule wants it. It waits for nobody: what others have locked is left
     * out.
     *
     * @param except ids of schedules that are left out
     */
    lockDue: async (except: readonly string[]): Promise<(Schedule & { now: Date }) | null> => {
      const [schedule] = await db.$queryRaw<(Schedule & { now: Date })[]>(
        sql`SELECT s.*, (SELECT "gatewayNow"()) AS now FROM "Schedule" AS s
            WHERE s.id IN (SELECT "scheduleId" FROM "UpstreamSuccess") AND ${isComplete}
              AND s.id <> ALL (${[...except]}::text[]::uuid[])
            LIMIT 1 FOR UPDATE OF s SKIP LOCKED`,
      );
      return schedule ?? null;
    },

    /** Those of some schedules that follow jobs of which none is left. */
    idle: async (ids: readonly string[]): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT s.id FROM "Schedule" AS s WHERE s.id = ANY (${[...ids]}::text[]::uuid[]) AND s."afterRule" IS NOT NULL
              AND NOT EXISTS (
                SELECT FROM "ScheduleUpstream" AS u JOIN "Job" AS j ON j.id = u."jobId"
                WHERE u."scheduleId" = s.id AND j."deletedAt" IS NULL
              )`,
      );
      return rows.map(({ id }) => id);
    },

    /** Whether the jobs of a schedule have succeeded as its rule wants it. */
    isDue: async (id: string): Promise<boolean> => {
      const rows = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "Schedule" AS s WHERE s.id = ${id}::uuid AND ${isComplete}`,
      );
      return rows.length > 0;
    },

    /** Takes successes of jobs that a schedule follows, the oldest first. Its row is locked. */
    take: async (scheduleId: string): Promise<Success[]> => {
      const taken = await db.$queryRaw<Success[]>(
        sql`DELETE FROM "UpstreamSuccess" WHERE "scheduleId" = ${scheduleId}::uuid AND slot IN (
              SELECT slot FROM "UpstreamSuccess" WHERE "scheduleId" = ${scheduleId}::uuid
              ORDER BY "succeededAt", slot LIMIT ${most}::int
            ) RETURNING slot, "succeededAt", (SELECT r.id FROM "Run" AS r WHERE r.id = "runId") AS "runId"`,
      );
      return taken.toSorted(
        (one, other) =>
          one.succeededAt.getTime() - other.succeededAt.getTime() || (one.slot < other.slot ? -1 : 1),
      );
    },
  };
}
