import type { Prisma } from '../generated/client.ts';
import { advisoryLocks } from '../database/advisory-locks.ts';
import { statusIn, unfinishedStatuses } from '../runs/run-status.ts';
import type { Deletable } from './lifecycle.ts';
import { join, raw, sql, type Sql } from '../../lib/sql.ts';
import { inFiles, isImportedTable, isInFiles, notPurged } from './row-origin.ts';

/** Rows to purge, all of one table. */
export interface Overdue {
  table: Deletable;
  ids: string[];
}

/** What is purged with everything in it. */
export type PurgeScope = { projectId: string } | { environmentId: string };

/** What a run can belong to besides its project and environment. */
export type RunOwner = 'Job' | 'Service';

const ownedBy = { Job: 'jobId', Service: 'serviceId' } as const;

/** The most rows that one statement removes. Rows with large documents have a smaller limit. */
const batch = { rows: 1000, lines: 10_000, runs: 100, versions: 200 };

/**
 * Statements that remove rows which were deleted long ago, a limited number each. Those that return a number
 * of removed rows are called until they return 0.
 *
 * A row that a project's files still have is not removed but hidden, with `purgedAt`: imports see it, and so
 * do not create it again.
 */
export function purgeStatements(db: Prisma.TransactionClient) {
  const execute = (statement: Sql): Promise<number> => db.$executeRaw(statement);
  return {
    /** Lets no other gateway purge until the transaction ends; false when another one is purging or `holdOff` is in force. */
    lock: async (): Promise<boolean> => {
      const [row] = await db.$queryRaw<{ locked: boolean }[]>(
        sql`SELECT pg_try_advisory_xact_lock(${advisoryLocks.purge}::bigint) AS locked`,
      );
      return row?.locked ?? false;
    },

    /** Lets nobody purge until the transaction ends. Waits for the end of a batch that is being purged. */
    holdOff: async (): Promise<void> => {
      await db.$queryRaw(sql`SELECT pg_advisory_xact_lock_shared(${advisoryLocks.purge}::bigint)::text`);
    },

    /** Whether `nextOverdue` would return rows. */
    isOverdue: async (before: Date): Promise<boolean> => {
      const any = kinds.map(
        ({ table, where }) =>
          sql`EXISTS (SELECT FROM ${name(table)} AS t WHERE "deletedAt" <= ${before} ${where})`,
      );
      const [row] = await db.$queryRaw<{ overdue: boolean }[]>(sql`SELECT ${join(any, ' OR ')} AS overdue`);
      return row?.overdue ?? false;
    },
    /**
     * Locks and returns the next rows that were deleted before a time, children before parents, so that
     * nobody brings them back in the meantime. Environments and projects come one at a time, and only when
     * all their runs have ended.
     */
    nextOverdue: async (before: Date): Promise<Overdue | null> => {
      for (const { table, limit, where } of kinds) {
        const rows = await db.$queryRaw<{ id: string }[]>(
          sql`SELECT id FROM ${name(table)} AS t WHERE "deletedAt" <= ${before} ${where}
              ORDER BY "deletedAt", id LIMIT ${limit} FOR UPDATE`,
        );
        if (rows.length > 0) return { table, ids: rows.map(({ id }) => id) };
      }
      return null;
    },

    /** Removes empty rows. Rows that the files still have are hidden instead. */
    removeOverdue: async ({ table, ids }: Overdue): Promise<void> => {
      if (table === 'Plugin' || table === 'Environment') {
        const owner = name(table === 'Plugin' ? 'pluginId' : 'environmentId');
        await execute(sql`DELETE FROM "Catalog" WHERE ${owner} = ANY (${ids}::uuid[])`);
      }
      // Also when the environment is kept as a hidden row: its secrets are gone for good.
      if (table === 'Environment')
        await execute(sql`DELETE FROM "ProjectVariable" WHERE "environmentId" = ANY (${ids}::uuid[])`);
      const isImported = isImportedTable(table);
      if (isImported) {
        await execute(
          sql`UPDATE ${name(table)} SET "purgedAt" = now() WHERE id = ANY (${ids}::uuid[]) AND ${isInFiles}`,
        );
      }
      const notKept = isImported ? sql`AND NOT (${isInFiles})` : sql``;
      await execute(sql`DELETE FROM ${name(table)} WHERE id = ANY (${ids}::uuid[]) ${notKept}`);
    },
    /** Whether the project's files still have an environment. */
    isInFiles: async (environmentId: string): Promise<boolean> =>
      (await db.environment.count({ where: { id: environmentId, ...inFiles } })) > 0,

    /** Removes the links of runs to jobs or services. The runs stay in their environment. */
    releaseRunsOf: (table: RunOwner, ids: readonly string[]): Promise<number> =>
      execute(
        sql`UPDATE "Run" SET ${name(ownedBy[table])} = NULL WHERE id IN (
              SELECT r.id FROM unnest(${[...ids]}::uuid[]) AS owner(id) CROSS JOIN LATERAL (
                SELECT id FROM "Run" WHERE ${name(ownedBy[table])} = owner.id LIMIT ${batch.rows}
              ) AS r LIMIT ${batch.rows})`,
      ),
    /** Removes runs with their results, lines first. */
    runs: async (place: PurgeScope): Promise<number> => {
      const runs = await db.run.findMany({ where: place, select: { id: true }, take: batch.runs });
      const ids = runs.map(({ id }) => id);
      if (ids.length === 0) return 0;
      const lines = await execute(
        // By their places: a join of the table with itself is quadratic when its statistics are of a time when it was small.
        sql`DELETE FROM "RunLog" AS l WHERE l.ctid = ANY (ARRAY(
              SELECT ctid FROM "RunLog" WHERE "runId" = ANY (${ids}::uuid[]) LIMIT ${batch.lines}))`,
      );
      if (lines === batch.lines) return lines;
      return lines + (await db.run.deleteMany({ where: { id: { in: ids } } })).count;
    },
    stateVersions: (place: PurgeScope): Promise<number> =>
      execute(
        sql`DELETE FROM "StateVersion" WHERE id IN (
              SELECT v.id FROM "State" AS s JOIN "StateVersion" AS v ON v."stateRowId" = s.id
              WHERE ${inEnvironments(sql`s`, place)} LIMIT ${batch.versions})`,
      ),
    /** Removes rows of environments, deleted or not. */
    within: (table: 'State' | 'Schedule' | RunOwner, place: PurgeScope): Promise<number> =>
      execute(
        sql`DELETE FROM ${name(table)} WHERE id IN (
              SELECT t.id FROM ${name(table)} AS t WHERE ${inEnvironments(sql`t`, place)} LIMIT ${batch.rows})`,
      ),
    /** Ids of some jobs or services of environments that have runs, deleted or not. */
    someWithRuns: async (table: RunOwner, place: PurgeScope): Promise<string[]> => {
      const rows = await db.$queryRaw<{ id: string }[]>(
        sql`SELECT t.id FROM ${name(table)} AS t WHERE ${inEnvironments(sql`t`, place)}
              AND EXISTS (SELECT FROM "Run" AS r WHERE r.${name(ownedBy[table])} = t.id) LIMIT ${batch.runs}`,
      );
      return rows.map(({ id }) => id);
    },
    /** Removes rows of a project itself. */
    ofProject: async (table: 'Environment' | 'Plugin', projectId: string): Promise<number> =>
      execute(
        sql`DELETE FROM ${name(table)} WHERE id IN (
              SELECT id FROM ${name(table)} WHERE "projectId" = ${projectId}::uuid LIMIT ${batch.rows})`,
      ),
    leases: async (projectId: string): Promise<number> =>
      (await db.runLease.deleteMany({ where: { projectId } })).count,
  };
}

