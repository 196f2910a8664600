import type { RunKind, RunStatus } from '../generated/client.ts';
import { filters } from '../reading/filters.ts';
import { join, raw, sql, timeList, type Sql } from '../../lib/sql.ts';

/** The types of objects that a bulk operation can change. */
export type BulkSubject = 'Run' | 'Job' | 'Schedule' | 'State';

/** The row that the chosen objects belong to: a project, an environment or a job. */
export interface BulkScopeRow {
  column: 'projectId' | 'environmentId' | 'jobId';
  id: string;
}

/** Which objects of a scope are chosen. An object must meet all conditions. */
export interface BulkConditions {
  /** Of runs; required for them. */
  statuses?: readonly RunStatus[];
  /** Of runs; required for them. */
  kinds?: readonly RunKind[];
  /** Of runs. */
  createdSince?: Date | null | undefined;
  /** Of runs. */
  createdBefore?: Date | null | undefined;
  /** Of runs. */
  endedBefore?: Date | null | undefined;
  /** Of runs: only those that were not retried yet. */
  notRetried?: boolean;
  /**
   * The name of jobs and schedules, or the state id of states. `*` stands for any characters, `?` for one
   * character.
   */
  pattern?: string | null | undefined;
  /** Of states. */
  pair?: string | null | undefined;
}

/**
 * The objects of a bulk operation: those with the given ids, in that order, those of a scope, or one object once for each
 * of several times.
 */
export type BulkChoice = { subject: BulkSubject } & (
  | { ids: readonly string[] }
  | { scope: BulkScopeRow; conditions: BulkConditions }
  | { id: string; times: readonly Date[] }
);

/** The statement that selects `id`, `name`, `rank` and `dueAt` of the chosen objects, at most `limit` of them. */
export function selectChosen(choice: BulkChoice, limit: number): Sql {
  const { subject } = choice;
  const { tables, name } = subjects[subject];
  if ('times' in choice) {
    return sql`SELECT chosen.id, chosen.name, g.rank, g.due AS "dueAt"
      FROM (SELECT t.id, ${name} AS name FROM ${tables} WHERE t.id = ${choice.id}::uuid) AS chosen
        CROSS JOIN unnest(${timeList(choice.times)}::text::timestamptz[]) WITH ORDINALITY AS g (due, rank)`;
  }
  if ('ids' in choice) {
    return sql`SELECT g.id, (SELECT ${name} FROM ${tables} WHERE t.id = g.id) AS name, g.rank, ${noTime}
      FROM unnest(${[...choice.ids]}::text[]::uuid[]) WITH ORDINALITY AS g (id, rank)`;
  }
  const { scope, conditions } = choice;
  if (subject === 'Run') return selectRuns(scope, conditions, limit);
  const { pattern, pair } = conditions;
  const where = [
    sql`${parents[scope.column]} = ${scope.id}::uuid AND t."deletedAt" IS NULL`,
    sql`e."deletedAt" IS NULL AND p."deletedAt" IS NULL`,
    ...(pattern == null ? [] : [filters.like(subject === 'State' ? 'stateId' : 'name', pattern)]),
    ...(pair == null ? [] : [filters.pair(pair)]),
  ];
  return sql`SELECT t.id, ${name} AS name, row_number() OVER (ORDER BY ${name}, t.id) AS rank, ${noTime}
    FROM ${tables} WHERE ${join(where, ' AND ')} ORDER BY rank LIMIT ${limit}::int`;
}

const noTime = sql`NULL::timestamptz AS "dueAt"`;

// Selects the oldest runs first.
function selectRuns({ column, id }: BulkScopeRow, conditions: BulkConditions, limit: number): Sql {
  const { statuses = [], kinds = [], createdSince, createdBefore, endedBefore, notRetried } = conditions;
  const parent = raw(`t."${column}"`);
  const where = [
    // The bounds make PostgreSQL take the index that begins with the parent, see `runsOf`.
    sql`${parent} = ${id}::uuid AND ${parent} BETWEEN ${id}::uuid AND ${id}::uuid AND t.status = s.status`,
    sql`t.kind = ANY (${[...kinds]}::text[]::"RunKind"[])`,
    ...(createdSince ? [filters.createdSince(createdSince)] : []),
    ...(createdBefore ? [filters.createdBefore(createdBefore)] : []),
    // A run that ended before a time was also created before it, and the index knows when it was created.
    ...(endedBefore ? [sql`t."endedAt" < ${endedBefore}`, filters.createdBefore(endedBefore)] : []),
    ...(notRetried ? [sql`NOT EXISTS (SELECT FROM "Run" AS other WHERE other."retryOfId" = t.id)`] : []),
  ];
  return sql`SELECT r.id, r.command AS name, row_number() OVER (ORDER BY r.id) AS rank, ${noTime}
    FROM unnest(${[...statuses]}::text[]::"RunStatus"[]) AS s (status) CROSS JOIN LATERAL (
      SELECT t.id, t.command FROM "Run" AS t WHERE ${join(where, ' AND ')} ORDER BY t.id LIMIT ${limit}::int
    ) AS r ORDER BY rank LIMIT ${limit}::int`;
}

const parents = {
  projectId: sql`e."projectId"`,
  environmentId: sql`t."environmentId"`,
  jobId: sql`t."jobId"`,
};

function inEnvironment(table: BulkSubject, column: string): { tables: Sql; name: Sql } {
  return {
    tables: sql`"Project" AS p JOIN "Environment" AS e ON e."projectId" = p.id
      JOIN ${raw(`"${table}"`)} AS t ON t."environmentId" = e.id`,
    name: sql`concat_ws('/', p.name, e.name, t.${raw(`"${column}"`)})`,
  };
}

/** The tables of each type, and the column that names an object. */
const subjects: Record<BulkSubject, { tables: Sql; name: Sql }> = {
  Run: { tables: sql`"Run" AS t`, name: sql`t.command` },
  Job: inEnvironment('Job', 'name'),
  Schedule: inEnvironment('Schedule', 'name'),
  State: inEnvironment('State', 'stateId'),
};
