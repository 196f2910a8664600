import type { Prisma, RunStatus, Schedule, ScheduleTick } from '../generated/client.ts';
import { raw, sql, timeList } from '../../lib/sql.ts';

/** A tick that was decided. */
export type NewTick = ScheduleTick;

/** What there is for a time that a schedule or a job may run for. */
export interface TickRun {
  dueAt: Date;
  /** The newest run for it, and its status; null when there is none. */
  runId: string | null;
  status: RunStatus | null;
  /** Whether a tick has started a run for it, which may be deleted. */
  hasRun: boolean;
}

/** SQL: the clock of schedules, read once in a statement. */
const gatewayNow = sql`(SELECT "gatewayNow"())`;

/** Statements that decide ticks of schedules. */
export function tickStatements(db: Prisma.TransactionClient) {
  return {
    /** The time by the clock of schedules. */
    now: async (): Promise<Date> => {
      const [row] = await db.$queryRaw<[{ now: Date }]>(sql`SELECT ${gatewayNow} AS now`);
      return row.now;
    },

    /**
     * Locks a schedule that is due. It waits for nobody: what others have locked is left out. From one table alone, which
     * PostgreSQL reads along the index also when it has no statistics.
     *
     * @param except ids of schedules that are left out
     */
    lockDue: async (except: readonly string[]): Promise<(Schedule & { now: Date }) | null> => {
      const [schedule] = await db.$queryRaw<(Schedule & { now: Date })[]>(
        sql`SELECT s.*, ${gatewayNow} AS now FROM "Schedule" AS s
            WHERE s."nextTickAt" <= ${gatewayNow} AND s."deletedAt" IS NULL AND s.id <> ALL (${[...except]}::text[]::uuid[])
            ORDER BY s."nextTickAt", s.id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      return schedule ?? null;
    },

    /**
     * Keeps what a schedule belongs to as it is: its project, its environment and its job.
     *
     * @returns false when another transaction is changing one of them
     */
    lockParents: async ({
      environmentId,
      jobId,
    }: Pick<Schedule, 'environmentId' | 'jobId'>): Promise<boolean> => {
      const [job, ofJob] =
        jobId === null
          ? [sql``, sql``]
          : [sql`JOIN "Job" AS j ON j.id = ${jobId}::uuid`, sql`FOR SHARE OF j SKIP LOCKED`];
      const rows = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id ${job}
            WHERE e.id = ${environmentId}::uuid AND e."deletedAt" IS NULL AND p."deletedAt" IS NULL
            FOR KEY SHARE OF p, e SKIP LOCKED ${ofJob}`,
      );
      return rows.length > 0;
    },

    /** Stores ticks, and when the schedule is due next. */
    decide: async (
      id: string,
      ticks: readonly NewTick[],
      { cursor, nextTickAt }: { cursor: Date; nextTickAt: Date | null },
    ): Promise<void> => {
      if (ticks.length > 0) await db.scheduleTick.createMany({ data: [...ticks] });
      await db.schedule.update({ where: { id }, data: { tickCursor: cursor, nextTickAt } });
    },

    /** What there is for times of a schedule, or of a job, whose runs may be those of any of its schedules. */
    runsFor: (
      { type, id }: { type: 'Schedule' | 'Job'; id: string },
      times: readonly Date[],
    ): Promise<TickRun[]> => {
      const column = raw(type === 'Schedule' ? '"scheduleId"' : '"jobId"');
      const schedules =
        type === 'Schedule'
          ? sql`tick."scheduleId" = ${id}::uuid`
          : sql`tick."scheduleId" IN (SELECT s.id FROM "Schedule" AS s WHERE s."jobId" = ${id}::uuid)`;
      return db.$queryRaw<TickRun[]>(
        sql`SELECT due.at AS "dueAt", run.id AS "runId", run.status, run.id IS NOT NULL OR EXISTS (
              SELECT FROM "ScheduleTick" AS tick WHERE ${schedules} AND tick."dueAt" = due.at AND tick.outcome = 'RUN'
            ) AS "hasRun"
            FROM unnest(${timeList(times)}::text::timestamptz[]) AS due (at) LEFT JOIN LATERAL (
              SELECT r.id, r.status FROM "Run" AS r WHERE r.${column} = ${id}::uuid AND r."scheduledFor" = due.at
              ORDER BY r.id DESC LIMIT 1
            ) AS run ON true ORDER BY 1`,
      );
    },

    /** In how many milliseconds the next schedule is due; null when there is none. What is due already is left out. */
    nextIn: async (): Promise<number | null> => {
      const [next] = await db.$queryRaw<{ ms: number | null }[]>(
        sql`SELECT (extract(epoch FROM min(s."nextTickAt") - ${gatewayNow}) * 1000)::float8 AS ms
            FROM "Schedule" AS s WHERE s."nextTickAt" > ${gatewayNow}`,
      );
      return next?.ms ?? null;
    },

    /** Schedules that can come due, in the order of their ids, after an id. */
    planned: (after: string | null, limit: number): Promise<Schedule[]> =>
      db.schedule.findMany({
        where: { nextTickAt: { not: null }, ...(after === null ? {} : { id: { gt: after } }) },
        orderBy: { id: 'asc' },
        take: limit,
      }),

    /** Replaces the next time of a schedule, if nothing was decided since it was read. */
    replan: async ({ id, tickCursor }: Schedule, nextTickAt: Date | null): Promise<void> => {
      await db.schedule.updateMany({
        where: { id, tickCursor, nextTickAt: { not: null } },
        data: { nextTickAt },
      });
    },
  };
}
