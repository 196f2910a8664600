import type pg from 'pg';

/** How many looks in a row may be put off because statements come all the time. */
const maxPutOffs = 3;

/**
 * The tables that autovacuum would vacuum: those with more dead rows than 50 and a fifth of the table.
 * Source: https://www.postgresql.org/docs/18/routine-vacuuming.html#AUTOVACUUM
 */
const tablesToVacuum = `
  SELECT format('%I.%I', s.schemaname, s.relname) AS name
  FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
  WHERE s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
  ORDER BY s.n_dead_tup`;

/**
 * Gives back the space of deleted rows from time to time: PGlite has no autovacuum. Vacuums one table at a time, and
 * begins when nobody uses the session. If there is always someone, it goes between them in the end.
 *
 * @param lookMs how often to look whether there is something to vacuum, in milliseconds
 * @returns a function that ends it
 */
export function vacuumWhenIdle(
  pool: pg.Pool,
  onError: (error: unknown) => void,
  lookMs = 10_000,
): () => void {
  let putOffs = 0;
  let isWorking = false;
  const mayBegin = (): boolean => {
    const isIdle = pool.idleCount === pool.totalCount && pool.waitingCount === 0;
    return isIdle || putOffs >= maxPutOffs;
  };
  const vacuum = async (): Promise<void> => {
    const { rows } = await pool.query<{ name: string }>(tablesToVacuum);
    for (const { name } of rows) {
      if (!mayBegin()) return;
      await pool.query(`VACUUM ${name}`);
    }
    putOffs = 0;
  };
  const look = async (): Promise<void> => {
    if (isWorking) return;
    if (!mayBegin()) {
      putOffs += 1;
      return;
    }
    isWorking = true;
    await vacuum().catch(onError);
    isWorking = false;
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  return () => clearInterval(timer);
}
