import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** A PostgreSQL server of our own. */
export interface Cluster {
  url: string;
  /** Stops it until it is started again: without a word to its clients, as a crash does, unless told otherwise. */
  halt: (how?: 'fast' | 'immediate') => Promise<void>;
  start: () => Promise<void>;
  /** Ends it and removes its files. */
  stop: () => Promise<void>;
}

const benchSettings = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '5000',
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  // What is measured are reads; the seed is thrown away afterwards.
  fsync: 'off',
};

/**
 * Makes a PostgreSQL server in a temporary directory and starts it.
 *
 * @throws when Debian's `postgresql` is not installed
 */
export async function startCluster(settings: Record<string, string> = benchSettings): Promise<Cluster> {
  const bin = await findPrograms();
  const directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-bench-postgres-'));
  const data = join(directory, 'data');
  if (process.getuid?.() === 0) await execa('chown', ['postgres', directory]);
  const port = await freePort();
  const always = {
    port,
    listen_addresses: '127.0.0.1',
    max_connections: 300,
    unix_socket_directories: directory,
  };
  const options = Object.entries({ ...always, ...settings })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  await asPostgres(`${bin}/initdb`, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8']);
  const start = (): Promise<void> =>
    asPostgres(`${bin}/pg_ctl`, ['-D', data, '-w', '-l', join(directory, 'log'), '-o', options, 'start']);
  const halt: Cluster['halt'] = (how = 'immediate') =>
    asPostgres(`${bin}/pg_ctl`, ['-D', data, '-m', how, '-w', 'stop']);
  await start();
  return {
    halt,
    start,
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      // It may be halted.
      await halt().catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

// initdb refuses to run as root, so the cluster is the postgres user's. The server outlives pg_ctl and
// must not hold its output open.
async function asPostgres(program: string, args: readonly string[]): Promise<void> {
  const options = { stdio: 'ignore', cwd: '/' } as const;
  if (process.getuid?.() === 0) await execa('runuser', ['-u', 'postgres', '--', program, ...args], options);
  else await execa(program, args, options);
}

/** @throws when Debian's `postgresql` is not installed */
export async function findPrograms(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  if (newest === undefined) throw new Error('There is no PostgreSQL: apt-get install postgresql.');
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
