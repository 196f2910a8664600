import { Prisma } from '../generated/client.ts';
import { advisoryLocks } from '../database/advisory-locks.ts';
import { firstIdAt } from '../reading/filters.ts';
import { join, raw, sql, type Sql } from '../../lib/sql.ts';
import { endedStatuses } from '../runs/run-status.ts';

/** A project, with its own retention as it is stored. */
export interface RetainedProject {
  id: string;
  retention: Prisma.JsonValue;
}

/** Which runs are out of date: those of a project that ended so many days ago, or all of a project or a job up to one. */
export type OldRuns =
  { projectId: string; days: number } | { projectId: string; upTo: string } | { jobId: string; upTo: string };

/** A step of a walk: how much it has removed, and after which row the next one goes on; null at the end. */
export interface Removed {
  count: number;
  after: string | null;
}

/** The most rows that one statement removes. */
const batch = { runs: 100, lines: 10_000, versions: 200, ticks: 1000 };

/** How many objects one statement looks through. */
const page = 200;

/** Of how many runs one statement reads how long their lines are. */
const sizes = 1000;

/** About how many bytes a line takes of which nothing else is known. */
const usualLine = 200;

/** How many of the oldest rows of a state or a schedule one statement looks at. */
const oldest = 20;

/** Statements that remove what is not kept any more, a limited number of rows each. */
export function retentionStatements(db: Prisma.TransactionClient) {
  const execute = (statement: Sql): Promise<number> => db.$executeRaw(statement);
  return {
    /** Sets a project's own retention. @returns whether it was another */
    set: async (projectId: string, retention: object | null): Promise<boolean> => {
      const value = retention === null ? sql`NULL` : sql`${JSON.stringify(retention)}::jsonb`;
      return (
        (await execute(
          sql`UPDATE "Project" SET retention = ${value} WHERE id = ${projectId}::uuid AND retention IS DISTINCT FROM ${value}`,
        )) > 0
      );
    },

    /** Lets no other gateway remove anything until the transaction ends; false when another one does. */
    lock: async (): Promise<boolean> => {
      const [row] = await db.$queryRaw<{ locked: boolean }[]>(
        sql`SELECT pg_try_advisory_xact_lock(${advisoryLocks.retention}::bigint) AS locked`,
      );
      return row?.locked ?? false;
    },

    /** The projects after an id, in the order of their ids. */
    projects: (after: string): Promise<RetainedProject[]> =>
      db.$queryRaw<RetainedProject[]>(
        sql`SELECT id, retention FROM "Project" WHERE id > ${after}::uuid AND "deletedAt" IS NULL ORDER BY id LIMIT ${page}`,
      ),

    /** Jobs of a project after an id, each with the newest run that is not among those that are kept; null for none. */
    jobs: (projectId: string, after: string, kept: number): Promise<{ id: string; upTo: string | null }[]> =>
      db.$queryRaw(
        sql`SELECT j.id, (
              SELECT r.id FROM "Run" AS r WHERE r."jobId" = j.id AND r."endedAt" IS NOT NULL
              ORDER BY r.id DESC OFFSET ${kept} LIMIT 1
            ) AS "upTo"
            FROM (
              SELECT j.id FROM "Job" AS j JOIN "Environment" AS e ON e.id = j."environmentId"
              WHERE e."projectId" = ${projectId}::uuid AND j.id > ${after}::uuid ORDER BY j.id LIMIT ${page}
            ) AS j ORDER BY j.id`,
      ),

    /** Runs of a project that have lines, before an id, the newest first, each with the bytes of its lines. */
    logSizes: (projectId: string, before: string): Promise<{ id: string; bytes: number }[]> =>
      db.$queryRaw(
        sql`SELECT id, coalesce("logBytes", ${usualLine}::float8 * "logCount") AS bytes FROM "Run"
            WHERE "projectId" = ${projectId}::uuid AND id < ${before}::uuid AND "logCount" > 0 ORDER BY id DESC LIMIT ${sizes}`,
      ),

    /** Gives up the lines of old runs after an id: nobody sees them any more, and `lines` removes them. */
    giveUpLogs: async (old: OldRuns, after: string, now: Date): Promise<Removed> =>
      walked(
        await db.$queryRaw<{ id: string }[]>(
          sql`WITH old AS MATERIALIZED (${oldRuns(old, after, now, sql`r."logCount" > 0`)}), given AS (
                INSERT INTO "LogRemoval" ("runId", "lastLine") SELECT id, "logCount" FROM old ON CONFLICT DO NOTHING
              )
              UPDATE "Run" AS r SET "logCount" = 0, "logBytes" = 0, "logRemovedAt" = statement_timestamp()
              FROM old WHERE r.id = old.id RETURNING r.id`,
        ),
      ),

    /** Removes some of the lines that were given up. @returns whether there were any */
    lines: async (): Promise<boolean> => {
      const [next] = await db.$queryRaw<{ runId: string; nextLine: number; lastLine: number }[]>(
        sql`SELECT * FROM "LogRemoval" ORDER BY "runId" LIMIT 1 FOR UPDATE`,
      );
      if (!next) return false;
      const { runId, nextLine, lastLine } = next;
      const end = nextLine + batch.lines;
      // By their numbers: so no statement passes those again that are gone, but not cleared away.
      await execute(
        sql`DELETE FROM "RunLog" WHERE "runId" = ${runId}::uuid AND sequence >= ${nextLine}::int AND sequence < ${end}::int`,
      );
      await execute(
        end > lastLine
          ? sql`DELETE FROM "LogRemoval" WHERE "runId" = ${runId}::uuid`
          : sql`UPDATE "LogRemoval" SET "nextLine" = ${end}::int WHERE "runId" = ${runId}::uuid`,
      );
      return true;
    },

    /** Removes old runs after an id whose lines are gone, with their blocks and metrics. States and their versions stay. */
    runs: async (old: OldRuns, after: string, now: Date): Promise<Removed> => {
      const noLines = sql`r."logCount" = 0 AND NOT EXISTS (SELECT FROM "LogRemoval" AS l WHERE l."runId" = r.id)`;
      const runs = await db.$queryRaw<{ id: string }[]>(oldRuns(old, after, now, noLines));
      const ids = runs.map(({ id }) => id);
      if (ids.length > 0) await execute(sql`DELETE FROM "Run" WHERE id = ANY (${ids}::uuid[])`);
      return walked(runs);
    },

    /** Removes old versions of some states after an id. The newest version of a state is the state as it is. */
    versions: async (
      projectId: string,
      after: string,
      { days, kept }: { days: number | null; kept: number | null },
    ): Promise<Removed> => {
      const isOld = [
        ...(days === null ? [] : [sql`v."changedAt" < ${daysAgo(days)}`]),
        ...(kept === null ? [] : [sql`v.version <= newest.version - ${kept}::int`]),
      ];
      const owners = await ownersAfter(db, 'State', projectId, after);
      if (owners.length === 0) return { count: 0, after: null };
      const count = await execute(
        sql`DELETE FROM "StateVersion" WHERE id IN (
              SELECT v.id FROM unnest(${owners}::uuid[]) AS s(id)
              CROSS JOIN LATERAL (
                SELECT version FROM "StateVersion" WHERE "stateRowId" = s.id ORDER BY version DESC LIMIT 1
              ) AS newest
              CROSS JOIN LATERAL (
                SELECT id, version, "changedAt" FROM "StateVersion" WHERE "stateRowId" = s.id ORDER BY version LIMIT ${oldest}
              ) AS v
              WHERE v.version < newest.version AND (${join(isOld, ' OR ')}) LIMIT ${batch.versions})`,
      );
      return { count, after: owners.at(-1) ?? null };
    },

    /** Schedules of a project after an id, each with the newest tick that is not among those that are kept; null for none. */
    schedules: async (
      projectId: string,
      after: string,
      kept: number,
    ): Promise<{ id: string; upTo: Date | null }[]> => {
      const owners = await ownersAfter(db, 'Schedule', projectId, after);
      return db.$queryRaw(
        sql`SELECT s.id, (
              SELECT "dueAt" FROM "ScheduleTick" WHERE "scheduleId" = s.id ORDER BY "dueAt" DESC OFFSET ${kept} LIMIT 1
            ) AS "upTo" FROM unnest(${owners}::uuid[]) AS s(id) ORDER BY s.id`,
      );
    },

    /** Removes some ticks of a schedule up to one: none whose run has not ended. @returns whether there may be more */
    ticksUpTo: async (scheduleId: string, upTo: Date): Promise<boolean> =>
      (await execute(
        sql`DELETE FROM "ScheduleTick" AS k USING (
              SELECT t."dueAt" FROM "ScheduleTick" AS t
              WHERE t."scheduleId" = ${scheduleId}::uuid AND t."dueAt" <= ${upTo}::timestamptz AND ${hasNoRun}
              ORDER BY t."dueAt" LIMIT ${batch.ticks}
            ) AS gone WHERE k."scheduleId" = ${scheduleId}::uuid AND k."dueAt" = gone."dueAt"`,
      )) === batch.ticks,

    /** Removes old ticks of some schedules after an id: not the newest one, nor one whose run has not ended. */
    ticks: async (projectId: string, after: string, days: number): Promise<Removed> => {
      const owners = await ownersAfter(db, 'Schedule', projectId, after);
      if (owners.length === 0) return { count: 0, after: null };
      const count = await execute(
        sql`DELETE FROM "ScheduleTick" AS k USING (
              SELECT t."scheduleId", t."dueAt" FROM unnest(${owners}::uuid[]) AS s(id)
              CROSS JOIN LATERAL (
                SELECT "dueAt" FROM "ScheduleTick" WHERE "scheduleId" = s.id ORDER BY "dueAt" DESC LIMIT 1
              ) AS newest
              CROSS JOIN LATERAL (
                SELECT "scheduleId", "dueAt", "lastDueAt", "runId" FROM "ScheduleTick" WHERE "scheduleId" = s.id
                ORDER BY "dueAt" LIMIT ${oldest}
              ) AS t
              WHERE t."dueAt" < newest."dueAt" AND t."lastDueAt" < ${daysAgo(days)} AND ${hasNoRun} LIMIT ${batch.ticks}
            ) AS gone WHERE k."scheduleId" = gone."scheduleId" AND k."dueAt" = gone."dueAt"`,
      );
      return { count, after: owners.at(-1) ?? null };
    },
  };
}

