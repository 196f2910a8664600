import type { Store } from '../../src/store/index.ts';

/** Every row of every table as PostgreSQL writes it in text, by table; the queue's tables only when asked for. */
export async function tableTexts(
  { prisma }: Pick<Store, 'prisma'>,
  { queue = false } = {},
): Promise<Record<string, string[]>> {
  const tables = await prisma.$queryRawUnsafe<{ name: string }[]>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = 'public' ${queue ? "OR schemaname = 'pgboss'" : ''} ORDER BY 1`,
  );
  const texts: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await prisma.$queryRawUnsafe<{ text: string }[]>(
      `SELECT t::text AS text FROM ${name} AS t ORDER BY 1`,
    );
    texts[name] = rows.map(({ text }) => text);
  }
  return texts;
}
