import type { Prisma } from '../generated/client.ts';
import { sql, type Sql } from '../../lib/sql.ts';

/** SHARED: nobody can move or delete the row. EXCLUSIVE: nobody else can lock it at all. */
export type RowLockMode = 'SHARED' | 'EXCLUSIVE';

/**
 * Statements that lock rows until the transaction ends. They lock parents first (project, environment, job,
 * schedules), so that two transactions cannot deadlock. Read a row again after it was locked: it may have
 * changed before. The result tells whether the row still exists with the same parents.
 */
export function rowLockStatements(db: Prisma.TransactionClient) {
  const lock = async (statement: Sql): Promise<boolean> => {
    const rows = await db.$queryRaw<unknown[]>(statement);
    return rows.length > 0;
  };
  return {
    project: (id: string, mode: RowLockMode): Promise<boolean> =>
      lock(sql`SELECT 1 FROM "Project" AS p WHERE id = ${id}::uuid ${keyLocks[mode]} OF p`),
    /** Nobody can delete or import the project, but runs of it can be submitted. */
    projectForImport: (id: string): Promise<boolean> =>
      lock(sql`SELECT 1 FROM "Project" WHERE id = ${id}::uuid FOR NO KEY UPDATE`),
    /** False when it was deleted. */
    environment: (id: string, mode: RowLockMode): Promise<boolean> =>
      lock(
        sql`SELECT 1 FROM "Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id
            WHERE e.id = ${id}::uuid AND p."deletedAt" IS NULL AND e."deletedAt" IS NULL
            FOR KEY SHARE OF p ${keyLocks[mode]} OF e`,
      ),
    /**
     * Waits for transactions that are adding something to the environments of a project whose row is locked
     * EXCLUSIVE.
     */
    environmentsOf: async (projectId: string): Promise<void> => {
      await lock(
        sql`SELECT 1 FROM "Environment" WHERE "projectId" = ${projectId}::uuid ORDER BY id FOR UPDATE`,
      );
    },
    /** SHARED: nobody can change the job either. */
    job: (id: string, mode: RowLockMode): Promise<boolean> =>
      lock(
        sql`SELECT 1 FROM "Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id
              JOIN "Job" AS j ON j."environmentId" = e.id
            WHERE j.id = ${id}::uuid FOR KEY SHARE OF p, e ${mode === 'SHARED' ? sql`FOR SHARE` : sql`FOR UPDATE`} OF j`,
      ),
    service: (id: string): Promise<boolean> =>
      lock(sql`SELECT 1 FROM "Service" WHERE id = ${id}::uuid FOR UPDATE`),
    schedule: (id: string): Promise<boolean> =>
      lock(sql`SELECT 1 FROM "Schedule" WHERE id = ${id}::uuid FOR UPDATE`),
  };
}

// The weaker lock still allows imports to change the row: its contents depend only on its name and parents.
const keyLocks = { SHARED: sql`FOR KEY SHARE`, EXCLUSIVE: sql`FOR UPDATE` };
