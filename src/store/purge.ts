import type { Prisma } from './generated/client.ts';
import type { Deletable } from './deletion.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** Rows whose time is over, all of one table. */
export interface Overdue {
  table: Deletable;
  ids: string[];
}

/** Where things stand that are removed with it. */
export type PurgedPlace = { projectId: string } | { environmentId: string };

/** What runs are of, beside their place. */
export type RunOwner = 'Job' | 'Service';

const ownedBy = { Job: 'jobId', Service: 'serviceId' } as const;

// Any number will do, as long as every gateway takes the same.
const purgeLock = 7_233_073;

/** Rows that one statement removes, at most; those with large documents are fewer. */
const batch = { rows: 1000, lines: 10_000, runs: 100, versions: 200 };

/**
 * Statements that remove what was deleted long ago, a bounded number of rows each. Those that say how many rows
 * they removed are called until there are none.
 *
 * What a project's files still have is not removed but kept, out of everybody's sight, under `purgedTime`: by
 * such a row imports know that they are not to make it again.
 */
export function purgeStatements(db: Prisma.TransactionClient) {
  const execute = (statement: Sql): Promise<number> => db.$executeRaw(statement);
  return {
    /** Keeps others from purging until the transaction ends; false when somebody does already. */
    lockPurge: async (): Promise<boolean> => {
      const [row] = await db.$queryRaw<{ locked: boolean }[]>(
        sql`SELECT pg_try_advisory_xact_lock(${purgeLock}::bigint) AS locked`,
      );
      return row?.locked ?? false;
    },

    /** Whether `nextOverdue` has any rows. */
    isOverdue: async (before: Date): Promise<boolean> => {
      const any = kinds.map(
        ({ table, where }) =>
          sql`EXISTS (SELECT FROM ${name(table)} AS t WHERE "deleteTime" <= ${before} ${where})`,
      );
      const [row] = await db.$queryRaw<{ overdue: boolean }[]>(sql`SELECT ${join(any, ' OR ')} AS overdue`);
      return row?.overdue ?? false;
    },
    /**
     * The next rows that were deleted before a time, children before what they stand in, and holds them so that
     * they are not brought back meanwhile. An environment and a project come one at a time, and not while a run
     * has not ended there.
     */
    nextOverdue: async (before: Date): Promise<Overdue | null> => {
      for (const { table, limit, where } of kinds) {
        const rows = await db.$queryRaw<{ id: string }[]>(
          sql`SELECT id FROM ${name(table)} AS t WHERE "deleteTime" <= ${before} ${where}
              ORDER BY "deleteTime", id LIMIT ${limit} FOR UPDATE`,
        );
        if (rows.length > 0) return { table, ids: rows.map(({ id }) => id) };
      }
      return null;
    },

    /** Removes rows in which nothing is left, or keeps them out of sight when the files still have them. */
    removeOverdue: async ({ table, ids }: Overdue): Promise<void> => {
      if (table === 'Plugin' || table === 'Environment') {
        const owner = name(table === 'Plugin' ? 'pluginId' : 'environmentId');
        await execute(sql`DELETE FROM "Catalog" WHERE ${owner} = ANY (${ids}::uuid[])`);
      }
      const inFiles = table !== 'Project' && table !== 'Service';
      if (inFiles) {
        await execute(
          sql`UPDATE ${name(table)} SET "deleteTime" = 'epoch' WHERE id = ANY (${ids}::uuid[]) AND "manifestDigest" IS NOT NULL`,
        );
      }
      const dropped = inFiles ? sql`AND "manifestDigest" IS NULL` : sql``;
      await execute(sql`DELETE FROM ${name(table)} WHERE id = ANY (${ids}::uuid[]) ${dropped}`);
    },
    /** Whether the files of its project still have an environment. */
    isInFiles: async (environmentId: string): Promise<boolean> =>
      (await db.environment.count({ where: { id: environmentId, manifestDigest: { not: null } } })) > 0,

    /** Takes runs out of jobs or services; they stay in their environment. */
    releaseRunsOf: (table: RunOwner, ids: readonly string[]): Promise<number> =>
      execute(
        sql`UPDATE "Run" SET ${name(ownedBy[table])} = NULL WHERE id IN (
              SELECT r.id FROM unnest(${[...ids]}::uuid[]) AS owner(id) CROSS JOIN LATERAL (
                SELECT id FROM "Run" WHERE ${name(ownedBy[table])} = owner.id LIMIT ${batch.rows}
              ) AS r LIMIT ${batch.rows})`,
      ),
    /** Removes runs with all that came of them, their lines before them. */
    purgeRuns: async (place: PurgedPlace): Promise<number> => {
      const runs = await db.run.findMany({ where: place, select: { id: true }, take: batch.runs });
      const ids = runs.map(({ id }) => id);
      if (ids.length === 0) return 0;
      const lines = await execute(
        sql`DELETE FROM "RunLog" AS l USING (
              SELECT "runId", sequence FROM "RunLog" WHERE "runId" = ANY (${ids}::uuid[]) LIMIT ${batch.lines}
            ) AS gone WHERE l."runId" = gone."runId" AND l.sequence = gone.sequence`,
      );
      if (lines === batch.lines) return lines;
      return lines + (await db.run.deleteMany({ where: { id: { in: ids } } })).count;
    },
    purgeStateVersions: (place: PurgedPlace): Promise<number> =>
      execute(
        sql`DELETE FROM "StateVersion" WHERE id IN (
              SELECT v.id FROM "State" AS s JOIN "StateVersion" AS v ON v."stateRowId" = s.id
              WHERE ${inEnvironments(sql`s`, place)} LIMIT ${batch.versions})`,
      ),
    /** Removes rows of environments, whatever their marks. */
    purgeWithin: (table: 'State' | 'Schedule' | RunOwner, place: PurgedPlace): Promise<number> =>
      execute(
        sql`DELETE FROM ${name(table)} WHERE id IN (
              SELECT t.id FROM ${name(table)} AS t WHERE ${inEnvironments(sql`t`, place)} LIMIT ${batch.rows})`,
      ),
    /** Ids of jobs or services of environments, whatever their marks. */
    someWithRuns: async (table: RunOwner, place: PurgedPlace): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT t.id FROM ${name(table)} AS t WHERE ${inEnvironments(sql`t`, place)}
              AND EXISTS (SELECT FROM "Run" AS r WHERE r.${name(ownedBy[table])} = t.id) LIMIT ${batch.runs}`,
      );
      return rows.map(({ id }) => id);
    },
    /** Removes what stands in a project itself. */
    purgeOfProject: async (table: 'Environment' | 'Plugin', projectId: string): Promise<number> =>
      execute(
        sql`DELETE FROM ${name(table)} WHERE id IN (
              SELECT id FROM ${name(table)} WHERE "projectId" = ${projectId}::uuid LIMIT ${batch.rows})`,
      ),
    purgeLocks: async (projectId: string): Promise<number> =>
      (await db.runLock.deleteMany({ where: { projectId } })).count,
  };
}

const unfinished = (column: string): Sql =>
  sql`AND NOT EXISTS (SELECT FROM "Run" AS r WHERE r.${name(column)} = t.id
        AND r.status = ANY ('{QUEUED,RUNNING,CANCELLING}'::"RunStatus"[]))`;

const visible = sql`AND ("deleteTime" > 'epoch' OR "manifestDigest" IS NULL)`;

const kinds: readonly { table: Deletable; limit: number; where: Sql }[] = [
  { table: 'Schedule', limit: batch.rows, where: visible },
  { table: 'Job', limit: batch.runs, where: visible },
  { table: 'Service', limit: batch.runs, where: sql`` },
  { table: 'Plugin', limit: batch.rows, where: visible },
  { table: 'Environment', limit: 1, where: sql`${visible} ${unfinished('environmentId')}` },
  { table: 'Project', limit: 1, where: unfinished('projectId') },
];

function inEnvironments(alias: Sql, place: PurgedPlace): Sql {
  return 'environmentId' in place
    ? sql`${alias}."environmentId" = ${place.environmentId}::uuid`
    : sql`${alias}."environmentId" IN (SELECT id FROM "Environment" WHERE "projectId" = ${place.projectId}::uuid)`;
}

// Names of tables and columns are those of our own code.
function name(text: string): Sql {
  return raw(`"${text}"`);
}
