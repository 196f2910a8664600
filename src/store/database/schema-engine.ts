import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';

// Every JavaScript runtime has it, but its types come only with those of a browser's DOM.
declare const WebAssembly: {
  instantiate: (
    binary: Uint8Array,
    imports: Record<string, unknown>,
  ) => Promise<{ instance: { exports: Record<string, () => void> } }>;
};

let bindings: Promise<typeof engineBindings> | undefined;

// Prisma's schema engine as WebAssembly: the native one would have to be downloaded.
async function engineModule(): Promise<typeof engineBindings> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const binary = await readFile(script.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': engineBindings });
  engineBindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return engineBindings;
}

/**
 * Opens Prisma's schema engine on a database.
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
