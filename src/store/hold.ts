import type { Prisma } from './generated/client.ts';
import { sql, type Sql } from './sql.ts';

/** SHARED keeps a row from being moved or deleted, EXCLUSIVE from being held by anybody else. */
export type HoldMode = 'SHARED' | 'EXCLUSIVE';

/**
 * Statements that hold rows until the transaction ends. What was read of a row before may be out of date by
 * then. What a row stands in is held, too, and first: the project, the environment, the job, its schedules, so
 * that two transactions cannot wait for each other. Each says whether the row is still there, in its place.
 */
export function holdStatements(db: Prisma.TransactionClient) {
  const hold = async (statement: Sql): Promise<boolean> => {
    const rows = await db.$queryRaw<unknown[]>(statement);
    return rows.length > 0;
  };
  return {
    holdProject: (id: string, mode: HoldMode): Promise<boolean> =>
      hold(sql`SELECT 1 FROM "Project" AS p WHERE id = ${id}::uuid ${keyLocks[mode]} OF p`),
    /** Keeps a project from being deleted, and from being imported by others, while runs can be asked for. */
    holdProjectForImport: (id: string): Promise<boolean> =>
      hold(sql`SELECT 1 FROM "Project" WHERE id = ${id}::uuid FOR NO KEY UPDATE`),
    /** False also when it is deleted. */
    holdEnvironment: (id: string, mode: HoldMode): Promise<boolean> =>
      hold(
        sql`SELECT 1 FROM "Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id
            WHERE e.id = ${id}::uuid AND p."deleteTime" IS NULL AND e."deleteTime" IS NULL
            FOR KEY SHARE OF p ${keyLocks[mode]} OF e`,
      ),
    /** Waits for all that is being put into the environments of a project that is held EXCLUSIVE. */
    holdEnvironmentsOf: async (projectId: string): Promise<void> => {
      await hold(
        sql`SELECT 1 FROM "Environment" WHERE "projectId" = ${projectId}::uuid ORDER BY id FOR UPDATE`,
      );
    },
    /** SHARED also keeps the job from being changed. */
    holdJob: (id: string, mode: HoldMode): Promise<boolean> =>
      hold(
        sql`SELECT 1 FROM "Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id
              JOIN "Job" AS j ON j."environmentId" = e.id
            WHERE j.id = ${id}::uuid FOR KEY SHARE OF p, e ${mode === 'SHARED' ? sql`FOR SHARE` : sql`FOR UPDATE`} OF j`,
      ),
    holdService: (id: string): Promise<boolean> =>
      hold(sql`SELECT 1 FROM "Service" WHERE id = ${id}::uuid FOR UPDATE`),
    holdSchedule: (id: string): Promise<boolean> =>
      hold(sql`SELECT 1 FROM "Schedule" WHERE id = ${id}::uuid FOR UPDATE`),
  };
}

// The weaker one lets imports change the row: what stands in it counts on its place alone.
const keyLocks = { SHARED: sql`FOR KEY SHARE`, EXCLUSIVE: sql`FOR UPDATE` };
