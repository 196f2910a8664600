import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { exists } from '../lib/files/exists.ts';
import { openForBackup, withAllRows, type OpenedDatabase } from '../store/backup/backup.ts';
import { DataDirectoryHeld } from '../store/database/embedded/data-directory.ts';
import type { Database, DatabaseLocation } from '../store/database/database.ts';
import { checkArchive, writeArchive, type Content } from './archive.ts';
import { BackupFailed } from './backup-failed.ts';
import { backupPath } from './path.ts';

/** Where a gateway is that holds the database. */
export interface HoldingGateway {
  /** Where the gateway is, such as `http://127.0.0.1:4000/`. */
  url: string;
  token: string | null;
}

/**
 * Writes all that is kept in a database to a new file, and reads it back. A database that a gateway holds is asked for
 * through that gateway, which goes on.
 *
 * @throws BackupFailed, and what opening the database throws
 */
export async function backUp(
  location: Exclude<DatabaseLocation, { kind: 'OPEN' }>,
  path: string,
  version: string,
  gateway: HoldingGateway,
): Promise<Content[]> {
  if (await exists(path)) throw new BackupFailed(`${path} is there already; name a new file.`);
  if (location.kind === 'EMBEDDED' && !(await exists(join(location.directory, 'postgres', 'PG_VERSION'))))
    throw new BackupFailed(`There is no database in ${location.directory}.`);
  const draft = `${path}.${randomUUID()}.new`;
  try {
    const written = await writeDraft(location, draft, version, gateway);
    const { contents } = await checkArchive(draft);
    if (written !== null && JSON.stringify(written) !== JSON.stringify(contents))
      throw new BackupFailed('What was read back is not what was written.');
    await rename(draft, path);
    await syncDirectory(dirname(path));
    return contents;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(
  location: DatabaseLocation,
  draft: string,
  version: string,
  gateway: HoldingGateway,
): Promise<Content[] | null> {
  const database = await openForBackup(location).catch((error: unknown) => {
    if (error instanceof DataDirectoryHeld) return null;
    throw error;
  });
  if (database === null) {
    await fetchBackup(draft, gateway);
    return null;
  }
  return writeAndClose(database, draft, version);
}

function writeAndClose(database: OpenedDatabase, path: string, version: string): Promise<Content[]> {
  return database.withAllRows(archiveAt(path, version)).finally(database.close);
}

/** Writes rows to a new file. */
function archiveAt(path: string, version: string): Parameters<typeof withAllRows<Content[]>>[1] {
  return (tables, migrations) =>
    writeArchive(path, { version, createdAt: new Date().toISOString(), migrations: [...migrations] }, tables);
}

/** A database that a gateway has opened. */
export interface OpenDatabase {
  prisma: Parameters<typeof withAllRows>[0];
  database: Pick<Database, 'copyTo'>;
}

/**
 * Writes the backup of a database that is open, with the rows of one moment, into a directory. An embedded one is copied
 * there and read from the copy, since others would wait until all of it is read.
 *
 * @returns the path of the backup
 */
export async function backUpOpen(
  { prisma, database }: OpenDatabase,
  directory: string,
  version: string,
): Promise<string> {
  const path = join(directory, 'backup');
  const copy = await database.copyTo?.(join(directory, 'copy'));
  if (copy == null) await withAllRows(prisma, archiveAt(path, version));
  else await writeAndClose(await openForBackup(copy), path, version);
  return path;
}

async function fetchBackup(draft: string, { url, token }: HoldingGateway): Promise<void> {
  const address = new URL(backupPath, url).href;
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: '{}',
  }).catch((error: unknown) => {
    throw new BackupFailed(
      `Another process has the database, and no gateway answers at ${url}: say where it is with MELTANO_GRAPHQL_URL.`,
      { cause: error },
    );
  });
  if (!response.ok || response.body === null)
    throw new BackupFailed(`The gateway at ${url} has answered ${response.status}: ${await response.text()}`);
  await pipeline(
    Readable.fromWeb(response.body as ReadableStream),
    createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
  );
}

/** Lets the name of a file outlive a crash of the machine. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  await handle.sync().finally(() => handle.close());
}
