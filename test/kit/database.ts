import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseLocation } from '../../src/store/database.ts';

/** A database of one's own, with its tables up to date. */
export interface TestDatabase {
  location: DatabaseLocation;
  drop: () => Promise<void>;
}

/** Whether the tests run on a PostgreSQL server. */
export function onServer(): boolean {
  return inject('serverUrl') !== null;
}

/** Makes a database: on the server a copy of the template, else an embedded one in memory. */
export async function freshDatabase(serverUrl = inject('serverUrl')): Promise<TestDatabase> {
  if (serverUrl === null) {
    const snapshot = await openAsBlob(inject('snapshotFile'));
    return { location: { kind: 'MEMORY', snapshot }, drop: () => Promise.resolve() };
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

/** Makes a database that outlives the gateway which has it: the embedded one is in a directory. */
export async function lastingDatabase(): Promise<TestDatabase> {
  if (onServer()) return freshDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-store-'));
  const loadDataDir = await openAsBlob(inject('snapshotFile'));
  await (await PGlite.create({ dataDir: join(directory, 'postgres'), loadDataDir })).close();
  return {
    location: { kind: 'EMBEDDED', directory, processId: process.pid },
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}
