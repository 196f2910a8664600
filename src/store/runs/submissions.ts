import type { Run, RunBlock, RunPriority } from '../generated/client.ts';
import { withNotification } from '../database/notify.ts';
import type { EarlierRequest, KeyedRequest } from '../rules/request-keys.ts';
import {
  lockRunContext,
  selectRunContext,
  type RunContext,
  type RunContextReference,
} from './run-context.ts';
import { Statement, type Send } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';

const runColumns = [
  'id',
  'projectId',
  'environmentId',
  'jobId',
  'scheduleId',
  'scheduledFor',
  'backfillId',
  'ownStateId',
  'transform',
  'trigger',
  'kind',
  'status',
  'command',
  'fullRefresh',
  'refreshCatalog',
  'noStateUpdate',
  'stateIdSuffix',
  'stateStrategy',
  'env',
  'timeoutSeconds',
  'expiresAfterSeconds',
  'labels',
  'priority',
  'runAt',
  'waitingForKey',
  'leaseKeys',
  'retryOfId',
  'attempt',
  'traceparent',
  'retryPolicy',
];

/** The columns of a new run. */
export type NewRun = Pick<
  Run,
  | 'projectId'
  | 'environmentId'
  | 'jobId'
  | 'scheduleId'
  | 'scheduledFor'
  | 'backfillId'
  | 'ownStateId'
  | 'transform'
  | 'trigger'
  | 'kind'
  | 'command'
  | 'fullRefresh'
  | 'refreshCatalog'
  | 'noStateUpdate'
  | 'stateIdSuffix'
  | 'stateStrategy'
  | 'timeoutSeconds'
  | 'expiresAfterSeconds'
  | 'runAt'
  | 'waitingForKey'
  | 'leaseKeys'
  | 'retryOfId'
  | 'attempt'
  | 'traceparent'
> & {
  env: readonly object[];
  retryPolicy: object | null;
  /** Null for those of its job. */
  labels: string[] | null;
  /** Null for that of its schedule or its job. */
  priority: RunPriority | null;
};

export type NewBlock = Pick<RunBlock, 'position' | 'kind' | 'command' | 'extractor' | 'loader'>;

/**
 * Statements to submit a run, sent without Prisma. One reads all that is needed to check the run; the other
 * stores it if that has not changed. No row is locked in between, so no request makes others wait.
 */
export function submissionStatements(send: Send) {
  return {
    /**
     * Reads a run context, and the earlier request with the same key.
     *
     * @param withSettings whether the plugins' settings are needed: they are by far the largest part
     */
    findContext: async (
      reference: RunContextReference,
      { clientRequestId, withSettings }: { clientRequestId: string | null; withSettings: boolean },
    ): Promise<{ context: RunContext | null; earlier: EarlierRequest | null }> => {
      const statement = new Statement();
      const request = statement.value(clientRequestId);
      const text = `
        SELECT (
          SELECT json_build_object('inputDigest', "inputDigest", 'answer', answer)
          FROM "ClientRequest" WHERE "clientRequestId" = ${request}::text
        ) AS earlier, (
          ${selectRunContext(statement, reference, withSettings)}
        ) AS context`;
      const [found] = await send(text, statement.values);
      return found as never;
    },

    /**
     * Stores a run as QUEUED with its blocks and the key of its request, and sends a notification.
     *
     * @returns null when the context has changed since it was read, or when the key was used in the meantime:
     *   then nothing is stored
     */
    store: async (
      context: Omit<RunContext, 'plugins'>,
      run: NewRun,
      blocks: readonly NewBlock[],
      request: KeyedRequest | null,
    ): Promise<Run | null> => {
      const id = newId();
      const statement = new Statement();
      const row = statement.value(JSON.stringify({ ...run, id, status: 'QUEUED' }));
      const text = `
        WITH context AS MATERIALIZED (
          ${lockRunContext(statement, context)}
        ), ${request ? `request AS (${keep(statement, request, id)}),` : ''} run AS (
          INSERT INTO "Run" (${runColumns.map((column) => `"${column}"`).join(', ')})
          SELECT ${runColumns.map((column) => `r."${column}"`).join(', ')}
          FROM ${request ? 'request' : 'context'}, jsonb_populate_record(NULL::"Run", ${row}::jsonb) AS r
          RETURNING *
        ), blocks AS (
          INSERT INTO "RunBlock" (id, "runId", position, kind, command, extractor, loader)
          SELECT block.id, run.id, position, block.kind, block.command, extractor, loader
          FROM run, json_to_recordset(${statement.value(JSON.stringify(blocks.map(withId)))}::json) AS block (
            id uuid, position int, kind "RunBlockKind", command text, extractor text, loader text
          )
        )
        SELECT run.* FROM ${withNotification('run')}`;
      const [stored] = await send(text, statement.values);
      return (stored as Run | undefined) ?? null;
    },
  };
}

// Waits for another transaction that is using the same key.
function keep(statement: Statement, request: KeyedRequest, runId: string): string {
  const { clientRequestId, mutation, inputDigest } = request;
  const values = [
    ...[clientRequestId, mutation, inputDigest].map((value) => `${statement.value(value)}::text`),
    `to_jsonb(${statement.value(runId)}::text)`,
    'statement_timestamp()',
  ];
  return `INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
    SELECT ${values.join(', ')} FROM context ON CONFLICT DO NOTHING RETURNING 1`;
}

function withId(block: NewBlock): NewBlock & { id: string } {
  return { ...block, id: newId() };
}
