import { pathSqlOf, type NamedTable } from '../naming/former-names.ts';
import type { Prisma } from '../generated/client.ts';
import { join, sql, type Sql } from '../../lib/sql.ts';

/** A row with the fields that a move can change. */
export interface MovePreviewRow {
  type: NamedTable;
  id: string;
  /** Increases with each change of the row. */
  revision: number;
  /** The parts of its path. */
  names: string[];
  /**
   * What a schedule runs; for a plugin, also what a job or service that names it runs. Null for other rows.
   */
  target: Record<string, string | null> | null;
}

/** Statements for previews of moves. */
export function movePreviewStatements(db: Prisma.TransactionClient) {
  return {
    /**
     * A row and the rows that change with its name or parent: schedules of a job; states of an environment;
     * jobs, schedules, services and states that name a plugin. At most `limit` of each.
     */
    rows: (type: MovePreviewRow['type'], id: string, limit: number): Promise<MovePreviewRow[]> => {
      const some = (rows: Sql): Sql => sql`(${rows} ORDER BY t.id LIMIT ${limit})`;
      const present = sql`t."deletedAt" IS NULL`;
      if (type === 'Plugin') {
        const plugin = sql`"Plugin" AS own WHERE own.id = ${id}::uuid`;
        const names = (text: Sql): Sql =>
          sql`EXISTS (SELECT FROM ${plugin} AND own."projectId" = p.id AND strpos(${text}, own.name) > 0)`;
        const rows = [
          rowsOf(type, sql`t.id = ${id}::uuid`),
          some(
            rowsOf(
              'Job',
              sql`${names(sql`t.tasks::text`)} AND ${present}`,
              sql`json_build_object('tasks', t.tasks::text)`,
            ),
          ),
          some(rowsOf('Schedule', sql`${names(sql`concat(t.extractor, ' ', t.loader)`)} AND ${present}`)),
          some(
            rowsOf(
              'Service',
              sql`${names(sql`t.command`)} AND ${present}`,
              sql`json_build_object('command', t.command)`,
            ),
          ),
          some(rowsOf('State', sql`${names(sql`t.pair`)} AND ${present}`)),
        ];
        return db.$queryRaw<MovePreviewRow[]>(join(rows, ' UNION ALL '));
      }
      const own = rowsOf(type, sql`t.id = ${id}::uuid`);
      const inside: Partial<Record<NamedTable, Sql>> = {
        Job: some(rowsOf('Schedule', sql`t."jobId" = ${id}::uuid AND ${present}`)),
        Environment: some(rowsOf('State', sql`t."environmentId" = ${id}::uuid AND ${present}`)),
      };
      return db.$queryRaw<MovePreviewRow[]>(inside[type] ? sql`${own} UNION ALL ${inside[type]}` : own);
    },

    /** How many objects have the name of a row in their paths, counted up to `limit`. */
    countBelow: async (type: MovePreviewRow['type'], id: string, limit: number): Promise<number> => {
      if (type !== 'Project' && type !== 'Environment') return 0;
      const environments = sql`SELECT id FROM "Environment" WHERE "projectId" = ${id}::uuid AND "deletedAt" IS NULL`;
      const of = type === 'Project' ? sql`= ANY (ARRAY(${environments}))` : sql`= ${id}::uuid`;
      const parts = [
        ...(type === 'Project' ? [environments] : []),
        sql`SELECT id FROM "Job" WHERE "environmentId" ${of} AND "deletedAt" IS NULL`,
        sql`SELECT id FROM "Schedule" WHERE "environmentId" ${of} AND "deletedAt" IS NULL`,
        sql`SELECT id FROM "Service" WHERE "environmentId" ${of} AND "deletedAt" IS NULL`,
        sql`SELECT id FROM "State" WHERE "environmentId" ${of} AND "deletedAt" IS NULL`,
      ];
      const [row] = await db.$queryRaw<{ count: number }[]>(
        sql`SELECT count(*)::int AS count FROM (${join(parts, ' UNION ALL ')} LIMIT ${limit}) AS below`,
      );
      return row?.count ?? 0;
    },
  };
}

function rowsOf(type: NamedTable, where: Sql, ownTarget?: Sql): Sql {
  const { from, names } = pathSqlOf(type);
  const revision = type === 'State' ? sql`t.version` : sql`t.revision`;
  const [target, job] =
    type === 'Schedule'
      ? [
          sql`json_build_object('job', p.name || '/' || e.name || '/' || j.name, 'extractor', t.extractor, 'loader', t.loader, 'transform', t.transform)`,
          sql`LEFT JOIN "Job" AS j ON j.id = t."jobId"`,
        ]
      : [ownTarget ?? sql`NULL::json`, sql``];
  return sql`SELECT ${type} AS type, t.id, ${revision} AS revision, ${names} AS names, ${target} AS target
    FROM ${from} ${job} WHERE ${where}`;
}
