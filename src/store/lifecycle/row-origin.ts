import { sql, type Sql } from '../../lib/sql.ts';

/**
 * The tables that an import fills. Their rows say where they come from (`RowOrigin` in the domain's
 * `lifecycle/`).
 */
export const importedTables = ['Environment', 'Plugin', 'Job', 'Schedule'] as const;

export type ImportedTable = (typeof importedTables)[number];

/** Whether an import fills a table. */
export function isImportedTable(table: string): table is ImportedTable {
  return (importedTables as readonly string[]).includes(table);
}

/** SQL: the project's files have the row. */
export const isInFiles = sql`"origin" = 'MANIFEST'`;

/** For Prisma: the project's files have the row. */
export const inFiles = { origin: 'MANIFEST' } as const;

/**
 * For Prisma: all rows except those that an import has deleted because the files do not have them any more.
 */
export const notDropped = { origin: { not: 'DROPPED' } } as const;

/** SQL: the row is not purged. @param row its alias */
export function notPurged(row: Sql): Sql {
  return sql`${row}."purgedAt" IS NULL`;
}
