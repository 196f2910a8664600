import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** A PostgreSQL server of one test, which it can stop and start. */
export interface PrivateServer {
  url: string;
  /** `immediate` ends it without a word to its clients, as a crash does. */
  stop: (how: 'fast' | 'immediate') => void;
  start: () => void;
  remove: () => void;
}

/** The directory of PostgreSQL's programs; null where none is installed. */
function programs(): string | null {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(a) - Number(b));
    return versions.length === 0 ? null : `/usr/lib/postgresql/${versions.at(-1) ?? ''}/bin`;
  } catch {
    return null;
  }
}

const bin = programs();

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;

function run(program: string, ...args: string[]): void {
  const command = [`${bin ?? ''}/${program}`, ...args];
  const [first = '', ...rest] = isRoot ? ['runuser', '-u', 'postgres', '--', ...command] : command;
  execFileSync(first, rest, { stdio: 'ignore', cwd: '/' });
}

export async function startPrivateServer(): Promise<PrivateServer> {
  const directory = mkdtempSync(join(tmpdir(), 'meltano-graphql-postgres-'));
  if (isRoot) execFileSync('chown', ['postgres', directory]);
  const data = join(directory, 'data');
  run('initdb', '--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync');
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory} -c fsync=off`;
  const log = join(directory, 'log');
  const start = (): void =>
    run('pg_ctl', '--pgdata', data, '--wait', '--log', log, '--options', options, 'start');
  const stop = (how: string): void => run('pg_ctl', '--pgdata', data, '--wait', '--mode', how, 'stop');
  start();
  return {
    url: `postgresql://postgres:never-shown@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: () => {
      try {
        stop('immediate');
      } catch {
        // It was stopped before.
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A group of tests that needs such a server. Where PostgreSQL is not installed, it says so and is skipped. */
export function describeWithPrivateServer(name: string, tests: () => void): void {
  if (bin === null) console.warn(`NOT RUN: ${name}: PostgreSQL is not installed here.`);
  describe.skipIf(bin === null)(name, tests);
}
