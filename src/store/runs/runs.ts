import type { ManifestMode, Prisma, Run, RunBlock } from '../generated/client.ts';
import { changeOf, notify, withNotification } from '../database/notify.ts';
import { activeStatuses, statusIn, unfinishedStatuses } from './run-status.ts';
import { canExecute } from '../workers/serves.ts';
import { RunTaken } from './run-taken.ts';
import { ago, now, raw, sql } from '../../lib/sql.ts';

/** A run with everything that is needed to execute it. */
export type RunToExecute = Run & {
  project: { directory: string; manifestMode: ManifestMode; filesDigest: string | null };
  blocks: RunBlock[];
  environment: { name: string } | null;
};

/** The columns that are written when a run ends. */
export type RunEnd = Pick<Run, 'status' | 'endReason' | 'exitCode' | 'signal' | 'errorMessage'> & {
  /** How long ago it has ended, in milliseconds; 0 when absent. */
  agoMs?: number;
};

/** A running run, and for how long its worker has given no sign of life; null when it has never given one. */
export type SilentRun = Run & { silentMs: number | null };

/** Which runs: all that have these ids, and all when there are none. */
export type RunScope = Partial<Record<'projectId' | 'environmentId' | 'jobId', string>>;

/** A run that has ended. */
export type EndedRun = Pick<Run, 'id' | 'projectId' | 'environmentId' | 'startedAt' | 'status'>;

const isActive = raw(statusIn('status', activeStatuses));

/** SQL: the predicate of the index on such runs. */
const endedWithSecrets = `"endedAt" IS NOT NULL AND env @? '$[*] ? (@.sensitive == true && @.value != null)'`;

