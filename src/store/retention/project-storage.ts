import type { Send } from '../../lib/sql.ts';
import type { StoredKind } from './storage.ts';

/** How much of a kind belongs to a project. */
export interface ProjectShare {
  projectId: string;
  kind: StoredKind;
  rows: number;
  /** Its share of the bytes of the kind, from 0 to 1. */
  share: number;
}

/** Pages of 8 KiB of each table that are looked at. All rows of a table that has no more are counted. */
const sampledPages = 256;

/** Bytes of a row, beside those of its texts and documents. */
const rowBytes = 100;

/** Statements that say how much belongs to which project. */
export function projectStorageStatements(send: Send) {
  return {
    /** One statement, which costs the same however many rows there are: it looks at a sample of them. */
    sharesOf: async (projectIds: readonly string[]): Promise<ProjectShare[]> =>
      (await send(shares, [projectIds])) as unknown as ProjectShare[],
  };
}

/**
 * What a sample of a table holds for each owner of its rows.
 *
 * @param owner the column that leads to the project
 * @param bytes columns whose size differs from row to row. Neither they nor what is stored aside is read for it
 */
function sampled(table: string, owner: string, ...bytes: readonly string[]): string {
  const size = [String(rowBytes), ...bytes.map((column) => `coalesce(pg_column_size("${column}"), 0)`)];
  const percent = `least(100, ${sampledPages * 8192 * 100} / greatest(1, pg_relation_size('"${table}"'))::float8)`;
  // The same pages as long as the table has not grown, so that the answer stays the same, too.
  return `SELECT "${owner}" AS owner, count(*) * 100 / ${percent} AS rows, sum(${size.join(' + ')}) * 100 / ${percent} AS bytes
    FROM "${table}" TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1) GROUP BY 1`;
}

/** From the owner of a row to its project. A limit keeps PostgreSQL from reading the whole table. */
const ways = {
  projectId: 'SELECT s.owner AS id',
  runId: 'SELECT "projectId" AS id FROM "Run" WHERE id = s.owner LIMIT 1',
  environmentId: 'SELECT "projectId" AS id FROM "Environment" WHERE id = s.owner LIMIT 1',
  stateRowId: inEnvironment('State'),
  scheduleId: inEnvironment('Schedule'),
  catalogId: inEnvironment('Catalog'),
} as const;

function inEnvironment(table: string): string {
  return `SELECT e."projectId" AS id FROM (SELECT "environmentId" FROM "${table}" WHERE id = s.owner LIMIT 1) AS o
    CROSS JOIN LATERAL (SELECT "projectId" FROM "Environment" WHERE id = o."environmentId" LIMIT 1) AS e`;
}

const parts: readonly [kind: StoredKind, table: string, owner: keyof typeof ways, ...bytes: string[]][] = [
  ['RUNS', 'Run', 'projectId', 'command', 'args', 'env', 'errorMessage'],
  ['LOGS', 'RunLog', 'runId', 'message', 'ansiText', 'fields'],
  ['STATES', 'State', 'environmentId', 'completed', 'partial'],
  ['STATE_VERSIONS', 'StateVersion', 'stateRowId', 'completed', 'partial'],
  ['TICKS', 'ScheduleTick', 'scheduleId'],
  ['CATALOGS', 'Stream', 'catalogId', 'properties'],
  ['FILES', 'ProjectFile', 'projectId', 'text'],
];

/** What belongs to projects. */
export const kindsOfProjects: readonly StoredKind[] = parts.map(([kind]) => kind);

// Rows without a project, such as lines of a run that was deleted, count for the whole.
const shares = `
  SELECT p.id::text AS "projectId", p.kind, p.rows::float8 AS rows, p.share::float8 AS share FROM (
    SELECT k.kind, k.id, sum(k.rows) AS rows, sum(k.bytes) / sum(sum(k.bytes)) OVER (PARTITION BY k.kind) AS share
    FROM (${parts
      .map(
        ([kind, table, owner, ...bytes]) =>
          `SELECT '${kind}' AS kind, w.id, s.rows, s.bytes FROM (${sampled(table, owner, ...bytes)}) AS s LEFT JOIN LATERAL (${ways[owner]}) AS w ON true`,
      )
      .join(' UNION ALL ')}) AS k GROUP BY k.kind, k.id
  ) AS p WHERE p.id = ANY ($1::uuid[])`;
