import { isDuplicate } from './duplicate.ts';
import { tellingOf } from './notice.ts';
import type { RunToExecute } from './run.ts';
import type { Send } from './sql.ts';

/** How a run is claimed in the usual case, sent past Prisma. */
export function claimStatements(send: Send) {
  return {
    /**
     * QUEUED → RUNNING with all of its locks, if it still is queued and nobody holds any of them; all in one
     * statement, hence all or nothing.
     *
     * @returns null when it is not to be executed now, for whatever reason; `claimRun` and `takeLocks` find out
     */
    async claimFreeRun(id: string, workerId: string): Promise<RunToExecute | null> {
      try {
        const [row] = await send(claim, [id, workerId, new Date().toISOString()]);
        return (row as RunToExecute | undefined) ?? null;
      } catch (error) {
        // Another one took a lock between our look and our insertion.
        if (isDuplicate(error)) return null;
        throw error;
      }
    },
  };
}

// The states that the run starts from are not read here: who has just let go of a lock, while this statement
// waited for it, may have written them after the moment whose rows a statement sees.
const claim = `
  WITH claimed AS (
    UPDATE "Run" AS r SET status = 'RUNNING', "workerId" = $2, "startedAt" = $3::timestamptz,
      "heartbeatAt" = $3::timestamptz, "waitingForRunId" = NULL, "waitingForKey" = NULL
    WHERE r.id = $1::uuid AND r.status = 'QUEUED' AND NOT EXISTS (
      SELECT FROM "RunLock" AS l WHERE l."projectId" = r."projectId" AND l.key = ANY (r."lockKeys")
    )
    RETURNING r.*
  ), locks AS (
    INSERT INTO "RunLock" ("projectId", key, "runId")
    SELECT DISTINCT c."projectId", key, c.id FROM claimed AS c, unnest(c."lockKeys") AS key
    -- Always in the same order, so that two takers of the same keys cannot wait for each other.
    ORDER BY key
  )
  SELECT claimed.*,
    (SELECT json_build_object('directory', directory, 'manifestMode', "manifestMode") FROM "Project" WHERE id = claimed."projectId") AS project,
    (SELECT json_build_object('name', name) FROM "Environment" WHERE id = claimed."environmentId") AS environment,
    (SELECT coalesce(json_agg(b ORDER BY position), '[]') FROM "RunBlock" AS b WHERE b."runId" = claimed.id) AS blocks
  FROM ${tellingOf('claimed')}`;
