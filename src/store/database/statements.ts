import type pg from 'pg';
import type { Send } from '../../lib/sql.ts';
import type { Row } from '../../reading/rows.ts';

/** How long a statement or a transaction waits for a connection before its caller hears that there is none, in milliseconds. */
export const maxWaitMs = 10_000;

/** The most prepared statements on each connection. */
const preparedLimit = 500;

/**
 * Gives names to statements that come again, so that they are prepared. Each connection keeps all its
 * prepared statements, and callers can send any number of different queries, so the number is limited.
 */
export function statementNames(): (text: string) => string | undefined {
  const seen = new Set<string>();
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text);
    if (name !== undefined) return name;
    if (names.size < preparedLimit && seen.has(text)) names.set(text, `s${names.size}`);
    if (seen.size >= 2 * preparedLimit) seen.clear();
    seen.add(text);
    return names.get(text);
  };
}

/** Sends statements without Prisma, each on any connection of the pool. */
export function sendBy(pool: pg.Pool): Send {
  const nameOf = statementNames();
  return async (text, values) => {
    const name = nameOf(text);
    const { rows } = await pool.query<Row>(
      name === undefined ? { text, values: [...values] } : { name, text, values: [...values] },
    );
    return rows;
  };
}

/**
 * Settings of the connections for queries. Every statement uses one generic plan that follows an index. To
 * plan anew for each call took longer than to read. A plan with a sequential scan, made while a table was
 * empty, would stay in use while the table grows. Compiling a plan (`jit`) is never worth it for a page.
 */
export const sessionSettings = [
  'plan_cache_mode = force_generic_plan',
  'enable_seqscan = off',
  'enable_bitmapscan = off',
  'jit = off',
]
  .map((setting) => `SET ${setting}`)
  .join('; ');
