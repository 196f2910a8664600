import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { closers } from '../../../lib/closers.ts';
import { quoted } from '../../../lib/quoted.ts';
import type { Database } from '../database.ts';
import { poolFacts } from '../statements.ts';
import { applyMigrations, isUpToDate, refuseNewer } from '../migrations.ts';
import { throughUs } from '../prisma/adapters.ts';
import { channel } from '../notify.ts';
import { sendInBatches } from './batches.ts';
import { DataDirectoryBroken, holdDataDirectory } from './data-directory.ts';
import { watchDiskSpace } from './disk-space.ts';
import { exchangeWith } from './exchange.ts';
import { hostPglite } from './pglite-host.ts';
import { sessionOf, type Session } from './session.ts';
import { copyFiles } from './copy-files.ts';
import { vacuumWhenIdle } from './vacuum.ts';

/**
 * Opens the embedded PostgreSQL in a directory.
 *
 * @param processId the process that uses the directory
 * @throws DataDirectoryHeld when another process uses it, DataDirectoryBroken
 */
export async function openEmbedded(
  { directory, processId }: { directory: string; processId: number },
  onTrouble: (error: unknown) => void,
): Promise<Database> {
  const { push, close } = closers();
  push(await holdDataDirectory(directory, processId));
  try {
    const files = join(directory, 'postgres');
    const isMade = await beginFiles(directory, files);
    const space = watchDiskSpace(files, (sentence) => onTrouble(new DiskSpaceChanged(sentence)));
    push(space.close);
    const host = hostPglite({
      directory: files,
      isDiskFull: () => space.room() === 'READ_ONLY',
      onEnded: onTrouble,
    });
    push(host.close);
    await host.open().catch(async (error: unknown) => {
      throw new DataDirectoryBroken(files, await whyNotOpened(files), error);
    });
    await isMade();
    const session = sessionOf(host.open);
    push(() => session.pool.end());
    const endVacuum = vacuumWhenIdle(session.pool, onTrouble);
    push(endVacuum);
    const database = databaseOf(session);
    const { dev, ino } = await stat(files);
    return {
      ...database,
      migrate: () => host.patiently(database.migrate),
      identity: () => Promise.resolve(`${dev}:${ino}`),
      space,
      copyTo: async (to) => {
        const isCopied = await copyFiles(session.pool, files, join(to, basename(files)));
        return isCopied ? { kind: 'EMBEDDED', directory: to, processId } : null;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Makes the directory for PostgreSQL's files where there is none. When the program was ended while it made the first
 * files, it begins again: nobody had been answered yet.
 *
 * @returns a function to call when PostgreSQL has been opened
 * @throws DataDirectoryBroken when PGlite would take what is there for an empty directory, and write over it
 */
async function beginFiles(directory: string, files: string): Promise<() => Promise<void>> {
  const mark = join(directory, 'postgres-is-being-made');
  if ((await readdir(directory)).includes(basename(mark))) await rm(files, { recursive: true, force: true });
  try {
    await mkdir(files, { recursive: true });
  } catch (error) {
    throw new DataDirectoryBroken(files, (error as Error).message, error);
  }
  const contents = await readdir(files);
  if (contents.length === 0) await writeFile(mark, '');
  else if (!contents.includes(versionFile)) {
    throw new DataDirectoryBroken(files, `its file ${versionFile} is missing`);
  }
  return () => rm(mark, { force: true });
}

/** Says which version of PostgreSQL has made the files. */
const versionFile = 'PG_VERSION';

async function whyNotOpened(files: string): Promise<string> {
  const version = await readFile(join(files, versionFile), 'utf8').catch(() => 'nothing');
  return `its files are damaged, or were not made by this version of PostgreSQL (${versionFile} says ${quoted(version.trim().slice(0, 20))})`;
}

/** There is more or less room on the disk than before. */
class DiskSpaceChanged extends Error {
  override name = 'DiskSpaceChanged';
}

/** Uses an embedded PostgreSQL in this thread, which stays open. */
export async function openPglite(pglite: PGlite): Promise<Database> {
  await pglite.waitReady;
  const session = sessionOf(() => Promise.resolve(exchangeWith(pglite)));
  const identity = randomUUID();
  return {
    ...databaseOf(session),
    identity: () => Promise.resolve(identity),
    space: null,
    copyTo: null,
    close: () => session.pool.end(),
  };
}

function databaseOf(session: Session): Omit<Database, 'identity' | 'space' | 'copyTo' | 'close'> {
  const { pool, boss, listenTo } = session;
  const adapter = throughUs(new PrismaPg(pool));
  const query = sendInBatches(session);
  return {
    adapter,
    query,
    bossOptions: { db: boss, backend: 'pglite' },
    pool: () => poolFacts(pool),
    listen: listenTo(channel),
    migrate: async () => {
      await refuseNewer(query);
      return (await isUpToDate(query)) ? [] : applyMigrations(adapter);
    },
  };
}
