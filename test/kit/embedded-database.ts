import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { inject } from 'vitest';

/** Rows of a table, as a JSON array. */
interface Rows {
  table: string;
  rows: string;
}

/** What is in the snapshot, by database that came from it. */
const snapshots = new WeakMap<PGlite, Rows[]>();

/** Databases that are as the snapshot has them, for the tests to come: to make one takes more than a second. */
const idle: PGlite[] = [];
const idleMax = 2;

/** An embedded database in memory with its tables up to date. */
export async function takeEmbedded(): Promise<PGlite> {
  const taken = idle.pop();
  if (taken) return taken;
  const snapshot = join(inject('snapshotDirectory'), 'postgres.tar');
  const pglite = await PGlite.create({ loadDataDir: await openAsBlob(snapshot) });
  snapshots.set(pglite, await rowsIn(pglite));
  return pglite;
}

/** Makes a database for the next test of one that nobody uses any more. */
export async function giveBackEmbedded(pglite: PGlite): Promise<void> {
  if (idle.length === idleMax) return pglite.close();
  await empty(pglite);
  await pglite.exec('SET session_replication_role = replica');
  for (const { table, rows } of snapshots.get(pglite) ?? []) {
    await pglite.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      rows,
    ]);
  }
  // What a session keeps: settings, prepared statements, locks, subscriptions.
  await pglite.exec('DISCARD ALL');
  await pglite.exec('SET search_path = public');
  idle.push(pglite);
}

/** The tables that have rows. */
async function rowsIn(pglite: PGlite): Promise<Rows[]> {
  const found: Rows[] = [];
  for (const table of await tablesOf(pglite)) {
    const { rows } = await pglite.query<{ rows: string | null }>(
      `SELECT json_agg(t)::text AS rows FROM ${table} AS t`,
    );
    if (rows[0]?.rows) found.push({ table, rows: rows[0].rows });
  }
  return found;
}

async function empty(pglite: PGlite): Promise<void> {
  const tables = await tablesOf(pglite);
  const looks = tables.map((table) => `SELECT '${table}' AS name WHERE EXISTS (SELECT FROM ${table})`);
  const { rows } = await pglite.query<{ name: string }>(looks.join(' UNION ALL '));
  const names = rows.map(({ name }) => name).join();
  await pglite.exec(`TRUNCATE ${names} RESTART IDENTITY CASCADE`);
  // Statistics of an ANALYZE would guide the plans of the tests to come.
  await pglite.exec('DELETE FROM pg_statistic WHERE starelid >= 16384');
}

async function tablesOf(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('public', 'pgboss') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
