import type { Prisma, Run } from '../generated/client.ts';
import { withNotification } from '../database/notify.ts';
import { ago, raw, sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';

/** The columns that a further attempt has from the run that it repeats. Its place in a backfill stays with the first. */
const kept = [
  ...['projectId', 'environmentId', 'jobId', 'scheduleId', 'scheduledFor', 'kind', 'command', 'args'],
  ...['fullRefresh', 'refreshCatalog', 'noStateUpdate', 'stateIdSuffix', 'ownStateId', 'transform'],
  ...[
    'stateStrategy',
    'timeoutSeconds',
    'expiresAfterSeconds',
    'labels',
    'priority',
    'leaseKeys',
    'retryPolicy',
    'lastAttempt',
    'traceparent',
    'commit',
  ],
];
const columns = (of = ''): string => kept.map((column) => `${of}"${column}"`).join(', ');

/** Statements on further attempts of runs. */
export function retryStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Makes the next attempt of a run, QUEUED, in the transaction that records the end of the run. So there is one,
     * whoever records the end.
     *
     * @param env its variables, with the values of secrets
     * @param delayMs how long it waits, in milliseconds
     * @returns its id; null when the job, the environment or the project was deleted
     */
    make: async (run: Pick<Run, 'id'>, env: Prisma.JsonValue, delayMs: number): Promise<string | null> => {
      const blocks = await db.runBlock.findMany({
        where: { runId: run.id },
        select: { position: true, kind: true, command: true, extractor: true, loader: true },
        orderBy: { position: 'asc' },
      });
      const at = delayMs > 0 ? ago(-delayMs) : sql`NULL::timestamptz`;
      const [made] = await db.$queryRaw<{ id: string }[]>(
        sql`WITH retry AS (
              INSERT INTO "Run" (id, status, trigger, "retryOfId", attempt, env, "runAt", "waitingForKey", ${raw(columns())})
              SELECT ${newId()}::uuid, 'QUEUED', 'RETRY', r.id, r.attempt + 1, ${JSON.stringify(env)}::jsonb, ${at},
                CASE WHEN ${delayMs > 0} THEN 'time' END, ${raw(columns('r.'))}
              FROM "Run" AS r JOIN "Project" AS p ON p.id = r."projectId"
                LEFT JOIN "Environment" AS e ON e.id = r."environmentId" LEFT JOIN "Job" AS j ON j.id = r."jobId"
              WHERE r.id = ${run.id}::uuid AND p."deletedAt" IS NULL AND e."deletedAt" IS NULL AND j."deletedAt" IS NULL
              RETURNING *
            )
            SELECT retry.id FROM ${raw(withNotification('retry'))}`,
      );
      if (!made) return null;
      await db.runBlock.createMany({
        data: blocks.map((block) => ({ ...block, id: newId(), runId: made.id })),
      });
      return made.id;
    },
  };
}
