import type { Run, RunBlock } from './generated/client.ts';
import type { EarlierRequest, KeyedRequest } from './client-request.ts';
import { tellingOf } from './notice.ts';
import { holdPlace, selectPlace, type Place, type PlaceReference } from './place.ts';
import { Statement, type Send } from './sql.ts';
import { newId } from './uuid.ts';

const runColumns = [
  ...['id', 'projectId', 'environmentId', 'jobId', 'kind', 'status', 'command', 'fullRefresh'],
  ...[
    'refreshCatalog',
    'noStateUpdate',
    'stateIdSuffix',
    'stateStrategy',
    'env',
    'timeoutSeconds',
    'lockKeys',
    'retryOfId',
    'attempt',
  ],
];

/** What is stored of a run that is asked for. */
export type NewRun = Pick<
  Run,
  | ('projectId' | 'environmentId' | 'jobId' | 'kind' | 'command' | 'fullRefresh' | 'refreshCatalog')
  | ('noStateUpdate' | 'stateIdSuffix' | 'stateStrategy' | 'timeoutSeconds' | 'lockKeys')
  | ('retryOfId' | 'attempt')
> & { env: readonly object[] };

export type NewBlock = Pick<RunBlock, 'position' | 'kind' | 'command' | 'extractor' | 'loader'>;

/**
 * Statements that take in a run, sent past Prisma: one reads all that is needed to check it, one stores it if
 * what was read still holds. Between them nothing is locked, so that no request keeps others waiting.
 */
export function submissionStatements(send: Send) {
  return {
    /**
     * Reads a place, and the earlier request with the same key.
     *
     * @param withSettings whether the plugins' settings are needed: they are by far the largest part
     */
    findPlace: async (
      place: PlaceReference,
      { clientRequestId, withSettings }: { clientRequestId: string | null; withSettings: boolean },
    ): Promise<{ place: Place | null; earlier: EarlierRequest | null }> => {
      const statement = new Statement();
      const request = statement.value(clientRequestId);
      const text = `
        SELECT (
          SELECT json_build_object('inputDigest', "inputDigest", 'answer', answer)
          FROM "ClientRequest" WHERE "clientRequestId" = ${request}::text
        ) AS earlier, (
          ${selectPlace(statement, place, withSettings)}
        ) AS place`;
      const [found] = await send(text, statement.values);
      return found as never;
    },

    /**
     * Stores a run of a place, QUEUED, with its blocks and the key of its request, and tells those who watch.
     *
     * @returns null, and nothing is stored, when the place has changed since it was read or when the key of the
     * request was used meanwhile
     */
    storeRun: async (
      place: Omit<Place, 'plugins'>,
      run: NewRun,
      blocks: readonly NewBlock[],
      request: KeyedRequest | null,
    ): Promise<Run | null> => {
      const id = newId();
      const statement = new Statement();
      const row = statement.value(JSON.stringify({ ...run, id, status: 'QUEUED' }));
      const text = `
        WITH place AS MATERIALIZED (
          ${holdPlace(statement, place)}
        ), ${request ? `request AS (${keep(statement, request, id)}),` : ''} run AS (
          INSERT INTO "Run" (${runColumns.map((column) => `"${column}"`).join(', ')})
          SELECT ${runColumns.map((column) => `r."${column}"`).join(', ')}
          FROM ${request ? 'request' : 'place'}, jsonb_populate_record(NULL::"Run", ${row}::jsonb) AS r
          RETURNING *
        ), blocks AS (
          INSERT INTO "RunBlock" (id, "runId", position, kind, command, extractor, loader)
          SELECT block.id, run.id, position, block.kind, block.command, extractor, loader
          FROM run, json_to_recordset(${statement.value(JSON.stringify(blocks.map(withId)))}::json) AS block (
            id uuid, position int, kind "RunBlockKind", command text, extractor text, loader text
          )
        )
        SELECT run.* FROM ${tellingOf('run')}`;
      const [stored] = await send(text, statement.values);
      return (stored as Run | undefined) ?? null;
    },
  };
}

// A transaction that is using the key now is waited for.
function keep(statement: Statement, request: KeyedRequest, runId: string): string {
  const { clientRequestId, mutation, inputDigest } = request;
  const values = [
    ...[clientRequestId, mutation, inputDigest].map((value) => `${statement.value(value)}::text`),
    `to_jsonb(${statement.value(runId)}::text)`,
    `${statement.value(new Date().toISOString())}::timestamptz`,
  ];
  return `INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
    SELECT ${values.join(', ')} FROM place ON CONFLICT DO NOTHING RETURNING 1`;
}

function withId(block: NewBlock): NewBlock & { id: string } {
  return { ...block, id: newId() };
}
