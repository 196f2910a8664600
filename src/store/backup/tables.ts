import type { Prisma } from '../generated/client.ts';

/** A statement in a transaction, as text. */
export type Tx = Pick<Prisma.TransactionClient, '$queryRawUnsafe' | '$executeRawUnsafe'>;

/**
 * Tables that a backup leaves out: what Prisma knows of migrations, which is made anew; what tells followers of changes, by
 * numbers of transactions that no other database has; and the workers that are alive.
 */
const leftOut = ['_prisma_migrations', 'ObjectChange', 'ChangeHorizon', 'Worker', 'WorkerProject'];

/** The tables of the gateway with all that is kept of it, without those of the queue: its messages only wake. */
export async function tablesOf(tx: Tx): Promise<string[]> {
  const rows = await tx.$queryRawUnsafe<{ name: string }[]>(
    `SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() AND NOT tablename = ANY ($1::text[])
     ORDER BY 1`,
    leftOut,
  );
  return rows.map(({ name }) => name);
}

/** How a row is written as text: the same in every database. */
export const plainTexts = [
  `SET LOCAL "TimeZone" = 'UTC'`,
  `SET LOCAL "DateStyle" = 'ISO'`,
  'SET LOCAL extra_float_digits = 1',
] as const;

/** A name as SQL writes it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
