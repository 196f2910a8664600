import type { Prisma, Project, Run, RunBlock, RunStatus } from './generated/client.ts';
import { notify } from './notifications.ts';
import { RunTaken } from './run-taken.ts';
import { join, sql } from './sql.ts';

/** A run with what its execution needs. */
export type RunToExecute = Run & {
  project: Project;
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
          project: true,
          environment: { select: { name: true } },
          blocks: { orderBy: { position: 'asc' } },
        },
      }),
    newestRunOfJob: (jobId: string): Promise<Run | null> =>
      db.run.findFirst({ where: { jobId }, orderBy: { id: 'desc' } }),
    /** Any one run of the job that has not ended. */
    unfinishedRunOfJob: (jobId: string): Promise<Run | null> =>
      db.run.findFirst({ where: { jobId, status: { in: ['QUEUED', ...active] } } }),

    /** The runs of an environment that have not ended. At most 1,000. */
    unfinishedRuns: (environmentId: string): Promise<Run[]> =>
      db.run.findMany({ where: { environmentId, status: { in: ['QUEUED', ...active] } }, take: 1000 }),

    async createRun(
      data: Prisma.RunUncheckedCreateInput,
      blocks: Omit<Prisma.RunBlockCreateManyInput, 'runId'>[],
    ): Promise<Run> {
      const run = await db.run.create({ data });
      await db.runBlock.createMany({ data: blocks.map((block) => ({ ...block, runId: run.id })) });
      await changed(run);
      return run;
    },

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

    /** QUEUED → CANCELLED or RUNNING → CANCELLING; null when it is in neither status. */
    async requestCancel(id: string): Promise<Run | null> {
      const queued = {
        status: 'CANCELLED',
        endReason: 'CANCEL_REQUESTED',
        endedAt: new Date(),
        waitingForRunId: null,
        waitingForKey: null,
      } as const;
      const [cancelled] = await db.run.updateManyAndReturn({ where: { id, status: 'QUEUED' }, data: queued });
      if (cancelled) await this.abandonBlocks(id);
      const [run = cancelled] = await db.run.updateManyAndReturn({
        where: { id, status: 'RUNNING' },
        data: { status: 'CANCELLING' },
      });
      if (run) await changed(run);
      return run ?? null;
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

    /**
     * Says that the lines after `first - 1` and up to `last` are about to be stored.
     *
     * @returns false when they are stored already, by an attempt whose answer got lost
     * @throws RunTaken when the run is no longer this worker's
     */
    async reserveLines(id: string, workerId: string, first: number, last: number): Promise<boolean> {
      const { count } = await db.run.updateMany({
        where: { id, workerId, status: { in: active }, logCount: first - 1 },
        data: { logCount: last, heartbeatAt: new Date() },
      });
      if (count === 1) return true;
      const run = await db.run.findFirst({ where: { id, workerId, status: { in: active } } });
      if (run && run.logCount >= last) return false;
      throw new RunTaken(`Run ${id} is no longer executed by ${workerId}.`);
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

    updateBlock: async (runId: string, position: number, data: Prisma.RunBlockUpdateInput): Promise<void> => {
      await db.runBlock.update({ where: { runId_position: { runId, position } }, data });
    },

    /** Stores lines, in one statement, and notifies those who follow the log. */
    async appendLogs(
      run: Pick<Run, 'id' | 'environmentId'>,
      lines: Prisma.RunLogCreateManyInput[],
    ): Promise<void> {
      // As one parameter: Prisma's own statement of several thousand parameters takes several times as long.
      await db.$executeRaw(
        sql`INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message, fields)
            SELECT ${run.id}::uuid, * FROM json_to_recordset(${JSON.stringify(lines)}::json)
              AS line (sequence int, "timestamp" timestamptz, level "LogLevel", plugin text, message text, fields jsonb)`,
      );
      await notify(db, { runId: run.id, environmentId: run.environmentId, topic: 'LOG' });
    },

    /** Adds to the sums of a run's metrics. */
    addMetrics: async (metrics: Prisma.RunMetricCreateManyInput[]): Promise<void> => {
      const values = metrics.map(
        (m) => sql`(${m.runId}::uuid, ${m.plugin}, ${m.stream}, ${m.name}, ${m.value}::float8)`,
      );
      await db.$executeRaw(
        sql`INSERT INTO "RunMetric" ("runId", plugin, stream, name, value) VALUES ${join(values)}
            ON CONFLICT ("runId", plugin, stream, name) DO UPDATE SET value = "RunMetric".value + EXCLUDED.value`,
      );
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
    queuedRuns: async (): Promise<string[]> => {
      const runs = await db.run.findMany({
        where: { endedAt: null, status: 'QUEUED' },
        select: { id: true },
      });
      return runs.map(({ id }) => id);
    },

    /** The lines of a run after a sequence number, oldest first. */
    logsAfter: (runId: string, sequence: number, limit: number) =>
      db.runLog.findMany({
        where: { runId, sequence: { gt: sequence } },
        orderBy: { sequence: 'asc' },
        take: limit,
      }),
  };
}
