import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import pg from 'pg';
import { fromPglite, type ConstructorOptions } from 'pg-boss';
import { holdDataDirectory } from './data-directory.ts';
import { listenOnPglite, listenOnServer, type Listen } from './notifications.ts';
import { applyMigrations, isUpToDate } from './migrations.ts';
import type { Row } from './rows.ts';
import { sendToPglite } from './pglite-statements.ts';
import { connectToServer } from './server-connection.ts';
import type { Send } from './sql.ts';
import { sessionSettings, statementNames } from './statement-names.ts';

/** Where the store is: a PostgreSQL server, or a directory of the embedded PostgreSQL (PGlite). */
export type DatabaseLocation =
  | { kind: 'SERVER'; url: string }
  | { kind: 'EMBEDDED'; directory: string; processId: number }
  | { kind: 'MEMORY'; snapshot?: Blob };

/** An open database: what differs between a server and the embedded PostgreSQL. */
export interface Database {
  /** Driver adapter for Prisma. */
  adapter: SqlMigrationAwareDriverAdapterFactory;
  /**
   * Sends one statement, past Prisma: on a small page of rows its share is larger than PostgreSQL's own.
   * Rows hold what the driver makes of a column.
   */
  query: Send;
  /** How pg-boss reaches the same database. */
  bossOptions: ConstructorOptions;
  /** Subscribes to PostgreSQL notifications. */
  listen: Listen;
  /**
   * Brings the tables up to date; safe when several processes start at once.
   *
   * @throws DatabaseUnavailable when the server cannot be reached or does not let us in
   */
  migrate: () => Promise<string[]>;
  /** The embedded database itself, for a snapshot of it; null on a server. */
  pglite: PGlite | null;
  close: () => Promise<void>;
}

/**
 * Opens a database.
 *
 * @throws DataDirectoryHeld when another process has the embedded one
 */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  return location.kind === 'SERVER' ? openServer(location.url) : openEmbedded(location);
}

/** Connections per process for queries. pg-boss and the listener hold a few more. */
const poolSize = 10;

// Any number will do, as long as every gateway takes the same.
const migrationLock = 7_233_071;

function openServer(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    // The pool waits for it before it hands the connection out, which its types do not say.
    onConnect: (client) => client.query(sessionSettings) as unknown as undefined,
  });
  // Whoever waits for an answer is told of a lost connection; an idle one must not end the process.
  pool.on('error', () => undefined);
  const nameOf = statementNames();
  return {
    adapter: new PrismaPg(pool),
    query: async (text, values) => {
      const name = nameOf(text);
      const { rows } = await pool.query<Row>({ text, values: [...values], ...(name ? { name } : {}) });
      return rows;
    },
    bossOptions: { connectionString: url, backend: 'postgres', max: 4 },
    listen: listenOnServer(url),
    migrate: async () => {
      // Held by a session of its own, so that it is released even when this process dies half-way.
      const session = await connectToServer(url);
      const send: Send = async (text, values) => (await session.query<Row>(text, [...values])).rows;
      // Prisma's engine leaves a lock of its own to the end of its connection.
      const own = new pg.Pool({ connectionString: url, max: 1 });
      try {
        if (await isUpToDate(send)) return [];
        await session.query('SELECT pg_advisory_lock($1)', [migrationLock]);
        return await applyMigrations(new PrismaPg(own));
      } finally {
        await own.end();
        await session.end();
      }
    },
    pglite: null,
    close: () => pool.end(),
  };
}

async function openEmbedded(location: Exclude<DatabaseLocation, { kind: 'SERVER' }>): Promise<Database> {
  const onDisk = location.kind === 'EMBEDDED';
  const release = onDisk ? await holdDataDirectory(location.directory, location.processId) : undefined;
  try {
    const pglite = await PGlite.create({
      ...(onDisk ? { dataDir: join(location.directory, 'postgres') } : {}),
      ...(!onDisk && location.snapshot ? { loadDataDir: location.snapshot } : {}),
      // PGlite leaves fsync off; what was acknowledged must survive a power cut.
      startParams: PGlite.defaultStartParams.filter((param) => !onDisk || param !== '-F'),
    });
    const adapter = new PrismaPGlite(pglite);
    await pglite.exec(sessionSettings);
    const query = sendToPglite(pglite);
    return {
      adapter,
      query,
      bossOptions: { db: fromPglite(pglite), backend: 'pglite' },
      listen: listenOnPglite(pglite),
      migrate: async () => ((await isUpToDate(query)) ? [] : applyMigrations(adapter)),
      pglite,
      close: async () => {
        await pglite.close();
        await release?.();
      },
    };
  } catch (error) {
    await release?.();
    throw error;
  }
}