const unfinished = (column: string): Sql =>
  sql`AND NOT EXISTS (SELECT FROM "Run" AS r WHERE r.${name(column)} = t.id
        AND ${raw(statusIn('r.status', unfinishedStatuses))})`;

// A hidden row stays as long as the files have it.
const removable = sql`AND (${notPurged(sql`t`)} OR NOT (${isInFiles}))`;

const kinds: readonly { table: Deletable; limit: number; where: Sql }[] = [
  { table: 'Schedule', limit: batch.rows, where: removable },
  { table: 'Job', limit: batch.runs, where: removable },
  { table: 'Service', limit: batch.runs, where: sql`` },
  { table: 'Plugin', limit: batch.rows, where: removable },
  { table: 'Environment', limit: 1, where: sql`${removable} ${unfinished('environmentId')}` },
  { table: 'Project', limit: 1, where: unfinished('projectId') },
];

function inEnvironments(alias: Sql, place: PurgeScope): Sql {
  return 'environmentId' in place
    ? sql`${alias}."environmentId" = ${place.environmentId}::uuid`
    : sql`${alias}."environmentId" IN (SELECT id FROM "Environment" WHERE "projectId" = ${place.projectId}::uuid)`;
}

// Only for names of tables and columns in this code, never for a caller's text.
function name(text: string): Sql {
  return raw(`"${text}"`);
}
