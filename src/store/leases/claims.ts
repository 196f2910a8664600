import { isDuplicate } from '../database/duplicate.ts';
import { channel, withNotification, type QueueNotification } from '../database/notify.ts';
import { limitKeys } from './limits.ts';
import { inTurn } from './ready-runs.ts';
import type { RunToExecute } from '../runs/runs.ts';
import { canExecute, filesFit, isAlive } from '../workers/serves.ts';
import type { Send } from '../../lib/sql.ts';

/** What keeps a run from being claimed by a worker. */
export interface ClaimView {
  projectId: string;
  isQueued: boolean;
  /** Whether the worker can execute it. */
  isServed: boolean;
  /** Whether another worker, which is alive, can. */
  isServedElsewhere: boolean;
}

/** The statements by which a worker finds runs and claims them, sent without Prisma. */
export function claimStatements(send: Send) {
  return {
    /**
     * QUEUED → RUNNING with all leases of the run, if it is still queued, the worker can execute it, all of them are
     * free, and there is no limit for it. One statement, so all or nothing.
     *
     * @returns null when it cannot run now; `worker/claim-run.ts` then finds out why
     */
    async claimFree(id: string, workerId: string): Promise<RunToExecute | null> {
      try {
        const [row] = await send(claim, [id, workerId]);
        return (row as RunToExecute | undefined) ?? null;
      } catch (error) {
        // Another run took a lease after the statement had looked.
        if (isDuplicate(error)) return null;
        throw error;
      }
    },

    /** Why a worker could not claim a run, leases aside. Null when there is no such run. */
    view: async (id: string, workerId: string): Promise<ClaimView | null> => {
      const [row] = await send(view, [id, workerId]);
      return (row as ClaimView | undefined) ?? null;
    },

    /** Ids of the queued runs that wait for no other run and that a worker can execute, those first whose turn it is. */
    ready: async (workerId: string, limit: number): Promise<string[]> => {
      const rows = await send(ready, [workerId, limit]);
      return rows.map(({ id }) => id as string);
    },

    /** Lets all workers look for runs that they can execute. */
    call: async (): Promise<void> => {
      await send('SELECT pg_notify($1, $2)', [
        channel,
        JSON.stringify({ topic: 'QUEUE' } satisfies QueueNotification),
      ]);
    },
  };
}

// This statement does not read the states that the run starts with. It may wait for another run's lease to be
// released, and would then not see the states that the other run has just written.
const claim = `
  WITH claimed AS (
    UPDATE "Run" AS r SET status = 'RUNNING', "workerId" = $2, "startedAt" = statement_timestamp(),
      "heartbeatAt" = statement_timestamp(), "waitingForRunId" = NULL, "waitingForKey" = NULL
    FROM "Worker" AS w
    WHERE w.name = $2 AND r.id = $1::uuid AND r.status = 'QUEUED' AND ${canExecute('w', 'r')} AND NOT EXISTS (
      SELECT FROM "RunLease" AS l WHERE l."projectId" = r."projectId" AND l.key = ANY (r."leaseKeys")
    ) AND NOT EXISTS (
      -- To count is safe only when the limits are locked.
      SELECT FROM "RunLimit" AS l WHERE l.key = ANY (${limitKeys('r')})
    )
    RETURNING r.*
  ), leases AS (
    INSERT INTO "RunLease" ("projectId", key, "runId")
    SELECT DISTINCT c."projectId", key, c.id FROM claimed AS c, unnest(c."leaseKeys") AS key
    -- Always in the same order, so that two transactions cannot deadlock.
    ORDER BY key
  )
  SELECT claimed.*,
    (SELECT json_build_object('directory', directory, 'manifestMode', "manifestMode", 'filesDigest', "filesDigest") FROM "Project" WHERE id = claimed."projectId") AS project,
    (SELECT json_build_object('name', name) FROM "Environment" WHERE id = claimed."environmentId") AS environment,
    (SELECT coalesce(json_agg(b ORDER BY position), '[]') FROM "RunBlock" AS b WHERE b."runId" = claimed.id) AS blocks
  FROM ${withNotification('claimed')}`;

const view = `
  SELECT r."projectId", r.status = 'QUEUED' AS "isQueued",
    EXISTS (SELECT FROM "Worker" AS w WHERE w.name = $2 AND ${canExecute('w', 'r')}) AS "isServed",
    EXISTS (SELECT FROM "Worker" AS w WHERE w.name <> $2 AND ${isAlive('w')} AND ${canExecute('w', 'r')}) AS "isServedElsewhere"
  FROM "Run" AS r WHERE r.id = $1::uuid`;

const ready = `
  WITH RECURSIVE worker AS MATERIALIZED (
    SELECT w.id, w.host, w.labels FROM "Worker" AS w WHERE w.name = $1 AND w."drainingAt" IS NULL
  ), served AS MATERIALIZED (
    SELECT wp."projectId" FROM worker AS w JOIN "WorkerProject" AS wp ON wp."workerId" = w.id
      JOIN "Project" AS p ON p.id = wp."projectId" AND ${filesFit('w', 'wp', 'p')}
  ), ${inTurn({ fits: (line) => `${line}.labels <@ (SELECT labels FROM worker)`, limit: '$2::int' })}
  SELECT id FROM turn ORDER BY place`;
