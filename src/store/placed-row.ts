import { inPlaceOf, type NamedTable } from './former-name.ts';
import type { Prisma } from './generated/client.ts';
import { join, sql, type Sql } from './sql.ts';

/** A row that has a path, and what tells where it belongs. */
export interface PlacedRow {
  type: NamedTable;
  id: string;
  /** Another one after each change. */
  revision: number;
  /** The parts of its path. */
  names: string[];
  /** What a schedule is for; null for other rows. */
  target: Record<'job' | 'extractor' | 'loader' | 'transform', string | null> | null;
}

/** Statements on where rows stand. */
export function placedRowStatements(db: Prisma.TransactionClient) {
  return {
    /** A row, and those that go with it wherever it goes: a job's schedules, at most so many. */
    placedRows: (type: NamedTable, id: string, limit: number): Promise<PlacedRow[]> => {
      const own = rowsOf(type, sql`t.id = ${id}::uuid`);
      const schedules = sql`(${rowsOf('Schedule', sql`t."jobId" = ${id}::uuid AND t."deleteTime" IS NULL`)} ORDER BY t.id LIMIT ${limit})`;
      return db.$queryRaw<PlacedRow[]>(type === 'Job' ? sql`${own} UNION ALL ${schedules}` : own);
    },

    /** How many objects have the name of a row in their paths, counted up to a number. */
    countBelow: async (type: NamedTable, id: string, limit: number): Promise<number> => {
      if (type !== 'Project' && type !== 'Environment') return 0;
      const environments = sql`SELECT id FROM "Environment" WHERE "projectId" = ${id}::uuid AND "deleteTime" IS NULL`;
      const of = type === 'Project' ? sql`= ANY (ARRAY(${environments}))` : sql`= ${id}::uuid`;
      const parts = [
        ...(type === 'Project' ? [environments] : []),
        sql`SELECT id FROM "Job" WHERE "environmentId" ${of} AND "deleteTime" IS NULL`,
        sql`SELECT id FROM "Schedule" WHERE "environmentId" ${of} AND "deleteTime" IS NULL`,
        sql`SELECT id FROM "State" WHERE "environmentId" ${of} AND "deleteTime" IS NULL`,
      ];
      const [row] = await db.$queryRaw<{ count: number }[]>(
        sql`SELECT count(*)::int AS count FROM (${join(parts, ' UNION ALL ')} LIMIT ${limit}) AS below`,
      );
      return row?.count ?? 0;
    },
  };
}

function rowsOf(type: NamedTable, where: Sql): Sql {
  const { from, names } = inPlaceOf(type);
  const revision = type === 'State' ? sql`t.version` : sql`t.revision`;
  const [target, job] =
    type === 'Schedule'
      ? [
          sql`json_build_object('job', p.name || '/' || e.name || '/' || j.name, 'extractor', t.extractor, 'loader', t.loader, 'transform', t.transform)`,
          sql`LEFT JOIN "Job" AS j ON j.id = t."jobId"`,
        ]
      : [sql`NULL::json`, sql``];
  return sql`SELECT ${type} AS type, t.id, ${revision} AS revision, ${names} AS names, ${target} AS target
    FROM ${from} ${job} WHERE ${where}`;
}
