import { PrismaClient } from '../generated/client.ts';
import { openDatabase, type Database, type DatabaseLocation } from '../database/database.ts';
import { applyMigrations, appliedMigrations, knownMigrations } from '../database/migrations.ts';
import { maxWaitMs } from '../database/statements.ts';
import { readRows, type RowsOfTable } from './read-rows.ts';
import { plainTexts, quotedName, tablesOf, type Tx } from './tables.ts';
import { beginRows } from './write-rows.ts';

/** A migration, and the checksum of its text. */
export interface MigrationMark {
  name: string;
  checksum: string;
}

/** How long a backup or the return of one may take, in milliseconds. */
const timeoutMs = 4 * 3600 * 1000;

/** Hands over all rows as they are at one moment, with the migrations that have made their tables. */
export async function withAllRows<T>(
  prisma: PrismaClient,
  work: (tables: AsyncGenerator<RowsOfTable>, migrations: readonly MigrationMark[]) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(
    async (tx) => {
      await writePlainly(tx);
      const migrations = await appliedMigrations((text, values) => tx.$queryRawUnsafe(text, ...values));
      const marks = migrations.map((row) => ({
        name: String(row.migration_name),
        checksum: String(row.checksum),
      }));
      return work(readRows(tx), marks);
    },
    { isolationLevel: 'RepeatableRead', maxWait: maxWaitMs, timeout: timeoutMs },
  );
}

async function writePlainly(tx: Tx): Promise<void> {
  for (const setting of plainTexts) await tx.$executeRawUnsafe(setting);
}

/** A database that is opened for its backup, or to bring one back, and for nothing else. */
export interface OpenedDatabase {
  withAllRows: <T>(work: Parameters<typeof withAllRows<T>>[1]) => Promise<T>;
  /** Whether nothing is kept in it. */
  isEmpty: () => Promise<boolean>;
  /** Whether its tables were made by other migrations than these, too. */
  hasOthers: (migrations: readonly MigrationMark[]) => Promise<boolean>;
  /**
   * Makes the tables as they were, fills them, and brings them up to date. All rows are there after it, or none.
   *
   * @param check is called with the rows as they are in the tables, before anybody else sees them
   */
  fill: (
    migrations: readonly MigrationMark[],
    rows: AsyncIterable<{ table: string; line: string }>,
    check: (tables: AsyncGenerator<RowsOfTable>) => Promise<void>,
  ) => Promise<void>;
  close: () => Promise<void>;
}

/** @throws DataDirectoryHeld, DataDirectoryBroken, DatabaseUnavailable */
export async function openForBackup(location: DatabaseLocation): Promise<OpenedDatabase> {
  const database = await openDatabase(location);
  const prisma = new PrismaClient({ adapter: database.adapter });
  return {
    withAllRows: (work) => withAllRows(prisma, work),
    isEmpty: () => isEmpty(prisma),
    hasOthers: async (migrations) => {
      const names = new Set(migrations.map(({ name }) => name));
      const applied = await appliedMigrations(database.query);
      return applied.some((row) => !names.has(String(row.migration_name)));
    },
    fill: async (migrations, rows, check) => {
      await applyMigrations(database.adapter, new Set(migrations.map(({ name }) => name)));
      await prisma.$transaction(
        async (tx) => {
          await writePlainly(tx);
          const writer = await beginRows(tx);
          for await (const { table, line } of rows) await writer.write(table, line);
          await writer.end();
          await check(readRows(tx));
        },
        { maxWait: maxWaitMs, timeout: timeoutMs },
      );
      await database.migrate();
    },
    close: () => closeBoth(prisma, database),
  };
}

async function closeBoth(prisma: PrismaClient, database: Database): Promise<void> {
  await prisma.$disconnect();
  await database.close();
}

async function isEmpty(prisma: PrismaClient): Promise<boolean> {
  for (const table of await tablesOf(prisma)) {
    const [row] = await prisma.$queryRawUnsafe<unknown[]>(`SELECT 1 FROM ${quotedName(table)} LIMIT 1`);
    if (row !== undefined) return false;
  }
  return true;
}

/** The migrations among these that this version does not know, or knows with another content. */
export async function unknownMigrations(migrations: readonly MigrationMark[]): Promise<string[]> {
  const known = await knownMigrations();
  return migrations.flatMap(({ name, checksum }) => (known.get(name) === checksum ? [] : [name]));
}
