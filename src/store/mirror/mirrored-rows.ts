import type { Prisma } from '../generated/client.ts';
import { join, raw, sql, type Sql } from '../../lib/sql.ts';
import type { ImportedTable } from '../lifecycle/row-origin.ts';
import { notifyServicesIn } from '../services/notify-services.ts';
import { changing, type RowChange, type RowWrite } from './row-writes.ts';

/**
 * Statements that read and write many rows of projects at once. There are few statements, however many rows
 * there are. The rows pass as JSON text, which costs this thread next to nothing.
 */
export function mirrorStatements(db: Prisma.TransactionClient) {
  const write = async (writes: readonly RowWrite[]): Promise<void> => {
    for (const { kind, table, columns, rows } of writes) {
      // One parameter for all rows: PostgreSQL takes at most 65,535 parameters.
      const recordset = sql`jsonb_populate_recordset(NULL::${name(table)}, ${rows}::jsonb)`;
      if (kind === 'INSERT') {
        const names = join(columns.map(name));
        await db.$executeRaw(sql`INSERT INTO ${name(table)} (${names}) SELECT ${names} FROM ${recordset}`);
      } else {
        const set = join(columns.map((column) => sql`${name(column)} = changed.${name(column)}`));
        await db.$executeRaw(
          sql`UPDATE ${name(table)} AS t SET ${set} FROM ${recordset} AS changed WHERE t.id = changed.id`,
        );
        // Services exist as long as their environment does.
        if (table === 'Environment' && columns.includes('deletedAt')) {
          await notifyServicesIn(db, { ids: sql`SELECT id FROM ${recordset}` });
        }
      }
    }
  };
  return {
    /** Inserts and changes rows, in this order. */
    write,

    /** Changes rows, with few statements for each set of columns. */
    change: (table: ImportedTable, changes: readonly RowChange[]): Promise<void> =>
      write(changing(table, changes)),

    /**
     * All rows that belong to the manifests of projects, including deleted ones, as JSON text for each project:
     * `{"environments": […], "plugins": […], "jobs": […], "schedules": […]}`.
     */
    stored: async (projectIds: readonly string[]): Promise<Map<string, string>> => {
      const found = await db.$queryRaw<{ id: string; text: string }[]>(
        sql`SELECT p.id, json_build_object(
              'environments', (SELECT coalesce(json_agg(e ORDER BY e.id), '[]') FROM "Environment" AS e WHERE e."projectId" = p.id),
              'plugins', (SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM "Plugin" AS t WHERE t."projectId" = p.id),
              'jobs', (SELECT coalesce(json_agg(j ORDER BY j.id), '[]') FROM "Job" AS j
                JOIN "Environment" AS e ON e.id = j."environmentId" WHERE e."projectId" = p.id),
              'schedules', (SELECT coalesce(json_agg(s ORDER BY s.id), '[]') FROM "Schedule" AS s
                JOIN "Environment" AS e ON e.id = s."environmentId" WHERE e."projectId" = p.id)
            )::text AS text
            FROM unnest(${[...projectIds]}::text[]::uuid[]) AS p (id)`,
      );
      return new Map(found.map(({ id, text }) => [id, text]));
    },

    /** Replaces the beginning of the keys that rows of a project's environments have in `meltano.yml`. */
    renameKeys: async (
      table: 'Job' | 'Schedule',
      projectId: string,
      from: string,
      to: string,
    ): Promise<void> => {
      await db.$executeRaw(
        sql`UPDATE ${name(table)} AS t SET "manifestKey" = ${to} || substr(t."manifestKey", length(${from}) + 1)
            FROM "Environment" AS e WHERE e.id = t."environmentId" AND e."projectId" = ${projectId}::uuid
              AND starts_with(t."manifestKey", ${from})`,
      );
    },
  };
}

// Only for names of tables and columns in this code, never for a caller's text.
function name(text: string): Sql {
  return raw(`"${text}"`);
}
