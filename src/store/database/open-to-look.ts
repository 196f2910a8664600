import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Send } from '../../lib/sql.ts';
import type { Row } from '../../reading/rows.ts';
import type { DatabaseLocation } from './database.ts';
import { openEmbedded } from './embedded/embedded.ts';
import { connectToServer } from './server-connection.ts';

/** A database that is only looked at: its tables stay as they are, also when they are not those of this version. */
export interface Look {
  /** Sends a statement that only reads. Any other one fails. */
  send: Send;
  close: () => Promise<void>;
}

const readOnly = 'SET default_transaction_read_only = on';

/** How long a statement may take, in milliseconds. */
const statementMs = 10_000;

/**
 * Opens a database to look at it.
 *
 * @returns null when there is none yet
 * @throws DataDirectoryHeld, DataDirectoryBroken, DatabaseUnavailable
 */
export async function openToLook(
  location: Exclude<DatabaseLocation, { kind: 'OPEN' }>,
): Promise<Look | null> {
  if (location.kind === 'SERVER') {
    const client = await connectToServer(location.url);
    await client.query(`${readOnly}; SET statement_timeout = ${statementMs}`);
    const send: Send = async (text, values) => (await client.query<Row>(text, [...values])).rows;
    return { send, close: () => client.end() };
  }
  // To open a directory that is not there would make it.
  const isThere = await stat(join(location.directory, 'postgres', 'PG_VERSION')).catch(() => null);
  if (!isThere) return null;
  const { query, close } = await openEmbedded(location, () => undefined);
  await query(readOnly, []);
  return { send: query, close };
}
