import type { Prisma, Webhook, WebhookDelivery } from '../generated/client.ts';
import { notify } from '../database/notify.ts';
import { ago, eachValue, now, sql, type Sql } from '../../lib/sql.ts';

/** A webhook to send to. */
export type WebhookToSend = Pick<
  Webhook,
  'id' | 'lockedUrl' | 'lockedSecret' | 'formerSecret' | 'format' | 'isEnabled' | 'failureCount'
>;

/** A delivery whose request is to be made, with the payload as it was written. */
export type DeliveryToSend = Pick<WebhookDelivery, 'id' | 'event' | 'attempts'> & { payload: string };

/** What came of a request. */
export interface Attempt {
  isDelivered: boolean;
  statusCode: number | null;
  durationMs: number;
  response: string | null;
  error: string | null;
  /** When the next request is made, in milliseconds; null when none is. */
  againMs: number | null;
  /** For how long nothing is sent to the receiver, in milliseconds; null when that is as before. */
  restMs: number | null;
}

/** How a receiver has done of late. */
export interface Standing {
  /** Number of requests in a row that failed. */
  failureCount: number;
  /** For how long they have failed, in milliseconds; null when the last one did not. */
  failingMs: number | null;
}

/** How long others leave a webhook to whoever sends to it, in milliseconds. */
export const sendLeaseMs = 60_000;

/** The most deliveries that one statement gives up or removes. */
const batch = 1000;

// One step for each webhook for which anything waits, along an index, however much that is.
const waiting = sql`RECURSIVE waiting AS (
  (SELECT d."webhookId", d."nextAttemptAt" FROM "WebhookDelivery" AS d WHERE d."nextAttemptAt" IS NOT NULL
   ORDER BY d."webhookId", d."nextAttemptAt" LIMIT 1)
  UNION ALL
  SELECT next.* FROM waiting AS w CROSS JOIN LATERAL (
    SELECT d."webhookId", d."nextAttemptAt" FROM "WebhookDelivery" AS d
    WHERE d."nextAttemptAt" IS NOT NULL AND d."webhookId" > w."webhookId"
    ORDER BY d."webhookId", d."nextAttemptAt" LIMIT 1
  ) AS next
)`;

// `leasedUntil` of a webhook that nobody is sending to is when somebody last did: so others come first.
const dueAt = sql`greatest(waiting."nextAttemptAt", h."leasedUntil", h."resumesAt")`;

const columns = sql`h.id, h."lockedUrl", h."lockedSecret", h.format::text AS format, h."isEnabled", h."failureCount",
  CASE WHEN h."formerSecretEndsAt" > ${now} THEN h."formerSecret" END AS "formerSecret"`;

