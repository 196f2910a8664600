import type { Prisma, Run, Schedule } from '../generated/client.ts';
import { now, sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';
import type { EnvironmentWithProject } from '../environments/environments.ts';
import { unfinishedStatuses } from '../runs/run-status.ts';
import { present } from '../jobs/jobs.ts';
import { toWrite, type WithPolicy } from '../runs/retry-policy-column.ts';

/** Statements on schedules. */
export function scheduleStatements(db: Prisma.TransactionClient) {
  return {
    byId: (id: string): Promise<Schedule | null> => db.schedule.findFirst({ where: { id, ...present } }),
    byName: (environmentId: string, name: string): Promise<Schedule | null> =>
      db.schedule.findFirst({ where: { environmentId, name, deletedAt: null } }),
    /** All schedules of projects, including deleted ones, for an import. */
    of: (...projectIds: string[]): Promise<Schedule[]> =>
      db.schedule.findMany({ where: { environment: { projectId: { in: projectIds } } } }),
    create: (data: WithPolicy<Prisma.ScheduleUncheckedCreateInput>): Promise<Schedule> =>
      db.schedule.create({ data: { id: newId(), ...toWrite(data) } }),
    update: (id: string, data: WithPolicy<Prisma.ScheduleUncheckedUpdateInput>): Promise<Schedule> =>
      db.schedule.update({ where: { id }, data: toWrite(data) }),
    /** The runs of a schedule that have not ended, the oldest first, without those of backfills. At most 1,000. */
    unfinishedRuns: (scheduleId: string): Promise<Pick<Run, 'id' | 'status'>[]> =>
      db.run.findMany({
        where: {
          ...{ scheduleId, endedAt: null, status: { in: [...unfinishedStatuses] } },
          trigger: { not: 'BACKFILL' },
        },
        orderBy: { id: 'asc' },
        select: { id: true, status: true },
        take: 1000,
      }),
    /** Where a schedule is in its project's files; null when it is in none. */
    manifestKeyOf: async (id: string): Promise<string | null> =>
      (await db.schedule.findUnique({ where: { id }, select: { manifestKey: true } }))?.manifestKey ?? null,
    /**
     * Pauses a schedule if as many of its last runs as it says have failed, since it was last resumed.
     *
     * @returns whether it was paused
     */
    pauseIfFailing: async (id: string): Promise<boolean> => {
      const paused = await db.$executeRaw(
        sql`UPDATE "Schedule" AS s SET "isEnabled" = false, "pauseReason" = 'FAILURES', "pausedAt" = ${now}, "pauseNote" = NULL
            WHERE s.id = ${id}::uuid AND s."isEnabled" AND s."pauseAfterFailures" IS NOT NULL AND (
              SELECT count(*) FILTER (WHERE status IN ('FAILED', 'TIMED_OUT', 'LOST')) FROM (
                SELECT status FROM "Run" AS r WHERE r."scheduleId" = s.id AND r."endedAt" IS NOT NULL AND r.status <> 'CANCELLED'
                  AND r.trigger <> 'BACKFILL'
                  AND (s."resumedAt" IS NULL OR r."startedAt" > s."resumedAt")
                  -- One that is retried by its policy has not failed yet.
                  AND NOT EXISTS (
                    SELECT FROM "Run" AS n WHERE n."retryOfId" = r.id AND n."lastAttempt" = r."lastAttempt"
                  )
                ORDER BY r.id DESC LIMIT s."pauseAfterFailures"
              ) AS last
            ) >= s."pauseAfterFailures"`,
      );
      return paused > 0;
    },
    /** Stores when a schedule is due next. */
    plan: async (id: string, data: Pick<Schedule, 'tickCursor' | 'nextTickAt'>): Promise<void> => {
      await db.schedule.update({ where: { id }, data });
    },
    /** Resumes the schedules of an environment that are paused because nobody has enabled its imported ones. @returns their number */
    enableImported: (environmentId: string): Promise<number> =>
      db.$executeRaw(
        sql`UPDATE "Schedule" SET "isEnabled" = true, "pauseReason" = NULL, "pauseNote" = NULL, "pausedAt" = NULL, "resumedAt" = ${now}
            WHERE "environmentId" = ${environmentId}::uuid AND NOT "isEnabled" AND "pauseReason" = 'ENVIRONMENT'`,
      ),
    /** Pauses the imported schedules of an environment. @returns their number */
    pauseImported: (environmentId: string): Promise<number> =>
      db.$executeRaw(
        sql`UPDATE "Schedule" SET "isEnabled" = false, "pauseReason" = 'ENVIRONMENT', "pausedAt" = ${now}
            WHERE "environmentId" = ${environmentId}::uuid AND "isEnabled" AND origin = 'MANIFEST'`,
      ),
    /** The schedules that are due next, with their projects and environments. */
    upcoming: (limit: number): Promise<(Schedule & { environment: EnvironmentWithProject })[]> =>
      db.schedule.findMany({
        where: { nextTickAt: { not: null }, environment: { deletedAt: null, project: { deletedAt: null } } },
        orderBy: [{ nextTickAt: 'asc' }, { id: 'asc' }],
        take: limit,
        include: { environment: { include: { project: true } } },
      }),
    /** How many schedules are enabled, and in which environments how many imported ones are paused. */
    summary: async (): Promise<{ enabled: number; paused: { path: string; count: number }[] }> => {
      const enabled = await db.schedule.count({ where: { nextTickAt: { not: null } } });
      const paused = await db.$queryRaw<{ path: string; count: number }[]>(
        sql`SELECT p.name || '/' || e.name AS path, count(*)::int AS count FROM "Schedule" AS s
              JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"
            WHERE s."pauseReason" = 'ENVIRONMENT' AND NOT s."isEnabled" AND s.cron IS NOT NULL AND s."deletedAt" IS NULL
              AND e."deletedAt" IS NULL AND p."deletedAt" IS NULL
            GROUP BY 1 ORDER BY 1 LIMIT 100`,
      );
      return { enabled, paused };
    },
    /** Moves the schedules of a job to the job's new environment. */
    moveWithJob: (jobId: string, environmentId: string): Promise<{ id: string; name: string }[]> =>
      db.schedule.updateManyAndReturn({
        where: { jobId, deletedAt: null },
        data: { environmentId },
        select: { id: true, name: true },
      }),
    /** Names of a job's schedules that another schedule of the environment already has. */
    namesTaken: async (jobId: string, environmentId: string): Promise<string[]> => {
      const own = await db.schedule.findMany({ where: { jobId, deletedAt: null }, select: { name: true } });
      const taken = await db.schedule.findMany({
        where: {
          environmentId,
          deletedAt: null,
          name: { in: own.map(({ name }) => name) },
          // A plain `NOT` would leave out schedules without a job.
          OR: [{ jobId: null }, { NOT: { jobId } }],
        },
        select: { name: true },
      });
      return taken.map(({ name }) => name);
    },
  };
}
