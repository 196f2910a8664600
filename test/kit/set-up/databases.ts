import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openStore } from '../../../src/store/index.ts';
import { home } from './home.ts';
import { notRun } from './not-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL server for the tests; null for the embedded database. */
    serverUrl: string | null;
    /** Name of the server's database from which each test file's database is copied. */
    templateName: string;
    /** Directory with an embedded database, as a directory `postgres` and as a file `postgres.tar`. */
    snapshotDirectory: string;
  }
}

/** Prepares what every test needs: migrated databases to copy. */
export default async function setUp(project: TestProject): Promise<void> {
  await mkdir(home, { recursive: true });
  const stamp = await stampOfMigrations();
  const templateName = `meltano_graphql_template_${stamp}`;
  const snapshotDirectory = join(home, `test-store-${stamp}`);
  project.provide('templateName', templateName);
  project.provide('snapshotDirectory', snapshotDirectory);
  await makeSnapshot(snapshotDirectory);
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (serverUrl === undefined) notRun('everything on a PostgreSQL server', 'TEST_DATABASE_URL is not set');
  else await makeTemplate(serverUrl, templateName);
}

// A store with other migrations cannot be used.
async function stampOfMigrations(): Promise<string> {
  const directory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
  const hash = createHash('sha256');
  for (const entry of (await readdir(directory)).sort()) {
    hash.update(await readFile(join(directory, entry, 'migration.sql')).catch(() => entry));
  }
  return hash.digest('hex').slice(0, 12);
}

const onError = (error: unknown): void => console.error(error);

async function makeSnapshot(directory: string): Promise<void> {
  if (existsSync(directory)) return;
  const draft = await mkdtemp(`${directory}-`);
  const pglite = await PGlite.create({ dataDir: join(draft, 'postgres') });
  const store = await openStore({ location: { kind: 'OPEN', pglite }, onError });
  await store.close();
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  await writeFile(join(draft, 'postgres.tar'), Buffer.from(await dump.arrayBuffer()));
  // Another run of the tests may have made one in the meantime.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true }));
}

async function makeTemplate(serverUrl: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    // It first has another name, so that an interrupted set-up leaves no incomplete template.
    const draft = `${name}_${randomBytes(4).toString('hex')}`;
    await admin.query(`CREATE DATABASE ${draft}`);
    const url = new URL(serverUrl);
    url.pathname = `/${draft}`;
    const store = await openStore({ location: { kind: 'SERVER', url: url.href }, onError });
    await store.close();
    await admin
      .query(`ALTER DATABASE ${draft} RENAME TO ${name}`)
      .catch(() => admin.query(`DROP DATABASE ${draft} WITH (FORCE)`));
  } finally {
    await admin.end();
  }
}