function walked(rows: readonly { id: string }[]): Removed {
  const ids = rows.map(({ id }) => id).sort();
  return { count: ids.length, after: ids.length < batch.runs ? null : (ids.at(-1) ?? null) };
}

/** Whether a tick has no run that has not ended. */
const hasNoRun = sql`NOT EXISTS (SELECT FROM "Run" AS r WHERE r.id = t."runId" AND r."endedAt" IS NULL)`;

const dayMs = 24 * 3600 * 1000;

const daysAgo = (days: number): Sql => sql`(statement_timestamp() - ${days}::int * interval '1 day')`;

/** The next ids of the states or schedules in the environments of a project. */
async function ownersAfter(
  db: Prisma.TransactionClient,
  table: 'State' | 'Schedule',
  projectId: string,
  after: string,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>(
    sql`SELECT o.id FROM "Environment" AS e CROSS JOIN LATERAL (
          SELECT id FROM ${raw(`"${table}"`)} WHERE "environmentId" = e.id AND id > ${after}::uuid ORDER BY id LIMIT ${page}
        ) AS o WHERE e."projectId" = ${projectId}::uuid ORDER BY o.id LIMIT ${page}`,
  );
  return rows.map(({ id }) => id);
}

/**
 * SQL of the ids of old runs, locked, the oldest first. The order of ids is that of creation, so that an index leads to
 * them; a run that others have locked comes with the next walk.
 */
