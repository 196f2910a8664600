import { isExecuted, waitsForWorker } from './unfinished-runs.ts';
import { isUnexpired } from '../workers/serves.ts';

/** How ready runs are put in order. */
export interface Turns {
  /**
   * SQL: whether the runs of a project that ask for some labels count.
   *
   * @param line a row in the statement with `projectId` and `labels`
   */
  fits: (line: string) => string;
  /** SQL: how many runs are needed. */
  limit: string;
  /**
   * How many runs of each line to read first. If all lines together have enough runs that come before any that is further
   * back, no more are read. All that are needed are read at once when absent.
   */
  near?: number;
}

/**
 * SQL: common table expressions, for WITH RECURSIVE, that put the runs in order that could be claimed now. The last one is
 * `turn`: the first runs of all, with their places from 1. They need one before them, `served`, with the `projectId` of
 * each project that counts.
 *
 * Environments take turns: first comes the run of the environment that would have the fewest runs executed with it. What is
 * for a whole project takes turns as an environment does. Among equals, and within an environment, it is the earliest
 * `turnAt`, which a trigger of the migrations writes: when the run was requested or may start, some hours earlier or later
 * by its priority. So nothing waits for ever.
 *
 * The runs of an environment that ask for the same labels are a line. Each line's begin is looked up in an index. So what is
 * read grows with the number of lines, and neither with their length nor with what has ended.
 */
export function inTurn({ fits, limit, near }: Turns): string {
  const reach = `reach AS MATERIALIZED (
    SELECT CASE WHEN count(*) FILTER (WHERE f.load <= ${near}) >= ${limit} THEN ${near} ELSE ${limit} END AS depth
    FROM (${withLoad(`(${firstOf(fits, String(near))})`)}) AS f
  ),`;
  return `
  line AS (
    SELECT s."projectId", next.* FROM served AS s CROSS JOIN LATERAL (
      SELECT r."environmentId", r.labels FROM "Run" AS r WHERE ${isReady('s')} AND r."environmentId" IS NOT NULL
      ORDER BY r."environmentId", r.labels LIMIT 1
    ) AS next
    UNION ALL
    SELECT l."projectId", next.* FROM line AS l CROSS JOIN LATERAL (
      SELECT r."environmentId", r.labels FROM "Run" AS r
      WHERE ${isReady('l')} AND (r."environmentId", r.labels) > (l."environmentId", l.labels)
      ORDER BY r."environmentId", r.labels LIMIT 1
    ) AS next
  ), executed AS MATERIALIZED (
    SELECT coalesce(x."environmentId", x."projectId") AS owner, count(*) AS runs FROM "Run" AS x WHERE ${isExecuted('x')} GROUP BY 1
  ), ${near === undefined ? '' : reach} first AS MATERIALIZED (
    ${firstOf(fits, near === undefined ? limit : '(SELECT depth FROM reach)')}
  ), turn AS MATERIALIZED (
    SELECT f.id, row_number() OVER (ORDER BY f.load, f."turnAt", f.id) AS place
    FROM (${withLoad('first')}) AS f ORDER BY place LIMIT ${limit}
  )`;
}

/** SQL: the first runs of each line, and those for whole projects, with whose turn they take. */
function firstOf(fits: Turns['fits'], limit: string): string {
  const inOrder = `${isUnexpired('r')} ORDER BY r."turnAt", r.id LIMIT ${limit}`;
  return `
    SELECT l."environmentId" AS owner, own.* FROM line AS l CROSS JOIN LATERAL (
      SELECT r.id, r."turnAt" FROM "Run" AS r
      WHERE ${isReady('l')} AND r."environmentId" = l."environmentId" AND r.labels = l.labels AND ${inOrder}
    ) AS own WHERE ${fits('l')}
    UNION ALL
    -- What is for a whole project asks for no labels.
    SELECT s."projectId", own.* FROM served AS s CROSS JOIN LATERAL (
      SELECT r.id, r."turnAt" FROM "Run" AS r
      WHERE ${isReady('s')} AND r."environmentId" IS NULL AND r.labels = '{}' AND ${inOrder}
    ) AS own`;
}

/** SQL: runs with the number that their environment would have executed with them. */
function withLoad(runs: string): string {
  return `
    SELECT f.id, f."turnAt", coalesce(x.runs, 0) + row_number() OVER (PARTITION BY f.owner ORDER BY f."turnAt", f.id) AS load
    FROM ${runs} AS f LEFT JOIN executed AS x ON x.owner = f.owner`;
}

/** SQL: whether a run `r` of a project waits for nothing but a worker. */
function isReady(project: string): string {
  // The range makes PostgreSQL read no more of the index than the project's part, in its order.
  return `r."projectId" = ${project}."projectId" AND r."projectId" BETWEEN ${project}."projectId" AND ${project}."projectId"
      AND ${waitsForWorker('r')}`;
}
