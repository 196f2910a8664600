import type { Prisma, ProjectSource } from '../generated/client.ts';
import { notify } from '../database/notify.ts';
import { statusIn, unfinishedStatuses } from '../runs/run-status.ts';
import { ago, now, raw, sql } from '../../lib/sql.ts';

/** What callers say of a source. */
export type SourceFields = Pick<
  ProjectSource,
  'url' | 'ref' | 'subdirectory' | 'credential' | 'pollSeconds' | 'pushSecret'
>;

/** A source that is to be synchronised, and the project's place. */
export type SourceToSync = ProjectSource & { manifestDigest: string | null; directory: string };

/** What a look at a source has found. */
export interface SyncResult {
  /** The commit that the project is at now; null when it stays where it is. */
  commit: string | null;
  /** Why it failed; null when it did not. */
  problem: string | null;
  /** When to look again, in milliseconds; null for not before it is asked for. */
  againMs: number | null;
}

/** How long a synchronisation may take, in milliseconds, before another process begins it again. */
export const syncLeaseMs = 20 * 60_000;

/** Statements on the repositories that projects come from. */
export function projectSourceStatements(db: Prisma.TransactionClient) {
  const ask = async (projectId: string): Promise<void> => {
    await db.$executeRaw(
      sql`WITH changed AS (UPDATE "Project" SET revision = revision + 1 WHERE id = ${projectId}::uuid)
          UPDATE "ProjectSource" SET "nextSyncAt" = ${now}, "requestedAt" = ${now}, failures = 0, "leaseId" = NULL
          WHERE "projectId" = ${projectId}::uuid`,
    );
    await notify(db, { topic: 'SOURCE' });
  };
  return {
    of: (projectId: string): Promise<ProjectSource | null> =>
      db.projectSource.findUnique({ where: { projectId } }),

    create: async (projectId: string, source: SourceFields): Promise<void> => {
      await db.projectSource.create({ data: { projectId, ...source } });
      await db.$executeRaw(
        sql`UPDATE "ProjectSource" SET "nextSyncAt" = ${now} WHERE "projectId" = ${projectId}::uuid`,
      );
      await notify(db, { topic: 'SOURCE' });
    },

    change: async (projectId: string, source: SourceFields): Promise<void> => {
      await db.projectSource.update({ where: { projectId }, data: source });
    },

    /** Has a project looked at soon, in place of a look that is under way. It counts as a change of the project. */
    ask,

    /** Has a project looked at soon, unless that was asked for before and nobody has begun. */
    askOnce: async (projectId: string): Promise<void> => {
      const rows = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "ProjectSource" WHERE "projectId" = ${projectId}::uuid AND "leaseId" IS NULL
            AND "requestedAt" IS NOT NULL AND "nextSyncAt" <= ${now}`,
      );
      if (rows.length === 0) await ask(projectId);
    },

    /** Takes the next source that is due. @param leaseId names this synchronisation */
    claim: async (leaseId: string): Promise<SourceToSync | null> => {
      const [source] = await db.$queryRaw<SourceToSync[]>(
        sql`UPDATE "ProjectSource" AS s SET "leaseId" = ${leaseId}::uuid, "nextSyncAt" = ${ago(-syncLeaseMs)}
            FROM "Project" AS p WHERE p.id = s."projectId" AND s."projectId" = (
              SELECT d."projectId" FROM "ProjectSource" AS d
              WHERE d."nextSyncAt" <= ${now}
                AND EXISTS (SELECT FROM "Project" AS g WHERE g.id = d."projectId" AND g."deletedAt" IS NULL)
              ORDER BY d."nextSyncAt" LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING s.*, p."manifestDigest", p.directory`,
      );
      return source ?? null;
    },

    /** Locks a source until the transaction ends. @returns whether this synchronisation is still the last one */
    lock: async (projectId: string, leaseId: string): Promise<boolean> => {
      const rows = await db.$queryRaw<unknown[]>(
        sql`SELECT 1 FROM "ProjectSource" WHERE "projectId" = ${projectId}::uuid AND "leaseId" = ${leaseId}::uuid FOR UPDATE`,
      );
      return rows.length > 0;
    },

    /** Records what a synchronisation has found, if it is still the last one. It counts as a change of the project. */
    settle: async (
      projectId: string,
      leaseId: string,
      { commit, problem, againMs }: SyncResult,
    ): Promise<void> => {
      await db.$executeRaw(
        sql`WITH settled AS (
              UPDATE "ProjectSource" SET commit = coalesce(${commit}, commit), problem = ${problem}, "checkedAt" = ${now},
                "syncedAt" = CASE WHEN ${commit}::text IS NULL THEN "syncedAt" ELSE ${now} END,
                failures = CASE WHEN ${problem}::text IS NULL THEN 0 ELSE failures + 1 END, "leaseId" = NULL,
                "requestedAt" = NULL,
                "nextSyncAt" = CASE WHEN ${againMs}::float8 IS NOT NULL THEN ${ago(-(againMs ?? 0))} END
              WHERE "projectId" = ${projectId}::uuid AND "leaseId" = ${leaseId}::uuid
              RETURNING "projectId"
            )
            UPDATE "Project" SET revision = revision + 1 WHERE id IN (SELECT "projectId" FROM settled)`,
      );
    },

    /** Leaves a source to whoever takes it next, and tells them. */
    giveBack: async (projectId: string, leaseId: string): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE "ProjectSource" SET "leaseId" = NULL, "nextSyncAt" = ${now}
            WHERE "projectId" = ${projectId}::uuid AND "leaseId" = ${leaseId}::uuid`,
      );
      await notify(db, { topic: 'SOURCE' });
    },

    /** In how many milliseconds the next source is due; null when none is. */
    nextIn: async (): Promise<number | null> => {
      const [row] = await db.$queryRaw<{ ms: number }[]>(
        sql`SELECT extract(epoch FROM "nextSyncAt" - ${now})::float8 * 1000 AS ms FROM "ProjectSource"
            WHERE "nextSyncAt" IS NOT NULL
              AND EXISTS (SELECT FROM "Project" AS p WHERE p.id = "projectId" AND p."deletedAt" IS NULL)
            ORDER BY "nextSyncAt" LIMIT 1`,
      );
      return row ? Math.max(0, row.ms) : null;
    },

    /** Of each project that comes from git: the commit that it is at, and those at which runs have not ended. */
    commitsInUse: async (): Promise<Map<string, Set<string>>> => {
      const rows = await db.$queryRaw<{ projectId: string; commits: (string | null)[] }[]>(
        sql`SELECT s."projectId", s.commit || ARRAY(
              SELECT DISTINCT r.commit FROM "Run" AS r
              WHERE r."projectId" = s."projectId" AND ${raw(statusIn('r.status', unfinishedStatuses))}
            ) AS commits FROM "ProjectSource" AS s`,
      );
      return new Map(
        rows.map(({ projectId, commits }) => [projectId, new Set(commits.filter((one) => one !== null))]),
      );
    },
  };
}
