import type { Prisma } from '../generated/client.ts';
import { join, sql } from '../../lib/sql.ts';

/** The run that has a lease. `runId` is null for a mutation that is being made. */
export interface Holder {
  key: string;
  runId: string | null;
}

/** Statements on leases. */
export function leaseStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * Takes all of the leases or none.
     *
     * @returns null when they were taken, else the holder of one of them. The row of that lease stays locked
     *   until the transaction ends, so that the holder cannot release it before the transaction has noted who
     *   waits
     */
    async take(projectId: string, keys: readonly string[], runId: string | null): Promise<Holder | null> {
      // Always in the same order, so that two transactions cannot deadlock.
      const sorted = [...new Set(keys)].sort();
      for (;;) {
        if (sorted.length === 0) return null;
        const values = sorted.map((key) => sql`(${projectId}::uuid, ${key}, ${runId}::uuid)`);
        const taken = await db.$queryRaw<{ key: string }[]>(
          sql`INSERT INTO "RunLease" ("projectId", key, "runId") VALUES ${join(values)} ON CONFLICT DO NOTHING RETURNING key`,
        );
        if (taken.length === sorted.length) return null;
        await this.release(
          projectId,
          taken.map(({ key }) => key),
        );
        const [holder] = await db.$queryRaw<Holder[]>(
          sql`SELECT key, "runId" FROM "RunLease" WHERE "projectId" = ${projectId}::uuid AND key = ANY (${sorted}) LIMIT 1 FOR SHARE`,
        );
        if (holder) return holder;
      }
    },

    /** Takes all free leases of the keys, for a mutation. @returns the keys that runs have a lease on */
    takeFree: async (projectId: string, keys: readonly string[]): Promise<string[]> => {
      const rows = await db.$queryRaw<{ key: string }[]>(
        sql`INSERT INTO "RunLease" ("projectId", key)
            SELECT DISTINCT ${projectId}::uuid, key FROM unnest(${[...keys]}::text[]) AS key ORDER BY key
            ON CONFLICT DO NOTHING RETURNING key`,
      );
      const taken = new Set(rows.map(({ key }) => key));
      return keys.filter((key) => !taken.has(key));
    },

    /** The keys that runs have a lease on, at most `limit`. */
    takenAmong: async (projectId: string, keys: readonly string[], limit: number): Promise<string[]> => {
      const rows = await db.runLease.findMany({
        where: { projectId, key: { in: [...keys] }, runId: { not: null } },
        select: { key: true },
        orderBy: { key: 'asc' },
        take: limit,
      });
      return rows.map(({ key }) => key);
    },

    /** Releases leases of any holder. */
    release: async (projectId: string, keys: readonly string[]): Promise<void> => {
      await db.runLease.deleteMany({ where: { projectId, key: { in: [...keys] } } });
    },

    /** Releases all leases of a run. @returns their keys */
    releaseAllOf: async (runId: string): Promise<string[]> => {
      const rows = await db.$queryRaw<{ key: string }[]>(
        sql`DELETE FROM "RunLease" WHERE "runId" = ${runId}::uuid RETURNING key`,
      );
      return rows.map(({ key }) => key);
    },
  };
}
