import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { packageFile } from '../package-files.ts';
import type { Send } from './sql.ts';

const prismaDirectory = packageFile('prisma/');
const noFilter = { externalTables: [], externalEnums: [] };

/** The migrations in `prisma/migrations`, oldest first, as the engine wants them. */
export async function readMigrations(): Promise<MigrationList> {
  const baseDir = `${prismaDirectory}migrations`;
  const entries = await readdir(baseDir, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const file = async (path: string): Promise<string> => readFile(`${baseDir}/${path}`, 'utf8');
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: await file('migration_lock.toml').catch(() => null) },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.sort().map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await file(`${name}/migration.sql`) },
        },
      })),
    ),
  };
}

// Loaded when there is something to do: it takes a good part of a start.
async function openEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  const { openSchemaEngine } = await import('./schema-engine.ts');
  return openSchemaEngine(factory);
}

/**
 * Whether the database has seen every migration, as it is here: then Prisma's engine would change nothing.
 * One that failed, or that reads otherwise by now, is the engine's to judge.
 */
export async function isUpToDate(send: Send): Promise<boolean> {
  const rows = await send(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    [],
  ).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== undefinedTable) throw error;
    return [];
  });
  const checksums = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const { migrationDirectories } = await readMigrations();
  return (
    rows.every((row) => row.finished_at !== null) &&
    migrationDirectories.every(
      ({ path, migrationFile: { content } }) =>
        content.tag === 'ok' && checksums.get(path) === checksumOf(content.value),
    )
  );
}

/** PostgreSQL's code for a table that is not there. */
const undefinedTable = '42P01';

// As the engine records it; a test holds this to it.
function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

/**
 * Applies every migration that the database has not seen, in the way of `prisma migrate deploy`.
 * The caller sees to it that no other process does so at the same time.
 */
export async function applyMigrations(factory: SqlMigrationAwareDriverAdapterFactory): Promise<string[]> {
  const engine = await openEngine(factory);
  try {
    const migrationsList = await readMigrations();
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilter });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

/**
 * The SQL that leads from the migrations to `prisma/schema.prisma`; empty when they agree.
 * Replays the migrations in the given database's shadow, so give it a scratch one.
 */
export async function migrationDrift(factory: SqlMigrationAwareDriverAdapterFactory): Promise<string> {
  const engine = await openEngine(factory);
  try {
    const path = `${prismaDirectory}schema.prisma`;
    const { stdout } = await engine.diff({
      from: { tag: 'migrations', ...(await readMigrations()) },
      to: { tag: 'schemaDatamodel', files: [{ path, content: await readFile(path, 'utf8') }] },
      script: true,
      exitCode: null,
      filters: noFilter,
    });
    const sql = stdout ?? '';
    return /^\s*(-- This is an empty migration\.)?\s*$/.test(sql) ? '' : sql;
  } finally {
    engine.free();
  }
}
