import type { ClientRequest, Prisma } from './generated/client.ts';

/** Statements on mutations that carry a `clientRequestId`. */
export function clientRequestStatements(db: Prisma.TransactionClient) {
  return {
    clientRequest: (clientRequestId: string): Promise<ClientRequest | null> =>
      db.clientRequest.findUnique({ where: { clientRequestId } }),
    /** @returns false when the key was used before; waits for a transaction that is using it now */
    recordClientRequest: async (request: Omit<ClientRequest, 'createdAt'>): Promise<boolean> => {
      const { count } = await db.clientRequest.createMany({
        data: { ...request, createdAt: new Date() },
        skipDuplicates: true,
      });
      return count === 1;
    },
    /** Forgets requests that were accepted before a time. */
    forgetClientRequests: async (before: Date): Promise<void> => {
      await db.clientRequest.deleteMany({ where: { createdAt: { lt: before } } });
    },
  };
}
