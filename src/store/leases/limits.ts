import type { Prisma, Run, RunLimit } from '../generated/client.ts';
import { changeOf, notify, withNotification } from '../database/notify.ts';
import { eachValue, raw, sql } from '../../lib/sql.ts';
import { isExecuted, isQueued, waitsForLimit } from './unfinished-runs.ts';

/** SQL: the keys of the limits that a run may have. */
export function limitKeys(run: string): string {
  return `(ARRAY['limit:project:' || ${run}."projectId", 'limit:environment:' || ${run}."environmentId", 'limit:job:' || ${run}."jobId"]
    || ARRAY(SELECT 'limit:label:' || label FROM unnest(${run}.labels) AS label))`;
}

/** SQL: how many runs of a limit are being executed now. Counted from the rows of runs, and kept nowhere. */
export function runningOf(limit: string): string {
  const count = (condition: string): string =>
    `(SELECT count(*) FROM "Run" AS x WHERE ${condition} AND ${isExecuted('x')})`;
  return `CASE ${limit}.scope
    WHEN 'PROJECT' THEN ${count(`x."projectId" = ${limit}."projectId"`)}
    WHEN 'ENVIRONMENT' THEN ${count(`x."environmentId" = ${limit}."environmentId"`)}
    WHEN 'JOB' THEN ${count(`x."jobId" = ${limit}."jobId"`)}
    ELSE ${count(`${limit}.label = ANY (x.labels)`)} END`;
}

// The limits for which runs wait and that are gone.
const gone = sql`${eachValue('awaited', { table: 'Run', columns: ['waitingForKey'], where: waitsForLimit('t') })},
  gone AS MATERIALIZED (
    SELECT a."waitingForKey" AS key FROM awaited AS a WHERE NOT EXISTS (SELECT FROM "RunLimit" AS l WHERE l.key = a."waitingForKey")
  )`;

/** The most runs that one call of `free` frees from a limit that is gone. */
const orphansAtATime = 1000;

/** Statements on limits of how many runs are executed at the same time. */
export function limitStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Locks the limits of a run until the transaction ends, so that no other transaction counts meanwhile.
     *
     * @returns their keys
     */
    lockOf: async (runId: string): Promise<string[]> => {
      // Always in the same order, so that two transactions cannot deadlock.
      const rows = await db.$queryRaw<{ key: string }[]>(
        sql`SELECT l.key FROM "RunLimit" AS l
            WHERE l.key = ANY (SELECT unnest(${raw(limitKeys('r'))}) FROM "Run" AS r WHERE r.id = ${runId}::uuid)
            ORDER BY l.key FOR UPDATE`,
      );
      return rows.map(({ key }) => key);
    },

    /** One of the limits that allows no further run now; null when all allow one. Call it when they are locked. */
    fullAmong: async (keys: readonly string[]): Promise<string | null> => {
      if (keys.length === 0) return null;
      const [full] = await db.$queryRaw<{ key: string }[]>(
        sql`SELECT l.key FROM "RunLimit" AS l
            WHERE l.key = ANY (${[...keys]}::text[]) AND ${raw(runningOf('l'))} >= l."maxRuns" ORDER BY l.key LIMIT 1`,
      );
      return full?.key ?? null;
    },

    /** Lets a queued run wait until a limit allows it. @returns the run; null when it is not queued any more */
    wait: async (runId: string, key: string): Promise<Run | null> => {
      const { count } = await db.run.updateMany({
        where: { id: runId, status: 'QUEUED' },
        data: { waitingForKey: key, waitingForRunId: null },
      });
      const run = count > 0 ? await db.run.findUnique({ where: { id: runId } }) : null;
      if (run) await notify(db, changeOf(run));
      return run;
    },

    /**
     * Ends the waiting of as many runs as the limits allow now, those first whose turn it is.
     *
     * @param keys of which limits; null for all, and for runs that wait for one that is gone
     * @returns ids of the runs, to wake
     */
    free: async (keys: readonly string[] | null): Promise<string[]> => {
      const among = keys === null ? sql`` : sql`WHERE l.key = ANY (${[...keys]}::text[])`;
      const orphans =
        keys === null
          ? sql`UNION ALL (
              SELECT w.id FROM gone AS g CROSS JOIN LATERAL (
                SELECT q.id FROM "Run" AS q WHERE ${raw(waitsForLimit('q'))} AND q."waitingForKey" = g.key
                ORDER BY q."turnAt", q.id LIMIT ${orphansAtATime}::int
              ) AS w LIMIT ${orphansAtATime}::int
            )`
          : sql``;
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`WITH RECURSIVE ${gone}, due AS MATERIALIZED (
              SELECT w.id FROM "RunLimit" AS l CROSS JOIN LATERAL (
                SELECT q.id FROM "Run" AS q WHERE ${raw(waitsForLimit('q'))} AND q."waitingForKey" = l.key
                ORDER BY q."turnAt", q.id LIMIT greatest(l."maxRuns" - ${raw(runningOf('l'))}, 0)
              ) AS w ${among} ${orphans}
            ), free AS MATERIALIZED (
              -- One that is being claimed needs no help.
              SELECT q.id FROM "Run" AS q WHERE q.id IN (SELECT id FROM due) FOR UPDATE SKIP LOCKED
            ), freed AS (
              UPDATE "Run" AS r SET "waitingForKey" = NULL FROM free WHERE r.id = free.id AND ${raw(isQueued('r'))}
              RETURNING r.id, r."projectId", r."environmentId", r."jobId"
            )
            SELECT freed.id FROM ${raw(withNotification('freed'))}`,
      );
      return rows.map(({ id }) => id).sort();
    },

    /** Sets a limit. */
    set: (limit: Omit<RunLimit, 'updatedAt'>): Promise<RunLimit> =>
      db.runLimit.upsert({
        where: { key: limit.key },
        create: limit,
        update: { maxRuns: limit.maxRuns },
      }),

    /** Removes a limit. The runs that wait for it are ready. */
    remove: async (key: string): Promise<void> => {
      await db.runLimit.deleteMany({ where: { key } });
    },
  };
}
