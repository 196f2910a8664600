import type { Prisma } from '../generated/client.ts';
import { ago, now, sql } from '../../lib/sql.ts';

/** A request that its client can repeat, because it has a key. */
export interface KeyedRequest {
  clientRequestId: string;
  mutation: string;
  /** The digest of the input. Another input has another digest. */
  inputDigest: string;
}

/** A request that was done before, and its answer. */
export interface EarlierRequest {
  inputDigest: string;
  answer: unknown;
}

/** Statements on mutations that carry a `clientRequestId`. */
export function requestKeyStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Reserves a key in this transaction, for `tx.requestKeys.answer`. If another transaction has reserved
     * it, waits until that one ends.
     *
     * @returns the earlier request with the key; null when there was none and the key is now reserved
     */
    async take(request: KeyedRequest): Promise<EarlierRequest | null> {
      const { clientRequestId, mutation, inputDigest } = request;
      const taken = await db.$executeRaw(
        sql`INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
            VALUES (${clientRequestId}, ${mutation}, ${inputDigest}, 'null', ${now}) ON CONFLICT DO NOTHING`,
      );
      if (taken === 1) return null;
      const earlier = await db.clientRequest.findUnique({ where: { clientRequestId } });
      // The earlier request may have been removed in the meantime.
      return earlier ?? this.take(request);
    },
    answer: async (clientRequestId: string, answer: unknown): Promise<void> => {
      await db.clientRequest.update({
        where: { clientRequestId },
        data: { answer: answer as Prisma.InputJsonValue },
      });
    },
    /** Removes requests that were made longer ago than some milliseconds. */
    forget: async (ms: number): Promise<void> => {
      await db.$executeRaw(sql`DELETE FROM "ClientRequest" WHERE "createdAt" < ${ago(ms)}`);
    },
  };
}
