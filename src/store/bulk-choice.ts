import type { RunStatus } from './generated/client.ts';
import { filters } from './sources.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** What a bulk operation can be for. */
export type BulkSubject = 'Run' | 'Job' | 'Schedule' | 'State';

/** What objects belong to. */
export interface BulkPlace {
  column: 'projectId' | 'environmentId' | 'jobId';
  id: string;
}

/** Which of the objects of a place are chosen: all conditions given must hold. */
export interface BulkConditions {
  /** Of runs, where it must be given. */
  statuses?: readonly RunStatus[];
  /** Of runs. */
  createdSince?: Date | null | undefined;
  /** Of runs. */
  createdBefore?: Date | null | undefined;
  /** Of runs. */
  endedBefore?: Date | null | undefined;
  /** Of runs: those that no run repeats. */
  notRetried?: boolean;
  /** Of jobs and schedules the name, of states the state id; `*` stands for any characters, and `?` for one. */
  pattern?: string | null | undefined;
  /** Of states. */
  pair?: string | null | undefined;
}

/** The objects that a bulk operation is for: those of the ids, in their order, or those of a place. */
export type BulkChoice = { subject: BulkSubject } & (
  { ids: readonly string[] } | { place: BulkPlace; conditions: BulkConditions }
);

/** The statement that selects the `id` and the `name` of the chosen objects, and their `rank`, at most so many. */
export function selectChosen(choice: BulkChoice, limit: number): Sql {
  const { subject } = choice;
  const { tables, name } = subjects[subject];
  if ('ids' in choice) {
    return sql`SELECT g.id, (SELECT ${name} FROM ${tables} WHERE t.id = g.id) AS name, g.rank
      FROM unnest(${[...choice.ids]}::text[]::uuid[]) WITH ORDINALITY AS g (id, rank)`;
  }
  const { place, conditions } = choice;
  if (subject === 'Run') return selectRuns(place, conditions, limit);
  const { pattern, pair } = conditions;
  const where = [
    sql`${parents[place.column]} = ${place.id}::uuid AND t."deleteTime" IS NULL`,
    sql`e."deleteTime" IS NULL AND p."deleteTime" IS NULL`,
    ...(pattern == null ? [] : [filters.like(subject === 'State' ? 'stateId' : 'name', pattern)]),
    ...(pair == null ? [] : [filters.pair(pair)]),
  ];
  return sql`SELECT t.id, ${name} AS name, row_number() OVER (ORDER BY ${name}, t.id) AS rank
    FROM ${tables} WHERE ${join(where, ' AND ')} ORDER BY rank LIMIT ${limit}::int`;
}

// The oldest first.
function selectRuns({ column, id }: BulkPlace, conditions: BulkConditions, limit: number): Sql {
  const { statuses = [], createdSince, createdBefore, endedBefore, notRetried } = conditions;
  const parent = raw(`t."${column}"`);
  const where = [
    // The bounds make PostgreSQL take the index that begins with the parent, see `runsOf`.
    sql`${parent} = ${id}::uuid AND ${parent} BETWEEN ${id}::uuid AND ${id}::uuid AND t.status = s.status`,
    ...(createdSince ? [filters.createdSince(createdSince)] : []),
    ...(createdBefore ? [filters.createdBefore(createdBefore)] : []),
    // What has ended before a time was asked for before it, which the index knows.
    ...(endedBefore ? [sql`t."endedAt" < ${endedBefore}`, filters.createdBefore(endedBefore)] : []),
    ...(notRetried ? [sql`NOT EXISTS (SELECT FROM "Run" AS other WHERE other."retryOfId" = t.id)`] : []),
  ];
  return sql`SELECT r.id, r.command AS name, row_number() OVER (ORDER BY r.id) AS rank
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

/** Where objects are read, and what they are called. */
const subjects: Record<BulkSubject, { tables: Sql; name: Sql }> = {
  Run: { tables: sql`"Run" AS t`, name: sql`t.command` },
  Job: inEnvironment('Job', 'name'),
  Schedule: inEnvironment('Schedule', 'name'),
  State: inEnvironment('State', 'stateId'),
};
