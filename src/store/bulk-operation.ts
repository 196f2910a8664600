import { selectChosen, type BulkChoice, type BulkSubject } from './bulk-choice.ts';
import type { BulkOperation, BulkVerb, Prisma } from './generated/client.ts';
import { notify } from './notifications.ts';
import { sql } from './sql.ts';
import { newId } from './uuid.ts';

/** A bulk operation that is asked for. */
export interface NewBulkOperation {
  verb: BulkVerb;
  filter: object;
  options: object;
  choice: BulkChoice;
}

/** A bulk operation that a worker has claimed. */
export type ClaimedOperation = Pick<BulkOperation, 'id' | 'verb' | 'options'>;

/** The next object of a bulk operation. */
export interface NextItem {
  position: number;
  subjectType: BulkSubject;
  subjectId: string;
}

/** What has become of an object: done, with what was made of it, or refused. */
export type ItemOutcome =
  | { status: 'SUCCEEDED'; result: { type: BulkSubject; id: string } | null }
  | { status: 'FAILED'; error: object };

/** Operations that one call of `removeBulkOperations` removes, at most. */
const removedAtATime = 10;

/** Statements on bulk operations. Every change of an operation's status also notifies those who wait for it. */
export function bulkOperationStatements(db: Prisma.TransactionClient) {
  const changed = (operationId: string): Promise<void> => notify(db, { topic: 'BULK', operationId });
  return {
    bulkOperationById: (id: string): Promise<BulkOperation | null> =>
      db.bulkOperation.findUnique({ where: { id } }),

    /**
     * Chooses the objects of a bulk operation, and stores it. One that is for none has succeeded.
     *
     * @returns its id; null, and nothing is stored, when it is for more than `limit` objects
     */
    createBulkOperation: async (
      { verb, filter, options, choice }: NewBulkOperation,
      limit: number,
    ): Promise<string | null> => {
      const id = newId();
      const now = new Date();
      const stored = await db.$executeRaw(
        sql`WITH chosen AS MATERIALIZED (
              ${selectChosen(choice, limit + 1)}
            ), total AS (
              SELECT count(*)::int AS count FROM chosen
            ), items AS (
              INSERT INTO "BulkItem" ("operationId", position, "subjectType", "subjectId", "subjectName")
              SELECT ${id}::uuid, chosen.rank, ${choice.subject}, chosen.id, chosen.name FROM chosen, total
              WHERE total.count <= ${limit}::int
            )
            INSERT INTO "BulkOperation" (id, verb, filter, options, "itemCount", status, "endedAt")
            SELECT ${id}::uuid, ${verb}::"BulkVerb", ${JSON.stringify(filter)}::jsonb,
              ${JSON.stringify(options)}::jsonb, count,
              (CASE count WHEN 0 THEN 'SUCCEEDED' ELSE 'QUEUED' END)::"BulkOperationStatus",
              CASE count WHEN 0 THEN ${now}::timestamptz END
            FROM total WHERE count <= ${limit}::int`,
      );
      if (stored === 0) return null;
      await changed(id);
      return id;
    },

    /**
     * Claims the oldest operation that is queued, or whose worker has given no sign of life since a time.
     *
     * @param own operations that the worker is carrying out itself, which are not to be claimed
     * @returns null when there is none
     */
    claimBulkOperation: async (
      workerId: string,
      silentSince: Date,
      own: readonly string[],
    ): Promise<ClaimedOperation | null> => {
      const now = new Date();
      const [operation] = await db.$queryRaw<ClaimedOperation[]>(
        sql`UPDATE "BulkOperation" SET status = 'RUNNING', "workerId" = ${workerId},
              "heartbeatAt" = ${now}::timestamptz, "startedAt" = coalesce("startedAt", ${now}::timestamptz)
            WHERE id = (
              SELECT id FROM "BulkOperation"
              WHERE (status = 'QUEUED' OR (status = 'RUNNING' AND "heartbeatAt" < ${silentSince}::timestamptz))
                AND id <> ALL (${[...own]}::text[]::uuid[])
              ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING id, verb, options`,
      );
      if (operation) await changed(operation.id);
      return operation ?? null;
    },

    /** Gives an operation back, for another worker to claim. */
    releaseBulkOperation: async (id: string, workerId: string): Promise<void> => {
      await db.bulkOperation.updateMany({
        where: { id, workerId, status: 'RUNNING' },
        data: { status: 'QUEUED', workerId: null, heartbeatAt: null },
      });
      await changed(id);
    },

    /**
     * Holds an operation until the transaction ends, so that it is neither cancelled nor claimed meanwhile, and
     * reads its next object.
     *
     * @returns null when the operation is no longer this worker's; an empty list when no object is left
     */
    nextBulkItem: async (id: string, workerId: string): Promise<NextItem[] | null> => {
      const rows = await db.$queryRaw<(NextItem | { position: null })[]>(
        sql`SELECT item.* FROM "BulkOperation" AS o LEFT JOIN LATERAL (
              SELECT i.position, i."subjectType", i."subjectId" FROM "BulkItem" AS i
              WHERE i."operationId" = o.id AND i.status = 'PENDING' ORDER BY i.position LIMIT 1
            ) AS item ON true
            WHERE o.id = ${id}::uuid AND o."workerId" = ${workerId} AND o.status = 'RUNNING' FOR UPDATE OF o`,
      );
      return rows.length === 0 ? null : rows.filter((row) => row.position !== null);
    },

    /**
     * Records what has become of an object. It is a sign of life, too.
     *
     * @returns false, and nothing is recorded, when the operation is no longer this worker's to carry out
     */
    endBulkItem: async (
      id: string,
      workerId: string,
      position: number,
      outcome: ItemOutcome,
    ): Promise<boolean> => {
      const now = new Date();
      const result = outcome.status === 'SUCCEEDED' ? outcome.result : null;
      const error = outcome.status === 'FAILED' ? JSON.stringify(outcome.error) : null;
      const recorded = await db.$executeRaw(
        sql`WITH operation AS (
              SELECT id FROM "BulkOperation"
              WHERE id = ${id}::uuid AND "workerId" = ${workerId} AND status = 'RUNNING' FOR UPDATE
            ), item AS (
              UPDATE "BulkItem" AS i SET status = ${outcome.status}::"BulkItemStatus", "endedAt" = ${now}::timestamptz,
                "resultType" = ${result?.type ?? null}, "resultId" = ${result?.id ?? null}::uuid, error = ${error}::jsonb
              FROM operation
              WHERE i."operationId" = operation.id AND i.position = ${position}::int AND i.status = 'PENDING'
              RETURNING operation.id
            )
            UPDATE "BulkOperation" AS o SET "heartbeatAt" = ${now}::timestamptz,
              "succeededCount" = "succeededCount" + ${error === null ? 1 : 0}::int,
              "failedCount" = "failedCount" + ${error === null ? 0 : 1}::int
            FROM item WHERE o.id = item.id`,
      );
      return recorded === 1;
    },

    /** RUNNING → SUCCEEDED or FAILED, for an operation of which no object is left. */
    endBulkOperation: async (id: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "BulkOperation" SET "endedAt" = ${new Date()}::timestamptz, options = '{}',
              status = (CASE "failedCount" WHEN 0 THEN 'SUCCEEDED' ELSE 'FAILED' END)::"BulkOperationStatus"
            WHERE id = ${id}::uuid AND status = 'RUNNING'`,
      );
      await changed(id);
    },

    /**
     * QUEUED or RUNNING → CANCELLED. What is being done to an object at this moment is waited for; those that are
     * left are skipped.
     *
     * @returns false when it is in neither status
     */
    cancelBulkOperation: async (id: string): Promise<boolean> => {
      const { count } = await db.bulkOperation.updateMany({
        where: { id, status: { in: ['QUEUED', 'RUNNING'] } },
        data: { status: 'CANCELLED', endedAt: new Date(), options: {} },
      });
      if (count === 0) return false;
      await db.bulkItem.updateMany({
        where: { operationId: id, status: 'PENDING' },
        data: { status: 'SKIPPED' },
      });
      await changed(id);
      return true;
    },

    /** Removes operations that ended before a time, a bounded number of them. */
    removeBulkOperations: async (before: Date): Promise<void> => {
      await db.$executeRaw(
        sql`DELETE FROM "BulkOperation" WHERE id IN (
              SELECT id FROM "BulkOperation" WHERE "endedAt" < ${before}::timestamptz
              ORDER BY "endedAt" LIMIT ${removedAtATime} FOR UPDATE SKIP LOCKED)`,
      );
    },
  };
}
