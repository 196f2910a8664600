import type pg from 'pg';
import type { Send } from '../../lib/sql.ts';
import type { Row } from '../../reading/rows.ts';

/** How long a statement or a transaction waits for a connection before its caller hears that there is none, in milliseconds. */
export const maxWaitMs = 10_000;

/**
 * What each connection keeps prepared at most. PostgreSQL needs up to a hundred bytes for each letter of a statement
 * whose plan it keeps.
 */
export const preparedLimits = { statements: 500, letters: 1_000_000, lettersOfOne: 20_000 } as const;

/**
 * Gives names to statements that come again, so that they are prepared. Each connection keeps all its
 * prepared statements, and callers can send any number of different queries, so what is kept is limited.
 */
export function statementNames(): (text: string) => string | undefined {
  const limits = preparedLimits;
  const names = new Map<string, string>();
  let named = 0;
  const seen = new Set<string>();
  let remembered = 0;
  return (text) => {
    if (text.length > limits.lettersOfOne) return undefined;
    const name = names.get(text);
    if (name !== undefined) return name;
    if (!seen.has(text)) {
      if (remembered > limits.letters) {
        seen.clear();
        remembered = 0;
      }
      seen.add(text);
      remembered += text.length;
      return undefined;
    }
    if (names.size === limits.statements || named + text.length > limits.letters) return undefined;
    const next = `s${names.size}`;
    names.set(text, next);
    named += text.length;
    return next;
  };
}

/** Sends statements without Prisma, each on any connection of the pool. */
export function sendBy(pool: pg.Pool): Send {
  const nameOf = statementNames();
  /** How often statements had to be prepared anew: part of their names. */
  let round = 0;
  return async (text, values) => {
    const name = nameOf(text);
    const query = { text, values: [...values] };
    if (name === undefined) return (await pool.query<Row>(query)).rows;
    const ofRound = (): pg.QueryConfig => ({ name: `${name}r${round}`, ...query });
    const before = round;
    try {
      return (await pool.query<Row>(ofRound())).rows;
    } catch (error) {
      if (!isOutdated(error)) throw error;
      // It was not executed. The connection would refuse it for ever.
      if (round === before) round += 1;
      return (await pool.query<Row>(ofRound())).rows;
    }
  };
}

/** Whether a statement was prepared before a newer version has added a column to what it returns. */
function isOutdated(error: unknown): boolean {
  return (error as { routine?: unknown }).routine === 'RevalidateCachedQuery';
}

/** How a pool of connections is used at a moment. */
export interface PoolFacts {
  /** How many connections it may have. */
  max: number;
  /** How many are open. */
  open: number;
  /** How many of these nobody uses. */
  idle: number;
  /** How many statements and transactions wait for one. */
  waiting: number;
}

export function poolFacts({ options, totalCount, idleCount, waitingCount }: pg.Pool): PoolFacts {
  return { max: options.max, open: totalCount, idle: idleCount, waiting: waitingCount };
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

/**
 * Settings of all connections to a server. A process whose network is cut, or whose machine loses its power, closes no
 * connection. Until the server notices, which takes two hours unless it is told otherwise, what the process has locked
 * stays locked: nobody could declare its runs LOST. These times end before a lease does.
 */
export const serverSettings = [
  // As long as a transaction may last at all.
  `idle_in_transaction_session_timeout = '30s'`,
  `tcp_keepalives_idle = 15`,
  `tcp_keepalives_interval = 5`,
  `tcp_keepalives_count = 3`,
  `tcp_user_timeout = '30s'`,
]
  .map((setting) => `SET ${setting}`)
  .join('; ');
