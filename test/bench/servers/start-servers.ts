import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../database/postgres.ts';
import type { ServerName } from '../operations/requests.ts';
import { startBuilt } from './gateway.ts';
import type { Postgraphile } from './provide-postgraphile.ts';

/** A server under test, in a process of its own. */
export interface Server {
  name: ServerName;
  /** Address without a path. */
  origin: string;
  processId: number;
  stop: () => Promise<void>;
}

/** Starts the gateway as a server to compare. */
export async function startOurs(start: Parameters<typeof startBuilt>[0]): Promise<Server> {
  const { url, processId, stop } = await startBuilt(start);
  return {
    name: 'gateway',
    origin: new URL(url).origin,
    processId,
    stop: async () => {
      await stop();
    },
  };
}

/** Starts PostGraphile on the database. */
export async function startPostgraphile({ node, main }: Postgraphile, url: string): Promise<Server> {
  return start('postgraphile', node, (port) => [main, port, url]);
}

/**
 * Starts the plain server with the prepared statements.
 *
 * @param database URL, or the directory of an embedded database
 */
export async function startPlainSql(database: string): Promise<Server> {
  const main = fileURLToPath(new URL('plain-sql.ts', import.meta.url));
  return start('plainSql', process.execPath, (port) => ['--import', 'tsx', main, port, database]);
}

async function start(
  name: ServerName,
  program: string,
  argumentsFor: (port: string) => string[],
): Promise<Server> {
  const port = String(await freePort());
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
  };
  const child = spawn(program, argumentsFor(port), { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('is ready')) resolve();
    });
  });
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`${name} ended before it was ready.`);
    }),
  ]);
  return {
    name,
    origin: `http://127.0.0.1:${port}`,
    processId: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
