import type { Prisma } from './generated/client.ts';

/** Statements on mutations that carry a `clientRequestId`. */
export function clientRequestStatements(db: Prisma.TransactionClient) {
  return {
    /** Forgets requests that were accepted before a time. */
    forgetClientRequests: async (before: Date): Promise<void> => {
      await db.clientRequest.deleteMany({ where: { createdAt: { lt: before } } });
    },
  };
}
