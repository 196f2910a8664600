import type { Config } from '../config/config.ts';
import { DataDirectoryBroken, DataDirectoryHeld } from '../store/database/embedded/data-directory.ts';
import { DatabaseNewer } from '../store/database/migrations.ts';
import { DatabaseUnavailable } from '../store/database/server-connection.ts';
import { BackupDamaged, type Content } from './archive.ts';
import { backUp, type HoldingGateway } from './back-up.ts';
import { BackupFailed } from './backup-failed.ts';
import { bringBack } from './bring-back.ts';

interface Told {
  say: (line: string) => void;
  complain: (line: string) => void;
}

/** Does `backup` or `restore`. @returns the number with which the program ends */
export async function backupCommand(
  { command, database, file }: Pick<Config, 'command' | 'database' | 'file'>,
  version: string,
  gateway: HoldingGateway,
  { say, complain }: Told,
): Promise<number> {
  if (database.kind === 'OPEN' || file === null) throw new Error('Settings name a database and a file.');
  try {
    if (command === 'BACKUP') {
      const contents = await backUp(database, file, version, gateway);
      say(`${file} has ${totalOf(contents)}. It was read back.`);
      say(
        'The key of the secrets that are kept for retries is not in it: keep secret.key of the data directory, too.',
      );
    } else {
      const contents = await bringBack(database, file);
      say(`${totalOf(contents)} of ${file} are in the database.`);
    }
    return 0;
  } catch (error) {
    const known = [
      ...[BackupDamaged, BackupFailed, DataDirectoryBroken],
      ...[DataDirectoryHeld, DatabaseNewer, DatabaseUnavailable],
    ];
    const { code, message } = error as NodeJS.ErrnoException;
    if (!known.some((kind) => error instanceof kind) && code === undefined) throw error;
    complain(message.replaceAll('\n', ' '));
    return 1;
  }
}

function totalOf(contents: readonly Content[]): string {
  const rows = contents.reduce((sum, content) => sum + content.rows, 0);
  const tables = contents.filter((content) => content.rows > 0).length;
  return `${rows.toLocaleString('en')} rows of ${tables} tables`;
}
