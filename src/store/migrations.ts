import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';

// Part of every JavaScript runtime, yet typed only together with a browser's whole DOM.
declare const WebAssembly: {
  instantiate: (
    binary: Uint8Array,
    imports: Record<string, unknown>,
  ) => Promise<{ instance: { exports: Record<string, () => void> } }>;
};

const prismaDirectory = fileURLToPath(new URL('../../prisma/', import.meta.url));
const noFilter = { externalTables: [], externalEnums: [] };

let bindings: Promise<typeof engineBindings> | undefined;

// Prisma's schema engine, compiled to WebAssembly: the native one would have to be downloaded.
async function engineModule(): Promise<typeof engineBindings> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const binary = await readFile(script.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': engineBindings });
  engineBindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return engineBindings;
}

/**
 * Prisma's schema engine on a database.
 *
 * @param factory driver adapter of the database that the engine reads and changes
 */
export async function openSchemaEngine(
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<SchemaEngine> {
  bindings ??= engineModule();
  const { SchemaEngine: Engine } = await bindings;
  return Engine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory));
}

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

/**
 * Applies every migration that the database has not seen, in the way of `prisma migrate deploy`.
 * The caller sees to it that no other process does so at the same time.
 */
export async function applyMigrations(factory: SqlMigrationAwareDriverAdapterFactory): Promise<string[]> {
  const engine = await openSchemaEngine(factory);
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
  const engine = await openSchemaEngine(factory);
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
