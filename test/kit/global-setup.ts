import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { provisionMeltano } from '../../src/demo/provision.ts';
import { openStore } from '../../src/store/index.ts';
import { chromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server to run on; null for the embedded database. */
    serverUrl: string | null;
    /** Name of the server's database that each test file's is copied from. */
    templateName: string;
    /** File with an embedded database that each test file's is loaded from. */
    snapshotFile: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = process.env.MELTANO_GRAPHQL_HOME ?? join(root, '.meltano-graphql');

/** Makes ready what the tests need: a real Meltano, and migrated databases to copy from. */
export default async function setup(project: TestProject): Promise<void> {
  await mkdir(home, { recursive: true });
  const executable = await provision();
  if (executable !== null) process.env.MELTANO_GRAPHQL_TEST_MELTANO = executable;

  const stamp = await stampOfMigrations();
  const templateName = `meltano_graphql_template_${stamp}`;
  const snapshotFile = join(home, `test-store-${stamp}.tar`);
  project.provide('templateName', templateName);
  project.provide('snapshotFile', snapshotFile);
  await makeSnapshot(snapshotFile);
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (serverUrl !== undefined) await makeTemplate(serverUrl, templateName);
  else notRun('everything on a PostgreSQL server', 'TEST_DATABASE_URL is not set');
  if (chromium === null) notRun('GraphiQL in a browser', 'no Chromium was found; install it or set CHROMIUM');
}

async function provision(): Promise<string | null> {
  const provisioned = await provisionMeltano({
    home,
    baseEnv: process.env,
    log: (line) => console.log(line),
  });
  if ('executable' in provisioned) return provisioned.executable;
  notRun('everything that runs the real Meltano', provisioned.missing);
  return null;
}

function notRun(suites: string, reason: string): void {
  console.warn(`\n!!! NOT RUN: ${suites}: ${reason}\n`);
}

// A store made by other migrations is no good.
async function stampOfMigrations(): Promise<string> {
  const directory = join(root, 'prisma/migrations');
  const hash = createHash('sha256');
  for (const entry of (await readdir(directory)).sort()) {
    hash.update(await readFile(join(directory, entry, 'migration.sql')).catch(() => entry));
  }
  return hash.digest('hex').slice(0, 12);
}

const onError = (error: unknown): void => console.error(error);

async function makeSnapshot(file: string): Promise<void> {
  if (
    await readFile(file).then(
      () => true,
      () => false,
    )
  )
    return;
  const store = await openStore({ location: { kind: 'MEMORY' }, onError });
  const dump = await store.database.pglite?.dumpDataDir('none');
  await store.close();
  if (!dump) throw new Error('The embedded database gave no snapshot.');
  await writeFile(`${file}.new`, Buffer.from(await dump.arrayBuffer()));
  await rename(`${file}.new`, file);
}

async function makeTemplate(serverUrl: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    // Made under another name, so that a set-up that was broken off leaves no half template behind.
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
