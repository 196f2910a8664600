import type { Prisma } from './generated/client.ts';
import { raw, sql } from './sql.ts';

// A state's version is its revision: every change of its documents or of its place makes one.
const columns = {
  Project: 'revision',
  Environment: 'revision',
  Plugin: 'revision',
  Job: 'revision',
  Schedule: 'revision',
  Service: 'revision',
  State: 'version',
} as const;

/** A table whose rows callers change. */
export type RevisedTable = keyof typeof columns;

/** Statements on how often rows have changed. */
export function revisionStatements(db: Prisma.TransactionClient) {
  return {
    /** Holds a row until the transaction ends. @returns the number of its changes so far; null when it is gone */
    holdRevision: async (table: RevisedTable, id: string): Promise<number | null> => {
      const rows = await db.$queryRaw<{ revision: number }[]>(
        sql`SELECT ${raw(`"${columns[table]}"`)} AS revision FROM ${raw(`"${table}"`)} WHERE id = ${id}::uuid FOR UPDATE`,
      );
      return rows[0]?.revision ?? null;
    },
  };
}
