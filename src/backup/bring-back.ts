import { openForBackup, unknownMigrations } from '../store/backup/backup.ts';
import { DataDirectoryHeld } from '../store/database/embedded/data-directory.ts';
import type { DatabaseLocation } from '../store/database/database.ts';
import { quoted } from '../lib/quoted.ts';
import { checkArchive, openArchive, sumOf, type Content } from './archive.ts';
import { BackupFailed } from './backup-failed.ts';

/**
 * Brings back what a file has kept, into a database that is empty. The file is read wholly before anything is changed.
 *
 * @throws BackupFailed, BackupDamaged, and what opening the database throws
 */
export async function bringBack(location: DatabaseLocation, path: string): Promise<Content[]> {
  const { header, contents } = await checkArchive(path);
  const unknown = await unknownMigrations(header.migrations);
  if (unknown.length > 0)
    throw new BackupFailed(
      `The backup was written by version ${header.version}, which is newer: this version does not know its migration ${quoted(unknown[0] ?? '')}. Take that version or a later one.`,
    );
  const database = await openForBackup(location).catch((error: unknown) => {
    if (error instanceof DataDirectoryHeld)
      throw new BackupFailed(`${error.message} Stop it, and bring the backup back then.`);
    throw error;
  });
  try {
    if (!(await database.isEmpty()))
      throw new BackupFailed('The database is not empty, and nothing in it was changed. Name another one.');
    if (await database.hasOthers(header.migrations))
      throw new BackupFailed(
        'The database has the tables of a version that is newer than the backup. Name one that is new.',
      );
    const { rows } = await openArchive(path);
    await database.fill(header.migrations, rows, async (tables) => {
      if (!areSame(await sumOf(tables), contents))
        throw new BackupFailed('What is in the database is not what was in the backup; nothing was kept.');
    });
    return contents;
  } finally {
    await database.close();
  }
}

function areSame(some: readonly Content[], others: readonly Content[]): boolean {
  const text = (contents: readonly Content[]): string =>
    contents
      .map(({ table, rows, digest }) => `${table} ${rows} ${digest}`)
      .sort()
      .join('\n');
  return text(some) === text(others);
}
