import type { Prisma, Run, RunBlock } from '../generated/client.ts';
import { sql } from '../../lib/sql.ts';
import { newId, newIdAt } from '../../lib/uuid.ts';

/** A run of a Meltano system database. */
export type ImportedRun = Pick<
  Run,
  | 'projectId'
  | 'environmentId'
  | 'jobId'
  | 'meltanoRunId'
  | 'status'
  | 'command'
  | 'stateIdSuffix'
  | 'startedAt'
  | 'endedAt'
  | 'heartbeatAt'
  | 'errorMessage'
> & { meltanoRunId: string; startedAt: Date; blocks: readonly ImportedBlock[] };

/** A block of an imported run: one extract-load pair. */
export type ImportedBlock = Pick<
  RunBlock,
  | 'position'
  | 'command'
  | 'extractor'
  | 'loader'
  | 'stateId'
  | 'status'
  | 'errorMessage'
  | 'startedAt'
  | 'endedAt'
  | 'durationSeconds'
>;

/** Statements on runs that were imported from a system database. */
export function importedRunStatements(db: Prisma.TransactionClient) {
  return {
    /** Which of Meltano's run ids a project has already imported. */
    known: async (projectId: string, meltanoRunIds: readonly string[]): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT "meltanoRunId" AS id FROM "Run"
            WHERE "projectId" = ${projectId}::uuid AND "meltanoRunId" = ANY (${`{${meltanoRunIds.join()}}`}::text::uuid[])`,
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Stores the runs that were not imported before, at most some thousands. Their ids contain the start time, so
     * lists by id are sorted by time.
     *
     * @returns how many were stored
     */
    insert: async (runs: readonly ImportedRun[], importedAt: Date): Promise<number> => {
      const rows: object[] = [];
      const blocks: object[] = [];
      for (const { blocks: own, ...run } of runs) {
        const id = newIdAt(run.startedAt);
        rows.push({ ...run, id });
        for (const block of own) blocks.push({ ...block, id: newId(), runId: id });
      }
      const [count] = await db.$queryRaw<{ runs: number }[]>(
        sql`WITH given AS MATERIALIZED (
                SELECT * FROM jsonb_populate_recordset(NULL::"Run", ${JSON.stringify(rows)}::jsonb)
              ), run AS (
                INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", "meltanoRunId", trigger, kind, status, command,
                  "stateIdSuffix", "startedAt", "endedAt", "heartbeatAt", "errorMessage", "importedAt")
                SELECT id, "projectId", "environmentId", "jobId", "meltanoRunId", 'IMPORT', 'RUN', status, command,
                  "stateIdSuffix", "startedAt", "endedAt", "heartbeatAt", "errorMessage", ${importedAt}::timestamptz
                FROM given
                ON CONFLICT ("projectId", "meltanoRunId") WHERE "meltanoRunId" IS NOT NULL DO NOTHING
                RETURNING id
              ), block AS (
                INSERT INTO "RunBlock" (id, "runId", position, kind, command, extractor, loader, "stateId", status,
                  "errorMessage", "startedAt", "endedAt", "durationSeconds")
                SELECT b.id, run.id, b.position, 'EXTRACT_LOAD', b.command, b.extractor, b.loader, b."stateId", b.status,
                  b."errorMessage", b."startedAt", b."endedAt", b."durationSeconds"
                FROM jsonb_populate_recordset(NULL::"RunBlock", ${JSON.stringify(blocks)}::jsonb) AS b
                  JOIN run ON run.id = b."runId"
              )
              SELECT count(*)::int AS runs FROM run`,
      );
      return count?.runs ?? 0;
    },
  };
}