/** Statements on runs. Every change of a run's row also sends a notification. */
export function runStatements(db: Prisma.TransactionClient) {
  const changed = (run: Run): Promise<void> => notify(db, changeOf(run));

  return {
    byId: (id: string): Promise<Run | null> => db.run.findUnique({ where: { id } }),
    toExecute: (id: string): Promise<RunToExecute | null> =>
      db.run.findUnique({
        where: { id },
        include: {
          project: { select: { directory: true, manifestMode: true, filesDigest: true } },
          environment: { select: { name: true } },
          blocks: { orderBy: { position: 'asc' } },
        },
      }),
    newestOfJob: (jobId: string): Promise<Run | null> =>
      db.run.findFirst({ where: { jobId }, orderBy: { id: 'desc' } }),

    /**
     * Deletes a run that has ended, with its blocks, lines and metrics. The state versions that it has
     * written stay.
     */
    deleteEnded: async (id: string): Promise<void> => {
      await db.run.deleteMany({ where: { id, status: { notIn: [...unfinishedStatuses] } } });
    },

    /** The runs that have not ended. At most 1,000. */
    unfinishedIn: (scope: RunScope): Promise<Run[]> =>
      db.run.findMany({ where: { ...scope, status: { in: [...unfinishedStatuses] } }, take: 1000 }),

    /** QUEUED → RUNNING, if it still is queued and the worker can execute it. */
    async claim(id: string, workerId: string): Promise<Run | null> {
      const [run] = await db.$queryRaw<Run[]>(
        sql`UPDATE "Run" AS r SET status = 'RUNNING', "workerId" = w.name, "startedAt" = ${now},
              "heartbeatAt" = ${now}, "waitingForRunId" = NULL, "waitingForKey" = NULL
            FROM "Worker" AS w
            WHERE w.name = ${workerId} AND r.id = ${id}::uuid AND r.status = 'QUEUED' AND ${raw(canExecute('w', 'r'))}
            RETURNING r.*`,
      );
      if (run) await changed(run);
      return run ?? null;
    },

    /**
     * QUEUED → CANCELLED or RUNNING → CANCELLING. The service of the run becomes STOPPING.
     *
     * @returns false when the run has neither status
     */
    requestCancel: async (id: string): Promise<boolean> => {
      const asked = await db.$queryRaw<unknown[]>(
        sql`WITH service AS MATERIALIZED (
              SELECT id FROM "Service" WHERE "currentRunId" = ${id}::uuid FOR UPDATE
            ), locked AS MATERIALIZED (
              -- The count makes PostgreSQL lock the service's row before the run's.
              SELECT id FROM "Run" WHERE id = ${id}::uuid AND (SELECT count(*) FROM service) >= 0 FOR UPDATE
            ), asked AS (
              UPDATE "Run" AS r SET
                status = (CASE r.status WHEN 'QUEUED' THEN 'CANCELLED' ELSE 'CANCELLING' END)::"RunStatus",
                "endReason" = CASE r.status WHEN 'QUEUED' THEN 'CANCEL_REQUESTED'::"RunEndReason" END,
                "endedAt" = CASE r.status WHEN 'QUEUED' THEN ${now} END,
                "waitingForRunId" = NULL, "waitingForKey" = NULL
              FROM locked WHERE r.id = locked.id AND r.status IN ('QUEUED', 'RUNNING')
              RETURNING r.id, r.status, r."projectId", r."environmentId", r."jobId"
            ), abandoned AS (
              UPDATE "RunBlock" AS b SET status = 'ABANDONED' FROM asked
              WHERE asked.status = 'CANCELLED' AND b."runId" = asked.id AND b.status IN ('PENDING', 'RUNNING')
            ), stopping AS (
              UPDATE "Service" AS s SET status = 'STOPPING' FROM asked WHERE s."currentRunId" = asked.id
            )
            SELECT asked.id FROM ${raw(withNotification('asked'))}`,
      );
      return asked.length > 0;
    },

    /** Reports that a run is alive. @throws RunTaken when this worker does not execute the run any more */
    async beat(id: string, workerId: string): Promise<void> {
      const count = await db.$executeRaw(
        sql`UPDATE "Run" SET "heartbeatAt" = ${now} WHERE id = ${id}::uuid AND "workerId" = ${workerId} AND ${isActive}`,
      );
      if (count === 0) throw new RunTaken(`Run ${id} is no longer executed by ${workerId}.`);
    },

    /**
     * Ends a run.
     *
     * @returns the run, and whether somebody had asked to cancel it
     * @throws RunTaken when this worker does not execute the run any more
     */
    async end(
      id: string,
      workerId: string | null,
      { env, ...end }: RunEnd & { env?: Prisma.InputJsonArray },
    ): Promise<Run & { wasCancelled: boolean }> {
      const kept = env === undefined ? sql`r.env` : sql`${JSON.stringify(env)}::jsonb`;
      const [run] = await db.$queryRaw<(Run & { wasCancelled: boolean })[]>(
        sql`WITH before AS MATERIALIZED (
              SELECT id, status FROM "Run" WHERE id = ${id}::uuid FOR UPDATE
            )
            UPDATE "Run" AS r SET status = ${end.status}::"RunStatus", "endReason" = ${end.endReason}::"RunEndReason",
              "exitCode" = ${end.exitCode}, signal = ${end.signal}, "errorMessage" = ${end.errorMessage},
              env = ${kept}, "endedAt" = greatest("startedAt", ${ago(end.agoMs ?? 0)})
            FROM before
            WHERE r.id = before.id AND "workerId" IS NOT DISTINCT FROM ${workerId} AND ${raw(statusIn('r.status', activeStatuses))}
            RETURNING r.*, before.status = 'CANCELLING' AS "wasCancelled"`,
      );
      if (!run) throw new RunTaken(`Run ${id} is no longer executed by ${workerId ?? 'anyone'}.`);
      await this.abandonBlocks(id);
      await changed(run);
      return run;
    },

    /** RUNNING → FAILED, for a block whose end nobody reported: it has ended with its run. */
    failBlock: async (
      runId: string,
      position: number,
      { agoMs = 0, errorMessage }: Pick<RunEnd, 'agoMs' | 'errorMessage'>,
    ): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "RunBlock" SET status = 'FAILED', "errorMessage" = ${errorMessage},
              "endedAt" = greatest("startedAt", ${ago(agoMs)})
            WHERE "runId" = ${runId}::uuid AND position = ${position} AND status = 'RUNNING'`,
      );
    },

    /** Replaces the variables of a run. */
    keepVariables: async (id: string, env: Prisma.InputJsonArray): Promise<void> => {
      await db.run.updateMany({ where: { id }, data: { env } });
    },

    /** Runs that have ended and whose variables still have the values of secrets. */
    endedWithSecrets: (limit: number): Promise<Pick<Run, 'id' | 'kind' | 'status' | 'env'>[]> =>
      db.$queryRaw(
        sql`SELECT id, kind, status, env FROM "Run" WHERE ${raw(endedWithSecrets)} ORDER BY id LIMIT ${limit}::int`,
      ),

    abandonBlocks: async (runId: string): Promise<void> => {
      await db.runBlock.updateMany({
        where: { runId, status: { in: ['PENDING', 'RUNNING'] } },
        data: { status: 'ABANDONED' },
      });
    },

    /** The running runs whose worker has given no sign of life for some milliseconds. */
    silentFor: (ms: number): Promise<SilentRun[]> =>
      db.$queryRaw<SilentRun[]>(
        sql`SELECT *, extract(epoch FROM ${now} - "heartbeatAt")::float8 * 1000 AS "silentMs" FROM "Run"
            WHERE "endedAt" IS NULL AND ${isActive} AND ("heartbeatAt" < ${ago(ms)} OR "heartbeatAt" IS NULL)`,
      ),
    /** All running runs. */
    running: (): Promise<Run[]> =>
      db.run.findMany({ where: { endedAt: null, status: { in: [...activeStatuses] } } }),

    /** Those of the runs that have ended. */
    endedAmong: (ids: readonly string[]): Promise<EndedRun[]> =>
      db.run.findMany({
        where: { id: { in: [...ids] }, endedAt: { not: null } },
        select: { id: true, projectId: true, environmentId: true, startedAt: true, status: true },
      }),

    /** One run that has not ended; null when all have. */
    unfinishedOf: (scope: {
      projectId?: string;
      environmentId?: string;
      jobId?: string;
    }): Promise<Run | null> =>
      db.run.findFirst({ where: { ...scope, status: { in: [...unfinishedStatuses] } } }),

    /** One run that has not ended and that uses or installs a plugin with one of the names. */
    unfinishedNaming: async (projectId: string, names: readonly string[]): Promise<{ id: string } | null> => {
      const [run] = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT id FROM "Run" AS r WHERE "projectId" = ${projectId}::uuid AND "endedAt" IS NULL
              AND ${raw(statusIn('status', unfinishedStatuses))}
              AND EXISTS (SELECT FROM unnest(string_to_array(r.command, ' ')) AS word
                          WHERE split_part(word, ':', 1) = ANY (${[...names]}::text[])) LIMIT 1`,
      );
      return run ?? null;
    },
  };
}