/** Statements on what webhooks are told. */
export function deliveryStatements(db: Prisma.TransactionClient) {
  return {
    byId: (id: string): Promise<WebhookDelivery | null> => db.webhookDelivery.findUnique({ where: { id } }),

    /** Adds one that others send only after some milliseconds. */
    create: async (
      { id, webhookId, payload }: { id: string; webhookId: string; payload: string },
      inMs: number,
    ): Promise<void> => {
      await db.$executeRaw(
        sql`INSERT INTO "WebhookDelivery" (id, "webhookId", event, payload, "nextAttemptAt")
            VALUES (${id}::uuid, ${webhookId}::uuid, 'TEST', ${payload}::json, ${ago(-inMs)})`,
      );
    },

    /** Has one sent soon, whatever came of it before. */
    sendAgain: async (id: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "WebhookDelivery" SET status = 'PENDING', "nextAttemptAt" = ${now}, "endedAt" = NULL
            WHERE id = ${id}::uuid`,
      );
      await notify(db, { topic: 'WEBHOOK' });
    },

    /** Takes the next webhook for which something is due. @param leaseId names this turn */
    claim: async (leaseId: string): Promise<WebhookToSend | null> => {
      const [webhook] = await db.$queryRaw<WebhookToSend[]>(
        sql`WITH ${waiting}
            UPDATE "Webhook" AS h SET "leaseId" = ${leaseId}::uuid, "leasedUntil" = ${ago(-sendLeaseMs)}
            WHERE h.id = (
              SELECT h.id FROM waiting JOIN "Webhook" AS h ON h.id = waiting."webhookId"
              WHERE ${dueAt} <= ${now} ORDER BY ${dueAt} LIMIT 1 FOR UPDATE OF h SKIP LOCKED
            ) RETURNING ${columns}`,
      );
      return webhook ?? null;
    },

    /** The deliveries of a webhook that are due, the one that waits longest first. */
    due: (webhookId: string, limit: number): Promise<DeliveryToSend[]> =>
      db.$queryRaw<DeliveryToSend[]>(
        sql`SELECT id, event::text AS event, attempts, payload::text AS payload FROM "WebhookDelivery"
            WHERE "webhookId" = ${webhookId}::uuid AND "nextAttemptAt" <= ${now}
            ORDER BY "nextAttemptAt" LIMIT ${limit}`,
      ),

    /** Takes the only attempt of a test, before others do. @returns null when it is not there any more */
    takeTest: async (id: string): Promise<(WebhookToSend & { delivery: DeliveryToSend }) | null> => {
      const [found] = await db.$queryRaw<(WebhookToSend & Omit<DeliveryToSend, 'id'>)[]>(
        sql`UPDATE "WebhookDelivery" AS d SET "nextAttemptAt" = ${ago(-sendLeaseMs)}, attempts = 1 FROM "Webhook" AS h
            WHERE d.id = ${id}::uuid AND h.id = d."webhookId" AND d.status = 'PENDING' AND d.attempts = 0
            RETURNING ${columns}, d.event::text AS event, d.payload::text AS payload`,
      );
      if (!found) return null;
      const { event, payload, ...webhook } = found;
      return { ...webhook, delivery: { id, event, payload, attempts: 0 } };
    },

    /** Records what came of a test. */
    settleTest: async (id: string, attempt: Attempt): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "WebhookDelivery" AS d SET ${outcome({ ...attempt, againMs: null }, sql`1`)}
            WHERE d.id = ${id}::uuid AND d.status = 'PENDING'`,
      );
    },

    /**
     * Records what came of a request, if the webhook is still left to this turn.
     *
     * @returns how the receiver is doing; null when the webhook was left to others, or deleted
     */
    settle: async (
      leaseId: string,
      { id, webhookId }: { id: string; webhookId: string },
      attempt: Attempt,
    ): Promise<Standing | null> => {
      const { isDelivered, restMs } = attempt;
      const [standing] = await db.$queryRaw<Standing[]>(
        sql`WITH own AS (
              UPDATE "Webhook" AS h SET
                "failureCount" = CASE WHEN ${isDelivered} THEN 0 ELSE h."failureCount" + 1 END,
                "failingSince" = CASE WHEN ${isDelivered} THEN NULL ELSE coalesce(h."failingSince", ${now}) END,
                "resumesAt" = CASE WHEN ${restMs}::float8 IS NULL THEN h."resumesAt" ELSE ${ago(-(restMs ?? 0))} END
              WHERE h.id = ${webhookId}::uuid AND h."leaseId" = ${leaseId}::uuid
              RETURNING h."failureCount", h."failingSince"
            )
            UPDATE "WebhookDelivery" AS d SET ${outcome(attempt, sql`d.attempts + 1`)}
            FROM own WHERE d.id = ${id}::uuid
            RETURNING own."failureCount",
              (extract(epoch FROM ${now} - own."failingSince") * 1000)::float8 AS "failingMs"`,
      );
      return standing ?? null;
    },

    /** Disables a webhook. */
    disable: async (webhookId: string, reason: 'GONE' | 'FAILING'): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "Webhook" SET "isEnabled" = false, "disableReason" = ${reason}::text::"WebhookDisableReason",
              "disabledAt" = ${now}, "resumesAt" = NULL
            WHERE id = ${webhookId}::uuid AND "isEnabled"`,
      );
    },

    /** Gives up some of what waits for a webhook that is disabled. */
    giveUp: async (webhookId: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "WebhookDelivery" SET status = 'FAILED', "nextAttemptAt" = NULL, "endedAt" = ${now},
              error = coalesce(error || ' ', '') || 'The webhook was disabled.'
            WHERE id = ANY (ARRAY(
              SELECT d.id FROM "WebhookDelivery" AS d
              WHERE d."webhookId" = ${webhookId}::uuid AND d."nextAttemptAt" IS NOT NULL LIMIT ${batch}))`,
      );
    },

    /** Leaves a webhook to whoever takes it next. */
    release: async (webhookId: string, leaseId: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "Webhook" SET "leaseId" = NULL, "leasedUntil" = ${now}
            WHERE id = ${webhookId}::uuid AND "leaseId" = ${leaseId}::uuid`,
      );
    },

    /** Leaves all webhooks to whoever takes them next. For the start of the only process on a database. */
    releaseAll: async (): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "Webhook" SET "leaseId" = NULL, "leasedUntil" = ${now} WHERE "leaseId" IS NOT NULL`,
      );
    },

    /** In how many milliseconds something is due; null when nothing waits. */
    nextIn: async (): Promise<number | null> => {
      const [next] = await db.$queryRaw<{ ms: number | null }[]>(
        sql`WITH ${waiting}
            SELECT (extract(epoch FROM min(${dueAt}) - ${now}) * 1000)::float8 AS ms
            FROM waiting JOIN "Webhook" AS h ON h.id = waiting."webhookId"`,
      );
      return next?.ms ?? null;
    },

    /** Removes some that ended long ago, or whose webhook was deleted. @returns whether there may be more */
    forget: async (days: number): Promise<boolean> => {
      const old = await db.$executeRaw(
        sql`DELETE FROM "WebhookDelivery" WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM "WebhookDelivery" WHERE "endedAt" < ${ago(days * 24 * 3600 * 1000)}
              ORDER BY "endedAt" LIMIT ${batch}))`,
      );
      const orphans = await db.$executeRaw(
        sql`WITH RECURSIVE ${eachValue('owner', { table: 'WebhookDelivery', columns: ['webhookId'] })}
            DELETE FROM "WebhookDelivery" WHERE ctid = ANY (ARRAY(
              SELECT gone.ctid FROM owner AS o CROSS JOIN LATERAL (
                SELECT d.ctid FROM "WebhookDelivery" AS d WHERE d."webhookId" = o."webhookId" LIMIT ${batch}
              ) AS gone
              WHERE NOT EXISTS (SELECT FROM "Webhook" AS h WHERE h.id = o."webhookId") LIMIT ${batch}))`,
      );
      return old === batch || orphans === batch;
    },
  };
}

/** The columns of a delivery after a request. @param attempts SQL of how many were made */
function outcome({ isDelivered, againMs, ...attempt }: Attempt, attempts: Sql): Sql {
  const isOver = isDelivered || againMs === null;
  const status = isDelivered ? 'DELIVERED' : isOver ? 'FAILED' : 'PENDING';
  return sql`status = ${status}::text::"WebhookDeliveryStatus", attempts = ${attempts}, "lastAttemptAt" = ${now},
    "nextAttemptAt" = ${isOver ? sql`NULL` : ago(-againMs)}, "endedAt" = ${isOver ? now : sql`NULL`},
    "statusCode" = ${attempt.statusCode}::int, "durationMs" = ${attempt.durationMs}::int,
    response = ${attempt.response}, error = ${attempt.error}`;
}
