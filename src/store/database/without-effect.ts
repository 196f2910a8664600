import { sql } from '../../lib/sql.ts';
import type { Prisma } from '../generated/client.ts';

/** Does some work in a transaction, then rolls it back to where it was before. */
export async function withoutEffect<T>(db: Prisma.TransactionClient, work: () => Promise<T>): Promise<T> {
  await db.$executeRaw(sql`SAVEPOINT trial`);
  const result = await work();
  await db.$executeRaw(sql`ROLLBACK TO SAVEPOINT trial`);
  return result;
}
