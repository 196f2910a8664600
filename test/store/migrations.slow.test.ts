import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import {
  applyMigrations,
  DatabaseNewer,
  isUpToDate,
  migrationDrift,
  readMigrations,
} from '../../src/store/database/migrations.ts';
import { openStore } from '../../src/store/index.ts';
import { freshDatabase } from '../kit/database.ts';
import { waitFor } from '../kit/wait.ts';
import { emptyDatabase, onServer, start } from './kit.ts';

const opened: PGlite[] = [];
afterEach(async () => {
  for (const pglite of opened.splice(0)) await pglite.close();
});

async function embedded(): Promise<PGlite> {
  const pglite = await PGlite.create();
  opened.push(pglite);
  return pglite;
}

test('the migrations lead to prisma/schema.prisma, and nothing is missing', async () => {
  expect(await migrationDrift(new PrismaPGlite(await embedded()))).toBe('');
});

test('all migrations are applied once, and are recorded as `prisma migrate deploy` does', async () => {
  const pglite = await embedded();
  const adapter = new PrismaPGlite(pglite);
  const { migrationDirectories } = await readMigrations();
  const names = migrationDirectories.map(({ path }) => path);
  expect(names.length).toBeGreaterThan(0);
  expect(await applyMigrations(adapter)).toEqual(names);
  expect(await applyMigrations(adapter)).toEqual([]);
  const { rows } = await pglite.query<{ migration_name: string; finished: boolean }>(
    'SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY started_at',
  );
  expect(rows).toEqual(names.map((name) => ({ migration_name: name, finished: true })));
});

test('a database is up to date when each migration is there as it is here, and none has failed', async () => {
  const pglite = await embedded();
  const send = async (text: string, values: readonly unknown[]) =>
    (await pglite.query<Record<string, unknown>>(text, [...values])).rows;
  expect(await isUpToDate(send)).toBe(false);
  await applyMigrations(new PrismaPGlite(pglite));
  expect(await isUpToDate(send)).toBe(true);
  for (const change of [
    `checksum = 'of something else'`,
    'finished_at = NULL',
    'rolled_back_at = now()',
    `migration_name = 'another'`,
  ]) {
    await pglite.exec(`BEGIN; UPDATE _prisma_migrations SET ${change}`);
    expect([change, await isUpToDate(send)]).toEqual([change, false]);
    await pglite.exec('ROLLBACK');
  }
  expect(await isUpToDate(send)).toBe(true);
});

const serverUrl = process.env.TEST_DATABASE_URL ?? '';

describe.skipIf(serverUrl === '')('on one database of a server', () => {
  test('of several processes that start at once, one migrates and all of them work', async () => {
    const database = await emptyDatabase(serverUrl);
    try {
      const children = Array.from({ length: 4 }, () => start('open-store.ts', database.url));
      const applied = await Promise.all(children.map(({ said }) => said));
      expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
      const names = (await readMigrations()).migrationDirectories.map(({ path }) => path);
      expect(applied.sort()).toEqual([...Array<string>(3).fill('[]'), JSON.stringify(names)].sort());
      const rows = await onServer(database.url, 'SELECT count(*)::int AS n FROM _prisma_migrations');
      expect(rows).toEqual([{ n: names.length }]);
    } finally {
      await database.drop();
    }
  });

  test('a process waits while another migrates, and goes on when that one dies', async () => {
    const database = await emptyDatabase(serverUrl);
    // Takes the place of a process that migrates, and holds what such a process holds.
    const other = new pg.Client({ connectionString: database.url });
    other.on('error', () => undefined);
    await other.connect();
    try {
      await other.query('SELECT pg_advisory_lock(7233071)');
      const child = start('open-store.ts', database.url);
      const waiting =
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 7233071 AND NOT granted";
      await waitFor('the process to wait', async () => (await onServer(database.url, waiting)).length === 1);
      const tables = "SELECT 1 FROM pg_tables WHERE schemaname = 'public'";
      expect(await onServer(database.url, tables)).toEqual([]);
      await onServer(
        database.url,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7233071 AND granted",
      );
      expect(JSON.parse(await child.said)).not.toEqual([]);
      expect(await child.ended).toBe(0);
    } finally {
      await other.end().catch(() => undefined);
      await database.drop();
    }
  });
});

describe.each(['the embedded', 'a server'])('a database that a newer version has changed: %s', (where) => {
  const needed = `29990101000000`;

  /** Opens a database whose migrations are these, too. */
  async function openWith(...names: string[]): Promise<void> {
    const database = await freshDatabase(where === 'a server' ? serverUrl : null);
    const open = () => openStore({ location: database.location, onError: () => undefined });
    try {
      const store = await open();
      for (const name of names)
        await store.prisma
          .$executeRaw`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (gen_random_uuid()::text, 'x', ${name})`;
      await store.close();
      await (await open()).close();
    } finally {
      await database.drop();
    }
  }

  test.skipIf(where === 'a server' && serverUrl === '')(
    'is used on, also while that one still changes it',
    async () => {
      const { migrationDirectories } = await readMigrations();
      const newest = migrationDirectories.at(-1)?.path.slice(0, needed.length) ?? '';
      await openWith('29990101000000_adds', `29990101000001_takes_away_needs_${newest}`);
    },
  );

  test.skipIf(where === 'a server' && serverUrl === '')(
    'is refused when something was taken away that this version needs, and stays as it is',
    async () => {
      const refused = openWith(`${needed}_adds`, `29990101000001_takes_away_needs_${needed}`);
      await expect(refused).rejects.toThrow(DatabaseNewer);
      await expect(refused).rejects.toThrow(
        `The database was changed by a newer version of meltano-graphql, and this version cannot use it any more, because of its migration "29990101000001_takes_away_needs_${needed}". Start that version or a later one, or restore a backup from before.`,
      );
    },
  );
});
