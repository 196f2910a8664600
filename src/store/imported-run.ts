import type { Prisma, Run, RunBlock } from './generated/client.ts';
import { sql } from './sql.ts';
import { newId, newIdAt } from './uuid.ts';

/** A run of a Meltano system database. */
export type ImportedRun = Pick<
  Run,
  | ('projectId' | 'environmentId' | 'jobId' | 'meltanoRunId' | 'status' | 'command' | 'stateIdSuffix')
  | ('startedAt' | 'endedAt' | 'heartbeatAt' | 'errorMessage')
> & { meltanoRunId: string; startedAt: Date; blocks: readonly ImportedBlock[] };

/** One of its pairs. */
export type ImportedBlock = Pick<
  RunBlock,
  | ('position' | 'command' | 'extractor' | 'loader' | 'stateId' | 'status' | 'errorMessage')
  | ('startedAt' | 'endedAt' | 'durationSeconds')
>;

/** Runs that one statement inserts. */
const batchSize = 5000;

/** Statements on runs that come from elsewhere. */
export function importedRunStatements(db: Prisma.TransactionClient) {
  return {
    /** Those of Meltano's ids of runs that were imported into a project before. */
    knownImports: async (projectId: string, meltanoRunIds: readonly string[]): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT "meltanoRunId" AS id FROM "Run"
            WHERE "projectId" = ${projectId}::uuid AND "meltanoRunId" = ANY (${`{${meltanoRunIds.join()}}`}::text::uuid[])`,
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Stores those of the runs that are not there yet, a few thousand in a statement. Their ids tell when they
     * were started, so that lists by id are in the order of time.
     *
     * @returns how many were not there
     */
    insertImportedRuns: async (runs: readonly ImportedRun[], importedAt: Date): Promise<number> => {
      let inserted = 0;
      for (let from = 0; from < runs.length; from += batchSize) {
        const rows: object[] = [];
        const blocks: object[] = [];
        for (const { blocks: own, ...run } of runs.slice(from, from + batchSize)) {
          const id = newIdAt(run.startedAt);
          rows.push({ ...run, id });
          for (const block of own) blocks.push({ ...block, id: newId(), runId: id });
        }
        const [count] = await db.$queryRaw<{ runs: number }[]>(
          sql`WITH given AS MATERIALIZED (
                SELECT * FROM jsonb_populate_recordset(NULL::"Run", ${JSON.stringify(rows)}::jsonb)
              ), run AS (
                INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", "meltanoRunId", kind, status, command,
                  "stateIdSuffix", "startedAt", "endedAt", "heartbeatAt", "errorMessage", "importedAt")
                SELECT id, "projectId", "environmentId", "jobId", "meltanoRunId", 'RUN', status, command,
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
        inserted += count?.runs ?? 0;
      }
      return inserted;
    },
  };
}
