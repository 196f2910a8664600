import { isDuplicate } from '../database/duplicate.ts';
import { withNotification } from '../database/notify.ts';
import type { RunToExecute } from '../runs/runs.ts';
import type { Send } from '../../lib/sql.ts';

/** The statement that claims a run when all its leases are free, sent without Prisma. */
export function claimStatements(send: Send) {
  return {
    /**
     * QUEUED → RUNNING with all leases of the run, if it is still queued and all of them are free. One
     * statement, so all or nothing.
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
  };
}

// This statement does not read the states that the run starts with. It may wait for another run's lease to be
// released, and would then not see the states that the other run has just written.
const claim = `
  WITH claimed AS (
    UPDATE "Run" AS r SET status = 'RUNNING', "workerId" = $2, "startedAt" = statement_timestamp(),
      "heartbeatAt" = statement_timestamp(), "waitingForRunId" = NULL, "waitingForKey" = NULL
    WHERE r.id = $1::uuid AND r.status = 'QUEUED' AND NOT EXISTS (
      SELECT FROM "RunLease" AS l WHERE l."projectId" = r."projectId" AND l.key = ANY (r."leaseKeys")
    )
    RETURNING r.*
  ), leases AS (
    INSERT INTO "RunLease" ("projectId", key, "runId")
    SELECT DISTINCT c."projectId", key, c.id FROM claimed AS c, unnest(c."leaseKeys") AS key
    -- Always in the same order, so that two transactions cannot deadlock.
    ORDER BY key
  )
  SELECT claimed.*,
    (SELECT json_build_object('directory', directory, 'manifestMode', "manifestMode") FROM "Project" WHERE id = claimed."projectId") AS project,
    (SELECT json_build_object('name', name) FROM "Environment" WHERE id = claimed."environmentId") AS environment,
    (SELECT coalesce(json_agg(b ORDER BY position), '[]') FROM "RunBlock" AS b WHERE b."runId" = claimed.id) AS blocks
  FROM ${withNotification('claimed')}`;
