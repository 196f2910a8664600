import type { ManifestMode, Prisma, Run, RunBlock, RunStatus } from './generated/client.ts';
import { tellingOf } from './notice.ts';
import { notify } from './notifications.ts';
import { RunTaken } from './run-taken.ts';
import { raw, sql } from './sql.ts';

/** A run with what its execution needs. */
export type RunToExecute = Run & {
  project: { directory: string; manifestMode: ManifestMode };
  blocks: RunBlock[];
  environment: { name: string } | null;
};

/** What a run's row says once it has ended. */
export type RunEnd = Pick<Run, 'status' | 'endReason' | 'exitCode' | 'signal' | 'errorMessage'>;

const active: RunStatus[] = ['RUNNING', 'CANCELLING'];

/** Statements on runs. Every change of a run's row also notifies those who watch it. */
export function runStatements(db: Prisma.TransactionClient) {
  const changed = (run: Pick<Run, 'id' | 'environmentId'>): Promise<void> =>
    notify(db, { runId: run.id, environmentId: run.environmentId, topic: 'CHANGE' });

  return {
    runById: (id: string): Promise<Run | null> => db.run.findUnique({ where: { id } }),
    runToExecute: (id: string): Promise<RunToExecute | null> =>
      db.run.findUnique({
        where: { id },
        include: {
          project: { select: { directory: true, manifestMode: true } },
          environment: { select: { name: true } },
          blocks: { orderBy: { position: 'asc' } },
        },
      }),
    newestRunOfJob: (jobId: string): Promise<Run | null> =>
      db.run.findFirst({ where: { jobId }, orderBy: { id: 'desc' } }),

    /** Deletes a run that has ended, with all that belongs to it. The versions of states that it has written stay. */
    deleteEndedRun: async (id: string): Promise<void> => {
      await db.run.deleteMany({ where: { id, status: { notIn: ['QUEUED', ...active] } } });
    },

    /** The runs of an environment that have not ended. At most 1,000. */
    unfinishedRuns: (environmentId: string): Promise<Run[]> =>
      db.run.findMany({ where: { environmentId, status: { in: ['QUEUED', ...active] } }, take: 1000 }),

    /** QUEUED → RUNNING, if it still is queued. */
    async claimRun(id: string, workerId: string): Promise<Run | null> {
      const now = new Date();
      const [run] = await db.run.updateManyAndReturn({
        where: { id, status: 'QUEUED' },
        data: {
          status: 'RUNNING',
          workerId,
          startedAt: now,
          heartbeatAt: now,
          waitingForRunId: null,
          waitingForKey: null,
        },
      });
      if (run) await changed(run);
      return run ?? null;
    },

    /** Puts a run that was just claimed back, since another holds what it needs. */
    async returnRun(id: string, waitingForRunId: string | null, waitingForKey: string): Promise<void> {
      const run = await db.run.update({
        where: { id },
        data: {
          status: 'QUEUED',
          workerId: null,
          startedAt: null,
          heartbeatAt: null,
          waitingForRunId,
          waitingForKey,
        },
      });
      await changed(run);
    },

    /** Ids of queued runs that wait for what this run held. Their wait ends here. */
    async endWaitFor(runId: string): Promise<string[]> {
      const runs = await db.run.updateManyAndReturn({
        where: { waitingForRunId: runId, status: 'QUEUED' },
        data: { waitingForRunId: null, waitingForKey: null },
        select: { id: true },
      });
      // The oldest first: that is the order in which they are taken from the queue.
      return runs.map(({ id }) => id).sort();
    },

    /**
     * QUEUED → CANCELLED and RUNNING → CANCELLING; the service that it is a run of is STOPPING.
     *
     * @returns false when the run is in neither status
     */
    requestCancel: async (id: string): Promise<boolean> => {
      const asked = await db.$queryRaw<unknown[]>(
        sql`WITH service AS MATERIALIZED (
              SELECT id FROM "Service" WHERE "currentRunId" = ${id}::uuid FOR UPDATE
            ), held AS MATERIALIZED (
              -- The service, which is counted before the run is held, comes first.
              SELECT id FROM "Run" WHERE id = ${id}::uuid AND (SELECT count(*) FROM service) >= 0 FOR UPDATE
            ), asked AS (
              UPDATE "Run" AS r SET
                status = (CASE r.status WHEN 'QUEUED' THEN 'CANCELLED' ELSE 'CANCELLING' END)::"RunStatus",
                "endReason" = CASE r.status WHEN 'QUEUED' THEN 'CANCEL_REQUESTED'::"RunEndReason" END,
                "endedAt" = CASE r.status WHEN 'QUEUED' THEN ${new Date()}::timestamptz END,
                "waitingForRunId" = NULL, "waitingForKey" = NULL
              FROM held WHERE r.id = held.id AND r.status IN ('QUEUED', 'RUNNING')
              RETURNING r.id, r.status, r."environmentId"
            ), abandoned AS (
              UPDATE "RunBlock" AS b SET status = 'ABANDONED' FROM asked
              WHERE asked.status = 'CANCELLED' AND b."runId" = asked.id AND b.status IN ('PENDING', 'RUNNING')
            ), stopping AS (
              UPDATE "Service" AS s SET status = 'STOPPING' FROM asked WHERE s."currentRunId" = asked.id
            )
            SELECT asked.id FROM ${raw(tellingOf('asked'))}`,
      );
      return asked.length > 0;
    },

    /**
     * The worker's sign of life.
     *
     * @returns the run's status, which tells the worker whether to stop it
     * @throws RunTaken when the run is no longer this worker's
     */
    async beat(id: string, workerId: string, processId?: number): Promise<RunStatus> {
      const [run] = await db.run.updateManyAndReturn({
        where: { id, workerId, status: { in: active } },
        data: { ...(processId === undefined ? {} : { processId }), heartbeatAt: new Date() },
        select: { status: true },
      });
      if (!run) throw new RunTaken(`Run ${id} is no longer executed by ${workerId}.`);
      return run.status;
    },

    /** Ends a run that its worker executes. @throws RunTaken when it is no longer this worker's */
    async endRun(id: string, workerId: string | null, end: RunEnd): Promise<Run> {
      const [run] = await db.run.updateManyAndReturn({
        where: { id, workerId, status: { in: active } },
        data: { ...end, endedAt: new Date() },
      });
      if (!run) throw new RunTaken(`Run ${id} is no longer executed by ${workerId ?? 'anyone'}.`);
      await this.abandonBlocks(id);
      await changed(run);
      return run;
    },

    abandonBlocks: async (runId: string): Promise<void> => {
      await db.runBlock.updateMany({
        where: { runId, status: { in: ['PENDING', 'RUNNING'] } },
        data: { status: 'ABANDONED' },
      });
    },

    /** Runs whose worker has given no sign of life since `before`; null for every active run. */
    silentRuns: (before: Date | null): Promise<Run[]> =>
      db.run.findMany({
        where: {
          endedAt: null,
          status: { in: active },
          ...(before ? { OR: [{ heartbeatAt: null }, { heartbeatAt: { lt: before } }] } : {}),
        },
      }),

    /** Those of the runs that have ended. */
    endedAmong: async (ids: readonly string[]): Promise<string[]> => {
      const runs = await db.run.findMany({
        where: { id: { in: [...ids] }, endedAt: { not: null } },
        select: { id: true },
      });
      return runs.map(({ id }) => id);
    },

    /** Queued runs for which nothing may come to wake a worker: they wait for a run that has ended. */
    strandedRuns: async (): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`UPDATE "Run" AS r SET "waitingForRunId" = NULL, "waitingForKey" = NULL
            WHERE r.status = 'QUEUED' AND r."endedAt" IS NULL AND r."waitingForRunId" IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM "RunLock" AS l WHERE l."runId" = r."waitingForRunId")
            RETURNING r.id`,
      );
      return rows.map(({ id }) => id);
    },
    /** The oldest queued runs that wait for no other. At most 200. */
    queuedRuns: async (): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT id FROM "Run" WHERE status = 'QUEUED' AND "endedAt" IS NULL AND "waitingForRunId" IS NULL
            ORDER BY id LIMIT 200`,
      );
      return rows.map(({ id }) => id);
    },
  };
}
