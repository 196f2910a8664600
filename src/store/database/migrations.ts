import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { packageFile } from '../../package-files.ts';
import { quoted } from '../../lib/quoted.ts';
import type { Send } from '../../lib/sql.ts';
import type { Row } from '../../reading/rows.ts';

const prismaDirectory = packageFile('prisma/');
const noFilter = { externalTables: [], externalEnums: [] };

/** The migrations in `prisma/migrations`, oldest first, in the form that Prisma's engine expects. */
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

// The engine is loaded only when it is needed: loading takes a large part of the start.
async function openEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  const { openSchemaEngine } = await import('./schema-engine.ts');
  return openSchemaEngine(factory);
}

/** The database was changed by a newer version of this program, so that this one cannot use it. The message says what to do. */
export class DatabaseNewer extends Error {
  override name = 'DatabaseNewer';
}

/** The migrations of this version do not change while it runs. */
let ours: Promise<Map<string, string | null>> | null = null;

/** The checksums of this version's migrations by their names; null for one that cannot be read. */
export function knownMigrations(): Promise<ReadonlyMap<string, string | null>> {
  ours ??= checksums();
  return ours;
}

/** The checksums of the migrations by their names; null for one that cannot be read. */
async function checksums(): Promise<Map<string, string | null>> {
  const { migrationDirectories } = await readMigrations();
  return new Map(
    migrationDirectories.map(({ path, migrationFile: { content } }) => [
      path,
      content.tag === 'ok' ? checksumOf(content.value) : null,
    ]),
  );
}

/**
 * Whether the database has all migrations of this version, with the same content as here, so that Prisma's engine would
 * change nothing. False when one of them failed or has other content: the engine then decides. Those of a newer version do
 * not matter, also while that one still makes them.
 */
export async function isUpToDate(send: Send): Promise<boolean> {
  const rows = await appliedMigrations(send);
  const applied = new Map(rows.map((row) => [row.migration_name, row]));
  ours ??= checksums();
  return [...(await ours)].every(([name, checksum]) => {
    const row = applied.get(name);
    return checksum !== null && row?.checksum === checksum && row.finished_at !== null;
  });
}

/** The migrations of this version that the database does not have, or has with other content. */
export async function missingMigrations(send: Send): Promise<string[]> {
  const rows = await appliedMigrations(send);
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  ours ??= checksums();
  return [...(await ours)].flatMap(([name, checksum]) => (applied.get(name) === checksum ? [] : [name]));
}

/**
 * Refuses a database that a newer version has changed so that this one cannot use it. A migration only adds to what there
 * is, so that the version before goes on, starts again and can be brought back while a new one is rolled out. One that takes
 * something away says in its name what a version must know that can do without it: `…_needs_20261201015237` is for those
 * with the migration that begins with this number.
 *
 * @returns the migrations that this version does not know and can live with
 * @throws DatabaseNewer
 */
export async function refuseNewer(send: Send): Promise<string[]> {
  ours ??= checksums();
  const known = [...(await ours).keys()];
  const names = (await appliedMigrations(send)).map((row) => String(row.migration_name));
  const unknown = names.filter((name) => !known.includes(name));
  for (const name of unknown) {
    const needed = /_needs_(\d{14})$/.exec(name)?.[1];
    if (needed === undefined || known.some((own) => own.startsWith(needed))) continue;
    throw new DatabaseNewer(
      `The database was changed by a newer version of meltano-graphql, and this version cannot use it any more, because of its migration ${quoted(name)}. Start that version or a later one, or restore a backup from before.`,
    );
  }
  return unknown;
}

/** The migrations that a database has. */
export function appliedMigrations(send: Send): Promise<readonly Row[]> {
  return send(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    [],
  ).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== undefinedTable) throw error;
    return [];
  });
}

/** PostgreSQL's error code for a missing table. */
const undefinedTable = '42P01';

// The checksum as the engine stores it; a test checks this.
function checksumOf(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

/**
 * Applies all missing migrations, as `prisma migrate deploy` does. The caller makes sure that no other
 * process does so at the same time.
 *
 * @param only names of those to apply; null for all
 * @returns their names
 */
export async function applyMigrations(
  factory: SqlMigrationAwareDriverAdapterFactory,
  only: ReadonlySet<string> | null = null,
): Promise<string[]> {
  const engine = await openEngine(factory);
  try {
    const all = await readMigrations();
    const migrationDirectories = all.migrationDirectories.filter(({ path }) => only?.has(path) ?? true);
    const migrationsList = { ...all, migrationDirectories };
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilter });
    return appliedMigrationNames;
  } finally {
    engine.free();
  }
}

/**
 * The SQL that would change the result of all migrations into `prisma/schema.prisma`; empty when they agree.
 * It runs the migrations in the given database's shadow, so the database must be a temporary one.
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
    return ['', '-- This is an empty migration.'].includes(sql.trim()) ? '' : sql;
  } finally {
    engine.free();
  }
}
