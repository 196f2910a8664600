import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backUpOpen, type OpenDatabase } from './back-up.ts';

/** How the names of the directories begin in which backups are written. */
const prefix = 'backup-';

/**
 * Answers with a backup. It is written to the disk first, so that the database does not wait for the client; one client at a
 * time is served so.
 */
export function sendBackupOf(
  opened: OpenDatabase,
  dataDirectory: string,
  version: string,
): (response: ServerResponse) => Promise<void> {
  let last: Promise<unknown> =
    opened.database.copyTo === null ? Promise.resolve() : removeOld(dataDirectory).catch(() => undefined);
  return (response) => {
    const next = last.then(() => send(opened, dataDirectory, version, response));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Removes what a gateway has left that was killed. Nobody else writes into the directory of an embedded database. */
async function removeOld(dataDirectory: string): Promise<void> {
  for (const name of await readdir(dataDirectory).catch(() => []))
    if (name.startsWith(prefix)) await rm(join(dataDirectory, name), { recursive: true, force: true });
}

async function send(
  opened: OpenDatabase,
  dataDirectory: string,
  version: string,
  response: ServerResponse,
): Promise<void> {
  if (response.closed) return;
  const directory = await mkdtemp(join(dataDirectory, prefix));
  try {
    const file = await backUpOpen(opened, directory, version);
    const { size } = await stat(file);
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': size });
    await pipeline(createReadStream(file), response);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
