import { selectChosen, type BulkChoice, type BulkSubject } from './bulk-choice.ts';
import type { BulkOperation, BulkVerb, Prisma } from '../generated/client.ts';
import { channel, notify, type BulkNotification } from '../database/notify.ts';
import { ago, now, sql } from '../../lib/sql.ts';
import { newId } from '../../lib/uuid.ts';

/** A bulk operation to store. */
export interface NewBulkOperation {
  verb: BulkVerb;
  filter: object;
  options: object;
  choice: BulkChoice;
  /** For a backfill: how many of its runs may be unfinished at the same time. */
  maxParallel?: number;
}

/** A bulk operation that a worker has claimed. */
export type ClaimedOperation = Pick<BulkOperation, 'id' | 'verb' | 'options'>;

/** The next object to change. */
export interface NextItem {
  position: number;
  subjectType: BulkSubject;
  subjectId: string;
  /** The time that a run is made for, in a backfill. */
  dueAt: Date | null;
}

/** The outcome for an object: done, with the object that was created, or refused. */
export type ItemOutcome =
  | { status: 'SUCCEEDED'; result: { type: BulkSubject; id: string } | null }
  | { status: 'FAILED'; error: object };

/** The most operations that one call of `remove` removes. */
const removedAtATime = 10;

/** SQL: whether a backfill `o` has as many unfinished runs as it may. */
const isFull = sql`(o."maxParallel" IS NOT NULL AND (
  SELECT count(*) FROM "Run" AS r WHERE r."backfillId" = o.id AND r."endedAt" IS NULL
) >= o."maxParallel")`;

/**
 * Statements on bulk operations. Every change of an operation's status also sends a notification, and so does every object
 * that is processed.
 */