function oldRuns(old: OldRuns, after: string, now: Date, further: Sql): Sql {
  const place =
    'days' in old
      ? sql`r."projectId" = ${old.projectId}::uuid AND r."endedAt" < ${daysAgo(old.days)}
          AND r.id < ${firstIdAt(new Date(now.getTime() - old.days * dayMs))}::uuid`
      : 'jobId' in old
        ? sql`r."jobId" = ${old.jobId}::uuid AND r.id <= ${old.upTo}::uuid`
        : sql`r."projectId" = ${old.projectId}::uuid AND r.id <= ${old.upTo}::uuid`;
  return sql`SELECT r.id, r."logCount" FROM "Run" AS r
    WHERE ${place} AND r.id > ${after}::uuid AND r.status = ANY (${[...endedStatuses]}::text[]::"RunStatus"[])
      AND r."endedAt" IS NOT NULL AND ${further} AND ${isNotNeeded}
    ORDER BY r.id LIMIT ${batch.runs} FOR UPDATE OF r SKIP LOCKED`;
}

/** Whether there is a newer success with the same value of a column. */
const newerSuccess = (column: 'jobId' | 'scheduleId'): Sql =>
  sql`EXISTS (SELECT FROM "Run" AS n WHERE n.${raw(`"${column}"`)} = r.${raw(`"${column}"`)} AND n.id > r.id AND n.status = 'SUCCEEDED')`;

// The newest success of a job, and of a schedule without a job; the newest run of a service; what a run that has not ended
// repeats; the runs by whose failures a schedule is paused; the runs of a backfill that has not ended; and a success that
// a schedule which follows has not used yet.
const isNotNeeded = sql`
  (r."jobId" IS NULL OR r.status <> 'SUCCEEDED' OR ${newerSuccess('jobId')})
  AND (r."jobId" IS NOT NULL OR r."scheduleId" IS NULL OR r.status <> 'SUCCEEDED' OR ${newerSuccess('scheduleId')})
  AND (r."serviceId" IS NULL OR EXISTS (SELECT FROM "Run" AS n WHERE n."serviceId" = r."serviceId" AND n.id > r.id))
  AND NOT EXISTS (SELECT FROM "Run" AS n WHERE n."retryOfId" = r.id AND n."endedAt" IS NULL)
  AND (r."scheduleId" IS NULL OR NOT EXISTS (
    SELECT FROM "Schedule" AS s WHERE s.id = r."scheduleId" AND s."pauseAfterFailures" > (
      SELECT count(*) FROM (
        SELECT FROM "Run" AS n WHERE n."scheduleId" = r."scheduleId" AND n.id > r.id AND n."endedAt" IS NOT NULL
        ORDER BY n.id LIMIT s."pauseAfterFailures"
      ) AS newer
    )
  ))
  AND (r."backfillId" IS NULL OR NOT EXISTS (
    SELECT FROM "BulkOperation" AS b WHERE b.id = r."backfillId" AND b."endedAt" IS NULL
  ))
  AND (r."jobId" IS NULL OR NOT EXISTS (
    SELECT FROM "ScheduleUpstream" AS u JOIN "UpstreamSuccess" AS s ON s."scheduleId" = u."scheduleId"
    WHERE u."jobId" = r."jobId" AND s.slot IN (r.id, r."jobId") AND s."runId" = r.id
  ))`;
