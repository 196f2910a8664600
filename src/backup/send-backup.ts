import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backUpStore } from './back-up.ts';

/**
 * Answers with a backup. It is written to the disk first, so that the database does not wait for the client; one client at a
 * time is served so.
 */
export function sendBackupOf(
  { prisma }: { prisma: Parameters<typeof backUpStore>[0] },
  dataDirectory: string,
  version: string,
): (response: ServerResponse) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (response) => {
    const next = last.then(() => send(prisma, dataDirectory, version, response));
    last = next.catch(() => undefined);
    return next;
  };
}

async function send(
  prisma: Parameters<typeof backUpStore>[0],
  dataDirectory: string,
  version: string,
  response: ServerResponse,
): Promise<void> {
  if (response.closed) return;
  const directory = await mkdtemp(join(dataDirectory, 'backup-'));
  try {
    const file = join(directory, 'backup');
    await backUpStore(prisma, file, version);
    const { size } = await stat(file);
    response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': size });
    await pipeline(createReadStream(file), response);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
