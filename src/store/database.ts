import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import pg from 'pg';
import { fromPglite, type ConstructorOptions } from 'pg-boss';
import { holdDataDirectory } from './data-directory.ts';
import { listenOnPglite, listenOnServer, type Listen } from './notifications.ts';
import { applyMigrations } from './migrations.ts';
import { connectToServer } from './server-connection.ts';

/** Where the store is: a PostgreSQL server, or a directory of the embedded PostgreSQL (PGlite). */
export type DatabaseLocation =
  | { kind: 'SERVER'; url: string }
  | { kind: 'EMBEDDED'; directory: string; processId: number }
  | { kind: 'MEMORY'; snapshot?: Blob };

/** An open database: what differs between a server and the embedded PostgreSQL. */
export interface Database {
  /** Driver adapter for Prisma. */
  adapter: SqlMigrationAwareDriverAdapterFactory;
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
  const adapter = new PrismaPg({ connectionString: url, max: poolSize });
  return {
    adapter,
    bossOptions: { connectionString: url, backend: 'postgres', max: 4 },
    listen: listenOnServer(url),
    migrate: async () => {
      // Held by a session of its own, so that it is released even when this process dies half-way.
      const session = await connectToServer(url);
      const pool = new pg.Pool({ connectionString: url, max: 1 });
      try {
        await session.query('SELECT pg_advisory_lock($1)', [migrationLock]);
        return await applyMigrations(new PrismaPg(pool));
      } finally {
        await pool.end();
        await session.end();
      }
    },
    pglite: null,
    close: () => Promise.resolve(),
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
    return {
      adapter,
      bossOptions: { db: fromPglite(pglite), backend: 'pglite' },
      listen: listenOnPglite(pglite),
      migrate: () => applyMigrations(adapter),
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
