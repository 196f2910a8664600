import { sessionSettings } from '../../../src/store/database/statements.ts';
import type { Connection } from '../database/connection.ts';

/** What a statement takes. */
export interface Cost {
  /** Time in the database, in milliseconds. */
  ms: number;
  /** Rows that were read from tables, also those that were left out then. */
  rows: number;
  /** Tables that were read from their begin to their end. */
  scanned: string[];
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** Tells what statements take, with the plans that the gateway's connections keep. */
export async function explainer({
  query,
}: Connection): Promise<(sql: string, values: unknown[]) => Promise<Cost>> {
  await query(sessionSettings);
  return async (sql, values) => {
    await query(`PREPARE explained AS ${sql}`);
    try {
      const given = values.length > 0 ? `(${values.map(literal).join(', ')})` : '';
      const explain = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE explained${given}`;
      const costs = [costOf(await query(explain)), costOf(await query(explain))];
      // The second one finds its pages in memory.
      return costs.reduce((a, b) => (a.ms < b.ms ? a : b));
    } finally {
      await query('DEALLOCATE explained');
    }
  };
}

function costOf([row]: Record<string, unknown>[]): Cost {
  const [answer] = row?.['QUERY PLAN'] as [{ Plan: Plan; 'Execution Time': number }];
  const cost: Cost = { ms: answer['Execution Time'], rows: 0, scanned: [] };
  const look = (node: Plan): void => {
    const table = node['Relation Name'];
    const loops = node['Actual Loops'] ?? 0;
    if (table !== undefined && loops > 0) {
      const left = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      cost.rows += Math.round(((node['Actual Rows'] ?? 0) + left) * loops);
      if (node['Node Type'] === 'Seq Scan') cost.scanned.push(table);
    }
    node.Plans?.forEach(look);
  };
  look(answer.Plan);
  return cost;
}

/** A value as SQL text, whose type the statement knows. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text = Array.isArray(value)
    ? `{${value.map((one) => `"${String(one).replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  return `'${text.replaceAll("'", "''")}'`;
}
