import type { Prisma, Schedule, ScheduleTick } from '../generated/client.ts';
import { raw, sql } from '../../lib/sql.ts';

/** A tick that was decided. */
export type NewTick = ScheduleTick;

/** SQL: the clock of schedules. */
const gatewayNow = sql`"gatewayNow"()`;

/** SQL: the tables of schedules that can come due. */
const firing = raw(
  `"Schedule" AS s JOIN "Environment" AS e ON e.id = s."environmentId" JOIN "Project" AS p ON p.id = e."projectId"`,
);
const exists = raw(`s."deletedAt" IS NULL AND e."deletedAt" IS NULL AND p."deletedAt" IS NULL`);

/** Statements that decide ticks of schedules. */
export function tickStatements(db: Prisma.TransactionClient) {
  return {
    /** The time by the clock of schedules. */
    now: async (): Promise<Date> => {
      const [row] = await db.$queryRaw<[{ now: Date }]>(sql`SELECT ${gatewayNow} AS now`);
      return row.now;
    },

    /**
     * Locks a schedule that is due, with its parents. It waits for nobody: what others have locked is left out.
     *
     * @param except ids of schedules that are left out
     */
    lockDue: async (except: readonly string[]): Promise<(Schedule & { now: Date }) | null> => {
      const [schedule] = await db.$queryRaw<(Schedule & { now: Date })[]>(
        sql`SELECT s.*, ${gatewayNow} AS now FROM ${firing}
            WHERE s."nextTickAt" <= ${gatewayNow} AND ${exists} AND s.id <> ALL (${[...except]}::text[]::uuid[])
            ORDER BY s."nextTickAt", s.id LIMIT 1
            FOR UPDATE OF s SKIP LOCKED FOR KEY SHARE OF e, p SKIP LOCKED`,
      );
      return schedule ?? null;
    },

    /** Keeps a job as it is. @returns false when another transaction is changing it, or when there is none */
    lockJob: async (id: string): Promise<boolean> => {
      const rows = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "Job" WHERE id = ${id}::uuid FOR SHARE SKIP LOCKED`,
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
