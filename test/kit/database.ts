import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, inject } from 'vitest';
import type { DatabaseLocation } from '../../src/store/database/database.ts';
import { giveBackEmbedded, takeEmbedded } from './embedded-database.ts';

/** A separate database, with all migrations. */
export interface TestDatabase {
  location: DatabaseLocation;
  drop: () => Promise<void>;
}

/** Whether the tests run on a PostgreSQL server. */
export function onServer(): boolean {
  return inject('serverUrl') !== null;
}

/**
 * `describe` for what only a server can do, in files named `*.server.test.ts` or `*.server.slow.test.ts`. Where there is
 * a server, only its suites have these files (`test/vitest.config.ts`). Where there is none they are skipped.
 */
export const describeOnServer = describe.skipIf(!onServer());

/** Makes a database: a copy of the template on the server, otherwise an embedded one in memory. */
export async function freshDatabase(serverUrl = inject('serverUrl')): Promise<TestDatabase> {
  if (serverUrl === null) {
    const pglite = await takeEmbedded();
    return { location: { kind: 'OPEN', pglite }, drop: () => giveBackEmbedded(pglite) };
  }
  const name = `meltano_graphql_test_${randomUUID().replaceAll('-', '')}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await admin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateName')}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    location: { kind: 'SERVER', url: url.href },
    drop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** Makes a database that stays after its gateway has ended: an embedded one is in a directory. */
export async function lastingDatabase(): Promise<TestDatabase> {
  if (onServer()) return freshDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-store-'));
  await copySnapshotTo(directory);
  return {
    location: { kind: 'EMBEDDED', directory, processId: process.pid },
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Puts an embedded database with all migrations where a gateway looks for one: to make it takes seconds. */
export async function copySnapshotTo(storeDirectory: string): Promise<void> {
  await cp(join(inject('snapshotDirectory'), 'postgres'), join(storeDirectory, 'postgres'), {
    recursive: true,
  });
}