export function bulkOperationStatements(db: Prisma.TransactionClient) {
  const changed = (operationId: string): Promise<void> => notify(db, { topic: 'BULK', operationId });
  const processed = (operationId: string): string => {
    const notification: BulkNotification = { topic: 'BULK_ITEM', operationId };
    return JSON.stringify(notification);
  };
  return {
    byId: (id: string): Promise<BulkOperation | null> => db.bulkOperation.findUnique({ where: { id } }),

    /**
     * Chooses the objects of a bulk operation and stores it. An operation without objects has SUCCEEDED at
     * once.
     *
     * @returns its id; null when it would have more than `limit` objects: then nothing is stored
     */
    create: async (
      { verb, filter, options, choice, maxParallel }: NewBulkOperation,
      limit: number,
    ): Promise<string | null> => {
      const id = newId();
      const stored = await db.$executeRaw(
        sql`WITH chosen AS MATERIALIZED (
              ${selectChosen(choice, limit + 1)}
            ), total AS (
              SELECT count(*)::int AS count FROM chosen
            ), items AS (
              INSERT INTO "BulkItem" ("operationId", position, "subjectType", "subjectId", "subjectName", "dueAt")
              SELECT ${id}::uuid, chosen.rank, ${choice.subject}, chosen.id, chosen.name, chosen."dueAt" FROM chosen, total
              WHERE total.count <= ${limit}::int
            )
            INSERT INTO "BulkOperation" (id, verb, filter, options, "maxParallel", "itemCount", status, "endedAt")
            SELECT ${id}::uuid, ${verb}::"BulkVerb", ${JSON.stringify(filter)}::jsonb,
              ${JSON.stringify(options)}::jsonb, ${maxParallel ?? null}::int, count,
              (CASE count WHEN 0 THEN 'SUCCEEDED' ELSE 'QUEUED' END)::"BulkOperationStatus",
              CASE count WHEN 0 THEN ${now} END
            FROM total WHERE count <= ${limit}::int`,
      );
      if (stored === 0) return null;
      await changed(id);
      return id;
    },

    /**
     * Claims the oldest operation that is queued, or whose worker has sent no heartbeat for some milliseconds. A backfill
     * that may have no further run now is left out.
     *
     * @param own operations that this worker executes now, which it must not claim again
     * @returns null when there is none
     */
    claim: async (
      workerId: string,
      silentMs: number,
      own: readonly string[],
    ): Promise<ClaimedOperation | null> => {
      const [operation] = await db.$queryRaw<ClaimedOperation[]>(
        sql`UPDATE "BulkOperation" SET status = 'RUNNING', "workerId" = ${workerId},
              "heartbeatAt" = ${now}, "startedAt" = coalesce("startedAt", ${now})
            WHERE id = (
              SELECT o.id FROM "BulkOperation" AS o
              WHERE (o.status = 'QUEUED'
                  OR (o.status = 'RUNNING' AND (o."workerId" IS NULL OR o."heartbeatAt" < ${ago(silentMs)})))
                AND o.id <> ALL (${[...own]}::text[]::uuid[]) AND NOT ${isFull}
              ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING id, verb, options`,
      );
      if (operation) await changed(operation.id);
      return operation ?? null;
    },

    /** RUNNING → QUEUED, so that another worker can claim the operation. */
    release: async (id: string, workerId: string): Promise<void> => {
      await db.bulkOperation.updateMany({
        where: { id, workerId, status: 'RUNNING' },
        data: { status: 'QUEUED', workerId: null, heartbeatAt: null },
      });
      await changed(id);
    },

    /**
     * Locks an operation until the transaction ends, so that nobody cancels or claims it, and reads its next
     * object.
     *
     * @returns null when this worker does not execute the operation any more; an empty list when no object is
     *   left; FULL for a backfill that may have no further run now
     */
    nextItem: async (id: string, workerId: string): Promise<NextItem[] | 'FULL' | null> => {
      const rows = await db.$queryRaw<((NextItem | { position: null }) & { isFull: boolean })[]>(
        sql`SELECT item.*, ${isFull} AS "isFull" FROM "BulkOperation" AS o LEFT JOIN LATERAL (
              SELECT i.position, i."subjectType", i."subjectId", i."dueAt" FROM "BulkItem" AS i
              WHERE i."operationId" = o.id AND i.status = 'PENDING' ORDER BY i.position LIMIT 1
            ) AS item ON true
            WHERE o.id = ${id}::uuid AND o."workerId" = ${workerId} AND o.status = 'RUNNING' FOR UPDATE OF o`,
      );
      if (rows.length === 0) return null;
      const items = rows.filter((row) => row.position !== null);
      return items.some((item) => item.isFull) ? 'FULL' : items;
    },

    /** Leaves a RUNNING operation to whoever claims it when it may go on. */
    leave: async (id: string): Promise<void> => {
      await db.bulkOperation.update({ where: { id }, data: { workerId: null, heartbeatAt: null } });
    },

    /**
     * QUEUED or RUNNING → PAUSED. Waits for the change of an object that is being made now.
     *
     * @returns false when the operation has neither status
     */
    pause: async (id: string): Promise<boolean> => {
      const { count } = await db.bulkOperation.updateMany({
        where: { id, status: { in: ['QUEUED', 'RUNNING'] } },
        data: { status: 'PAUSED', workerId: null, heartbeatAt: null },
      });
      if (count > 0) await changed(id);
      return count > 0;
    },

    /** PAUSED → QUEUED. @returns false when the operation is not paused */
    resume: async (id: string): Promise<boolean> => {
      const { count } = await db.bulkOperation.updateMany({
        where: { id, status: 'PAUSED' },
        data: { status: 'QUEUED' },
      });
      if (count > 0) await changed(id);
      return count > 0;
    },

    /**
     * Records the outcome for an object, and a heartbeat.
     *
     * @returns false when this worker does not execute the operation any more: then nothing is recorded
     */
    endItem: async (
      id: string,
      workerId: string,
      position: number,
      outcome: ItemOutcome,
    ): Promise<boolean> => {
      const result = outcome.status === 'SUCCEEDED' ? outcome.result : null;
      const error = outcome.status === 'FAILED' ? JSON.stringify(outcome.error) : null;
      const recorded = await db.$executeRaw(
        sql`WITH operation AS (
              SELECT id FROM "BulkOperation"
              WHERE id = ${id}::uuid AND "workerId" = ${workerId} AND status = 'RUNNING' FOR UPDATE
            ), item AS (
              UPDATE "BulkItem" AS i SET status = ${outcome.status}::"BulkItemStatus", "endedAt" = ${now},
                "resultType" = ${result?.type ?? null}, "resultId" = ${result?.id ?? null}::uuid, error = ${error}::jsonb
              FROM operation
              WHERE i."operationId" = operation.id AND i.position = ${position}::int AND i.status = 'PENDING'
              RETURNING operation.id
            ), told AS MATERIALIZED (
              SELECT item.id, pg_notify(${channel}, ${processed(id)}) FROM item
            )
            UPDATE "BulkOperation" AS o SET "heartbeatAt" = ${now},
              "succeededCount" = "succeededCount" + ${error === null ? 1 : 0}::int,
              "failedCount" = "failedCount" + ${error === null ? 0 : 1}::int
            FROM told WHERE o.id = told.id`,
      );
      return recorded === 1;
    },

    /** RUNNING → SUCCEEDED or FAILED, for an operation without remaining objects. */
    end: async (id: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "BulkOperation" SET "endedAt" = ${now}, options = '{}',
              status = (CASE "failedCount" WHEN 0 THEN 'SUCCEEDED' ELSE 'FAILED' END)::"BulkOperationStatus"
            WHERE id = ${id}::uuid AND status = 'RUNNING'`,
      );
      await changed(id);
    },

    /**
     * QUEUED, RUNNING or PAUSED → CANCELLED. Waits for the change of an object that is being made now; the remaining
     * objects are skipped.
     *
     * @returns false when the operation has none of these statuses
     */
    cancel: async (id: string): Promise<boolean> => {
      const count = await db.$executeRaw(
        sql`UPDATE "BulkOperation" SET status = 'CANCELLED', "endedAt" = ${now}, options = '{}'
            WHERE id = ${id}::uuid AND status IN ('QUEUED', 'RUNNING', 'PAUSED')`,
      );
      if (count === 0) return false;
      await db.bulkItem.updateMany({
        where: { operationId: id, status: 'PENDING' },
        data: { status: 'SKIPPED' },
      });
      await changed(id);
      return true;
    },

    /** Removes operations that ended longer ago than some milliseconds, at most `removedAtATime` of them. */
    remove: async (ms: number): Promise<void> => {
      await db.$executeRaw(
        sql`DELETE FROM "BulkOperation" WHERE id IN (
              SELECT id FROM "BulkOperation" WHERE "endedAt" < ${ago(ms)}
              ORDER BY "endedAt" LIMIT ${removedAtATime} FOR UPDATE SKIP LOCKED)`,
      );
    },
  };
}
