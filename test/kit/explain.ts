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
  const [answer] = await app.app.store.prisma.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statements.at(-1)}`,
    ...(JSON.parse(params.at(-1) ?? '[]') as unknown[]),
  );
  const plan = answer?.['QUERY PLAN'][0]?.Plan;
  if (!plan) throw new Error('EXPLAIN gave no plan.');
  const reads: TableReads = { rows: 0, scans: [] };
  const look = (node: Plan): void => {
    if (node['Relation Name'] === table && node['Actual Loops'] > 0) {
      const left = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      reads.rows += (node['Actual Rows'] + left) * node['Actual Loops'];
      reads.scans.push(node['Node Type']);
    }
    node.Plans?.forEach(look);
  };
  look(plan);
  return { statements: statements.length, reads, result };
}
