import type { Store } from '../../src/store/index.ts';

/**
 * Every row of every table as text from PostgreSQL, by table. The tables of the queue only on request, and what followers
 * are told of changes only where it matters.
 */
export async function tableTexts(
  { prisma }: Pick<Store, 'prisma'>,
  { queue = false, changes = true } = {},
): Promise<Record<string, string[]>> {
  const tables = await prisma.$queryRawUnsafe<{ name: string }[]>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE (schemaname = 'public' ${changes ? '' : "AND tablename NOT LIKE 'ObjectChange%'"}) ${queue ? "OR schemaname = 'pgboss'" : ''} ORDER BY 1`,
  );
  const rows = await prisma.$queryRawUnsafe<{ name: string; text: string }[]>(
    `${tables.map(({ name }) => `SELECT '${name}' AS name, ${textOf(name)} AS text FROM ${name} AS t`).join(' UNION ALL ')}
     ORDER BY name, text`,
  );
  const texts: Record<string, string[]> = Object.fromEntries(tables.map(({ name }) => [name, []]));
  for (const { name, text } of rows) texts[name]?.push(text);
  return texts;
}

/** A worker says every few seconds that it is alive, whatever else happens. */
function textOf(table: string): string {
  return table === 'public."Worker"' ? `(to_jsonb(t) - 'heartbeatAt')::text` : 't::text';
}
