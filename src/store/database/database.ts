import type { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { ConstructorOptions } from 'pg-boss';
import { advisoryLocks } from './advisory-locks.ts';
import { openEmbedded, openPglite } from './embedded/embedded.ts';
import type { DiskSpace } from './embedded/disk-space.ts';
import { throughUs } from './prisma/adapters.ts';
import { listenOnServer, type Listen } from './notifications.ts';
import { applyMigrations, isUpToDate, refuseNewer } from './migrations.ts';
import type { Row } from '../../reading/rows.ts';
import { connectToServer } from './server-connection.ts';
import type { Send } from '../../lib/sql.ts';
import {
  maxWaitMs,
  poolFacts,
  sendBy,
  serverSettings,
  sessionSettings,
  type PoolFacts,
} from './statements.ts';

/**
 * Where the store is: a PostgreSQL server, a directory of the embedded PostgreSQL (PGlite), or an embedded one that
 * the caller opens and closes.
 */
export type DatabaseLocation =
  | { kind: 'SERVER'; url: string }
  | { kind: 'EMBEDDED'; directory: string; processId: number }
  | { kind: 'OPEN'; pglite: PGlite };

/** An open database, with all that differs between a server and the embedded PostgreSQL. */
export interface Database {
  /** Driver adapter for Prisma. */
  adapter: SqlMigrationAwareDriverAdapterFactory;
  /**
   * Sends one statement without Prisma, which takes more time than PostgreSQL for a small page of rows.
   * Values in rows have the types that the driver gives them.
   */
  query: Send;
  /** How pg-boss reaches the same database. */
  bossOptions: ConstructorOptions;
  /** Subscribes to PostgreSQL notifications. */
  listen: Listen;
  /**
   * Brings the tables up to date. Several processes may do so at the same time.
   *
   * @returns the names of the applied migrations
   * @throws DatabaseNewer; DatabaseUnavailable when the server cannot be reached or refuses the connection
   */
  migrate: () => Promise<string[]>;
  /** What tells this database from a copy of it, and is the same for all who use it. */
  identity: () => Promise<string>;
  /** The connections for queries. */
  pool: () => PoolFacts;
  /** The disk of an embedded database in a directory; null for any other. */
  space: DiskSpace | null;
  /**
   * Copies an embedded database in a directory, as it is at one moment, into another directory. Others wait only
   * until the files are copied. Null for any other database.
   *
   * @returns where the copy is; null when the disk has no room for it
   */
  copyTo: ((directory: string) => Promise<DatabaseLocation | null>) | null;
  close: () => Promise<void>;
}

/**
 * Opens a database.
 *
 * @param onTrouble is called with what happens to it in the background
 * @throws DataDirectoryHeld when another process uses the directory of the embedded one
 */
export async function openDatabase(
  location: DatabaseLocation,
  onTrouble: (error: unknown) => void = () => undefined,
): Promise<Database> {
  switch (location.kind) {
    case 'SERVER':
      return openServer(location.url);
    case 'EMBEDDED':
      return openEmbedded(location, onTrouble);
    case 'OPEN':
      return openPglite(location.pglite);
  }
}

/** Connections for queries, for each process. pg-boss and the listener open a few more. */
const poolSize = 10;

function openServer(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: maxWaitMs,
    // The pool waits for the result before it uses the connection, but its types do not allow a result.
    onConnect: (client) => client.query(`${sessionSettings}; ${serverSettings}`) as unknown as undefined,
  });
  // The query that waits for an answer gets the error of a lost connection. Without this listener, an idle
  // connection that is lost would end the process.
  pool.on('error', () => undefined);
  return {
    adapter: throughUs(new PrismaPg(pool)),
    query: sendBy(pool),
    bossOptions: { connectionString: url, backend: 'postgres', max: 4 },
    listen: listenOnServer(url),
    migrate: async () => {
      // A session of its own holds the lock, so that PostgreSQL releases it even if this process dies.
      const session = await connectToServer(url);
      const send: Send = async (text, values) => (await session.query<Row>(text, [...values])).rows;
      // Prisma's engine takes a lock too, and keeps it until its connection ends.
      const own = new pg.Pool({ connectionString: url, max: 1 });
      try {
        await refuseNewer(send);
        if (await isUpToDate(send)) return [];
        await session.query('SELECT pg_advisory_lock($1)', [advisoryLocks.migration]);
        return await applyMigrations(new PrismaPg(own));
      } finally {
        await own.end();
        await session.end();
      }
    },
    identity: () => identityOf(sendBy(pool)),
    pool: () => poolFacts(pool),
    space: null,
    copyTo: null,
    close: () => pool.end(),
  };
}

/** Which database of which server it is. Some servers tell their own identity to nobody. */
async function identityOf(send: Send): Promise<string> {
  const server = send('SELECT system_identifier::text AS id FROM pg_control_system()', []).catch(
    (error: unknown) => {
      if (!refusals.has((error as { code?: unknown }).code)) throw error;
      return [];
    },
  );
  const database = send('SELECT oid::text AS id FROM pg_database WHERE datname = current_database()', []);
  return (await Promise.all([server, database]))
    .map(([row]) => (row as { id: string } | undefined)?.id ?? '')
    .join('/');
}

/** PostgreSQL's error codes for a function that one may not call, and for one that is not there. */
const refusals: ReadonlySet<unknown> = new Set(['42501', '42883']);
