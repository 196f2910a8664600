import type { RunStatus } from '../generated/client.ts';
import { idList, type Send } from '../../lib/sql.ts';
import { activeStatuses, statusIn } from '../runs/run-status.ts';
import type { WorkerOrders } from '../workers/workers.ts';

/** A run that its worker reports as alive. */
export interface ReportedRun {
  id: string;
  /** Null when there is none yet. */
  processId: number | null;
}

/** What the store knows of a run that was reported. */
export interface KnownRun {
  id: string;
  /** Null when this worker does not execute the run any more. */
  status: RunStatus | null;
  /** How long ago the run was last reported as alive, in milliseconds; null when it never was. */
  silentMs: number | null;
}

/** The answer to a report. */
export interface BeatAnswer {
  /** What the worker is to do; null when its row is gone. */
  orders: WorkerOrders | null;
  runs: KnownRun[];
}

/** The statement by which a worker reports that it is alive, sent without Prisma. */
export function beatStatements(send: Send) {
  return {
    /**
     * Reports that a worker and runs of it are alive. It waits for nobody: a row that another transaction has locked is
     * left out, so that one run cannot keep the leases of the others from being renewed. Who writes lines or a state of a
     * run renews its lease, too, and `silentMs` tells when that was.
     */
    report: async (
      worker: { id: string; name: string },
      runs: readonly ReportedRun[],
    ): Promise<BeatAnswer> => {
      const ids = idList(runs.map(({ id }) => id));
      const processIds = `{${runs.map(({ processId }) => processId ?? 'NULL').join()}}`;
      const [row = {}] = await send(report, [worker.id, worker.name, ids, processIds]);
      const { isThere, drainingAt, isStopping } = row as WorkerOrders & { isThere: boolean };
      return { orders: isThere ? { drainingAt, isStopping } : null, runs: row.runs as KnownRun[] };
    },
  };
}

const isOurs = `r."workerId" = $2 AND ${statusIn('r.status', activeStatuses)}`;

const report = `
  WITH given AS MATERIALIZED (
    SELECT * FROM unnest($3::text::uuid[], $4::text::int[]) AS given (id, "processId")
  ), free AS MATERIALIZED (
    SELECT r.id, given."processId" FROM given JOIN "Run" AS r ON r.id = given.id
    WHERE ${isOurs} FOR NO KEY UPDATE OF r SKIP LOCKED
  ), renewed AS (
    UPDATE "Run" AS r SET "heartbeatAt" = statement_timestamp(), "processId" = coalesce(free."processId", r."processId")
    FROM free WHERE r.id = free.id RETURNING r.id
  ), worker AS MATERIALIZED (
    SELECT id FROM "Worker" WHERE id = $1::uuid FOR NO KEY UPDATE SKIP LOCKED
  ), alive AS (
    UPDATE "Worker" AS w SET "heartbeatAt" = statement_timestamp() FROM worker WHERE w.id = worker.id
  )
  SELECT w.id IS NOT NULL AS "isThere", w."drainingAt", w."isStopping", (
    SELECT coalesce(json_agg(json_build_object(
      'id', given.id,
      'status', CASE WHEN ${isOurs} THEN r.status END,
      'silentMs', CASE WHEN renewed.id IS NULL THEN 1000 * extract(epoch FROM statement_timestamp() - r."heartbeatAt") ELSE 0 END
    )), '[]')
    FROM given LEFT JOIN "Run" AS r ON r.id = given.id LEFT JOIN renewed ON renewed.id = given.id
  ) AS runs
  FROM (VALUES (1)) AS one LEFT JOIN "Worker" AS w ON w.id = $1::uuid`;
