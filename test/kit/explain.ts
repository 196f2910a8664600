import type { TestApp } from './app.ts';

/** How a statement read a table. */
export interface TableReads {
  /** Rows that were read, including those that were then left out. */
  rows: number;
  /** The kinds of scan, such as `Index Scan`. */
  scans: string[];
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/**
 * Runs an operation, then runs its last SQL statement again under EXPLAIN, and returns how it read a table.
 */
export async function explain(
  app: TestApp,
  operation: string,
  table: string,
): Promise<{ statements: number; reads: TableReads; result: unknown }> {
  return explainWork(app, () => app.query<unknown>(operation), table);
}

/** The same of any work that sends statements. */
export async function explainWork<Result>(
  app: TestApp,
  work: () => Promise<Result>,
  table: string,
): Promise<{ statements: number; reads: TableReads; result: Result }> {
  const { statements, params, result } = await app.counting(work);
  const reads = (await readsOf(app, statements.at(-1) ?? '', params.at(-1) ?? '[]')).get(table);
  return { statements: statements.length, reads: reads ?? { rows: 0, scans: [] }, result };
}

/**
 * How a statement of each text reads the tables that is sent while some work is done. Each of them is done once more, and
 * undone. One that inserts a row whose id is given cannot be done again, and is left out.
 */
export async function explainEach(
  app: TestApp,
  work: () => Promise<unknown>,
): Promise<{ sql: string; reads: Map<string, TableReads> }[]> {
  const { statements, params } = await app.counting(work);
  const first = new Map<string, string>();
  statements.forEach((sql, i) => {
    if (/^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(sql) && !first.has(sql))
      first.set(sql, params[i] ?? '[]');
  });
  const explained = [];
  for (const [sql, values] of first) {
    const reads = await readsOf(app, sql, values).catch((error: unknown) => {
      if (String(error).includes('duplicate key')) return null;
      throw error;
    });
    if (reads) explained.push({ sql, reads });
  }
  return explained;
}

/** How a statement reads each table. @param params its values, as a JSON array */
async function readsOf(
  { app }: TestApp,
  statement: string,
  params: string,
): Promise<Map<string, TableReads>> {
  const values = JSON.parse(params) as unknown[];
  const text = statement.replace(/\$(\d+)/g, (_, n: string) => literal(values[Number(n) - 1]));
  const reads = new Map<string, TableReads>();
  const look = (node: Plan): void => {
    const table = node['Relation Name'];
    if (table !== undefined && node['Actual Loops'] > 0) {
      const read = reads.get(table) ?? { rows: 0, scans: [] };
      const left = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      read.rows += (node['Actual Rows'] + left) * node['Actual Loops'];
      read.scans.push(node['Node Type']);
      reads.set(table, read);
    }
    node.Plans?.forEach(look);
  };
  await app.store.prisma
    .$transaction(async (tx) => {
      const [answer] = await tx.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
      );
      const plan = answer?.['QUERY PLAN'][0]?.Plan;
      if (!plan) throw new Error('EXPLAIN gave no plan.');
      look(plan);
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return reads;
}

class Undone extends Error {}

/** SQL: a value whose type is what its place needs. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = Array.isArray(value)
    ? `{${value.map((item) => JSON.stringify(item)).join(',')}}`
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  return `'${text.replaceAll("'", "''")}'`;
}
