import type { Prisma } from './generated/client.ts';
import { join, sql } from './sql.ts';

/** Who holds a key. `runId` is null for a mutation that is under way. */
export interface Holder {
  key: string;
  runId: string | null;
}

/** Statements on the keys that runs hold. */
export function lockStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Takes all of the keys or none.
     *
     * @returns null when taken, or who is in the way. That row stays locked until the transaction
     * ends, so the holder cannot let go of it unnoticed.
     */
    async takeLocks(
      projectId: string,
      keys: readonly string[],
      runId: string | null,
    ): Promise<Holder | null> {
      // Always in the same order, so that two takers of the same keys cannot wait for each other.
      const sorted = [...new Set(keys)].sort();
      for (;;) {
        if (sorted.length === 0) return null;
        const values = sorted.map((key) => sql`(${projectId}::uuid, ${key}, ${runId}::uuid)`);
        const taken = await db.$queryRaw<{ key: string }[]>(
          sql`INSERT INTO "RunLock" ("projectId", key, "runId") VALUES ${join(values)} ON CONFLICT DO NOTHING RETURNING key`,
        );
        if (taken.length === sorted.length) return null;
        await this.releaseKeys(
          projectId,
          taken.map(({ key }) => key),
        );
        const [holder] = await db.$queryRaw<Holder[]>(
          sql`SELECT key, "runId" FROM "RunLock" WHERE "projectId" = ${projectId}::uuid AND key = ANY (${sorted}) LIMIT 1 FOR SHARE`,
        );
        if (holder) return holder;
      }
    },

    /** Takes those of the keys that no run holds, for a mutation. @returns those that runs hold */
    takeFreeLocks: async (projectId: string, keys: readonly string[]): Promise<string[]> => {
      const rows = await db.$queryRaw<{ key: string }[]>(
        sql`INSERT INTO "RunLock" ("projectId", key)
            SELECT DISTINCT ${projectId}::uuid, key FROM unnest(${[...keys]}::text[]) AS key ORDER BY key
            ON CONFLICT DO NOTHING RETURNING key`,
      );
      const taken = new Set(rows.map(({ key }) => key));
      return keys.filter((key) => !taken.has(key));
    },

    /** Those of the keys that runs hold, at most so many. */
    heldKeys: async (projectId: string, keys: readonly string[], limit: number): Promise<string[]> => {
      const rows = await db.runLock.findMany({
        where: { projectId, key: { in: [...keys] }, runId: { not: null } },
        select: { key: true },
        orderBy: { key: 'asc' },
        take: limit,
      });
      return rows.map(({ key }) => key);
    },

    releaseKeys: async (projectId: string, keys: readonly string[]): Promise<void> => {
      await db.runLock.deleteMany({ where: { projectId, key: { in: [...keys] } } });
    },

    releaseLocksOf: async (runId: string): Promise<void> => {
      await db.runLock.deleteMany({ where: { runId } });
    },
  };
}
