import type { Prisma } from './generated/client.ts';
import { sql } from './sql.ts';

/** A request to which its client has given a key, so that it can be repeated. */
export interface KeyedRequest {
  clientRequestId: string;
  mutation: string;
  /** Tells one input from another. */
  inputDigest: string;
}

/** A request that was carried out before, and what it was answered with. */
export interface EarlierRequest {
  inputDigest: string;
  answer: unknown;
}

/** Statements on mutations that carry a `clientRequestId`. */
export function clientRequestStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Takes a key for the time of the transaction, for `answerClientRequest`. A transaction that has taken it is
     * waited for.
     *
     * @returns the request that was carried out with the key before; null when there is none, and it is taken
     */
    async takeClientRequest(request: KeyedRequest): Promise<EarlierRequest | null> {
      const { clientRequestId, mutation, inputDigest } = request;
      const taken = await db.$executeRaw(
        sql`INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
            VALUES (${clientRequestId}, ${mutation}, ${inputDigest}, 'null', ${new Date()}) ON CONFLICT DO NOTHING`,
      );
      if (taken === 1) return null;
      const earlier = await db.clientRequest.findUnique({ where: { clientRequestId } });
      // It may have been forgotten in between.
      return earlier ?? this.takeClientRequest(request);
    },
    answerClientRequest: async (clientRequestId: string, answer: unknown): Promise<void> => {
      await db.clientRequest.update({
        where: { clientRequestId },
        data: { answer: answer as Prisma.InputJsonValue },
      });
    },
    /** Forgets requests that were accepted before a time. */
    forgetClientRequests: async (before: Date): Promise<void> => {
      await db.clientRequest.deleteMany({ where: { createdAt: { lt: before } } });
    },
  };
}
