import type { Prisma } from '../generated/client.ts';
import { raw, sql } from '../../lib/sql.ts';

// The version of a state is its revision: every change of its documents, id or environment increases it.
const columns = {
  Project: 'revision',
  ProjectFile: 'revision',
  Environment: 'revision',
  Plugin: 'revision',
  Job: 'revision',
  Schedule: 'revision',
  Service: 'revision',
  State: 'version',
  Worker: 'revision',
  Webhook: 'revision',
} as const;

/** A table whose rows have an etag. */
export type RevisedTable = keyof typeof columns;

/** Statements on the revisions of rows. */
export function revisionStatements(db: Prisma.TransactionClient) {
  return {
    /** Locks a row until the transaction ends. @returns its revision; null when the row does not exist */
    lockRow: async (table: RevisedTable, id: string): Promise<number | null> => {
      const rows = await db.$queryRaw<{ revision: number }[]>(
        sql`SELECT ${raw(`"${columns[table]}"`)} AS revision FROM ${raw(`"${table}"`)} WHERE id = ${id}::uuid FOR UPDATE`,
      );
      return rows[0]?.revision ?? null;
    },
  };
}
