import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { copySnapshotTo } from '../kit/database.ts';
import { sharedBuild } from '../kit/shared-build.ts';
import { runToItsEnd, startGateway, stopAsSoonAs, type Ended, type Gateway } from '../kit/gateway.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';

// What `npm run build` made, run by plain Node.
let built: Built;
let sample: Sample;
let place: string;
/** A gateway on a database that is there already, so that others start quickly on it. */
let running: Gateway;
let dataDirectory: string;

beforeAll(async () => {
  [built, sample, place] = await Promise.all([
    sharedBuild(),
    copySample(),
    mkdtemp(join(tmpdir(), 'meltano-graphql-cli-')),
  ]);
  dataDirectory = join(place, 'data directory');
  running = await startGateway({ command: serving('--data-directory', dataDirectory) });
});
afterAll(async () => {
  await running.stop();
  await Promise.all([sample.remove(), rm(place, { recursive: true })]);
});

const program = (...args: string[]): string[] => [process.execPath, built.main, ...args];
const serving = (...args: string[]): string[] =>
  program('--port', '0', '--project', `demo=${sample.project.directory}`, ...args);

/** Checks that a start failed with these lines and nothing else. */
function expectRefused(ended: Ended, ...lines: (string | RegExp)[]): void {
  expect(ended.exitCode).toBe(1);
  expect(ended.stdout).toBe('');
  const said = ended.stderr.split('\n').filter((line) => !line.startsWith('{'));
  expect(said).toEqual(
    [...lines, ''].map((line): unknown => (typeof line === 'string' ? line : expect.stringMatching(line))),
  );
}

test('--help and --version answer on the standard output', async () => {
  const help = await runToItsEnd({ command: program('--help') });
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout).toMatch(/^meltano-graphql: /);
  expect(help.stdout).toContain('--project [NAME=]DIR');
  const version = await runToItsEnd({ command: program('--version') });
  expect(version).toMatchObject({ exitCode: 0, stderr: '' });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('doctor says in a line each how all is, also while the data directory is in use', async () => {
  const ended = await runToItsEnd({
    command: program('doctor', '--data-directory', dataDirectory, '--meltano', '/nonexistent/meltano'),
  });
  expect(ended).toMatchObject({ exitCode: 1, stderr: '' });
  expect(
    ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ +/, 2).join(' ')),
  ).toEqual([
    ...['ok node', 'failed meltano', 'ok git', expect.stringMatching(/^(?:ok|warning) space$/) as string],
    ...['skipped database', 'skipped clock', 'skipped migrations', 'skipped workers', 'skipped schedules'],
    'skipped webhooks',
    ...['ok projects', 'ok retention'],
  ]);
  expect(ended.stdout).toMatch(/skipped +database +The data directory .* is in use by process \d+/);
});

test('says where it listens, on the standard output and at the end of the start', () => {
  expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
});

test('outlives a promise that fails and that nobody awaits, and says so in its log', async () => {
  const fails = 'process.once("SIGUSR2", () => void Promise.reject(new Error("of nobody")));';
  await copySnapshotTo(join(place, 'outlives/data/store'));
  const [node = '', ...rest] = serving('--data-directory', join(place, 'outlives'));
  const command = [node, '--import', `data:text/javascript,${fails}`, ...rest];
  const gateway = await startGateway({ command });
  process.kill(gateway.processId, 'SIGUSR2');
  // The signal has been dealt with when an answer comes after the log's line.
  await expect.poll(async () => (await fetch(new URL('/health', gateway.url))).status).toBe(200);
  const { exitCode, stderr } = await gateway.stop();
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/of nobody.*nobody awaited a promise that failed/);
});

describe('a gateway that is asked to stop while it starts ends well', () => {
  const directory = (): string => join(place, 'stopped early');
  const held = (): Promise<boolean> =>
    readFile(join(directory(), 'data/store/held-by'), 'utf8').then(
      (holder) => holder !== '',
      () => false,
    );
  const answers = (port: number): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      () => true,
      () => false,
    );

  test.each([
    ['as soon as it has its data directory', held],
    ['as soon as it answers', answers],
  ])('%s', async (_when, condition) => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await promisify(free.close.bind(free))();
    const command = serving('--data-directory', directory(), '--port', String(port));
    expect(await stopAsSoonAs({ command }, () => condition(port))).toMatchObject({ exitCode: 0 });
    expect(await held()).toBe(false);
  });
});

describe('one clear line and an exit code other than zero are for', () => {
  beforeAll(() => copySnapshotTo(join(place, 'address/data/store')));

  test('an unknown flag', async () => {
    expectRefused(await runToItsEnd({ command: program('--nope') }), 'There is no flag --nope. See --help.');
  });

  test('numbers that are none, a line for each', async () => {
    expectRefused(
      await runToItsEnd({ command: serving('--port', 'http'), env: { SLOTS: 'all' } }),
      '--port must be a whole number from 0 to 65535, and is "http".',
      '--slots must be a whole number from 0 to 1000, and is "all".',
    );
  });

  test('a directory that is not there', async () => {
    const missing = join(place, 'nowhere');
    const ended = await runToItsEnd({
      command: serving('--project', missing, '--data-directory', join(place, 'x')),
    });
    expectRefused(ended, `There is no directory ${missing}.`);
  });

  test('a file in place of a directory', async () => {
    const file = join(sample.project.directory, 'meltano.yml');
    expectRefused(await runToItsEnd({ command: program('--project', file) }), `${file} is not a directory.`);
  });

  test('an address that this machine does not have', async () => {
    const command = serving(
      ...['--host', '192.0.2.1', '--allow-unauthenticated', '--data-directory', join(place, 'address')],
    );
    expectRefused(
      await runToItsEnd({ command }),
      'This machine has no address 192.0.2.1; choose another with --host.',
    );
  });

  test('a port that is in use', async () => {
    const { port } = new URL(running.url);
    const command = serving('--port', port, '--data-directory', join(place, 'address'));
    expectRefused(
      await runToItsEnd({ command }),
      `127.0.0.1:${port} is in use by another process; choose another port with --port.`,
    );
  });

  test('a directory that is no Meltano project', async () => {
    const directory = join(place, 'no project');
    await mkdir(directory);
    const ended = await runToItsEnd({
      command: program('--project', directory, '--data-directory', join(place, 'address')),
    });
    expectRefused(ended, `${directory} is no Meltano project: there is no meltano.yml in it.`);
  });

  test('a data directory that another process has', async () => {
    const ended = await runToItsEnd({ command: serving('--data-directory', dataDirectory) });
    const store = join(dataDirectory, 'data/store');
    expectRefused(
      ended,
      `The data directory ${store} is in use by process ${running.processId} on ${hostname()}.`,
    );
    expect((await fetch(new URL('/health', running.url))).status).toBe(200);
  });

  test('a data directory whose database is damaged', async () => {
    const directory = join(place, 'damaged');
    await copySnapshotTo(join(directory, 'data/store'));
    const gateway = await startGateway({ command: serving('--data-directory', directory) });
    await gateway.stop();
    const files = join(directory, 'data/store/postgres');
    await truncate(join(files, 'global/pg_control'), 100);
    expectRefused(
      await runToItsEnd({ command: serving('--data-directory', directory) }),
      new RegExp(`^The embedded database in ${files} cannot be opened: its files are damaged, .* Restore `),
    );
  });

  test('a data directory that is a file', async () => {
    const file = join(place, 'file');
    await writeFile(file, '');
    const ended = await runToItsEnd({ command: serving('--data-directory', file) });
    expectRefused(ended, /^ENOTDIR: .*meltano-graphql-cli-/);
  });
});

describe('the address of a database', { concurrent: true }, () => {
  const password = 's3cret';
  const connecting = (url: string): Promise<Ended> =>
    runToItsEnd({ command: serving(), env: { DATABASE_URL: url }, cwd: place });
  const refusal = (address: string, reason: string): string =>
    `The PostgreSQL server at ${address} cannot be used: ${reason}.`;
  const withoutPassword = (ended: Ended): Ended => {
    expect(JSON.stringify(ended)).not.toContain(password);
    return ended;
  };

  /** A server that takes connections and does with each what it is told. */
  async function listening(
    onConnection: Parameters<Server['on']>[1],
  ): Promise<{ port: number; close: () => void }> {
    const server = createServer().on('connection', onConnection).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  test('that makes no sense is refused without repeating it', async () => {
    const ended = withoutPassword(await connecting(`postgresql://u:${password}%@h/d`));
    expectRefused(ended, /^--database-url cannot be read: it has the form postgresql:\/\/user:password@/);
  });

  test('at which nothing listens is named with its port', async () => {
    const { port, close } = await listening(() => undefined);
    close();
    const ended = withoutPassword(await connecting(`postgresql://u:${password}@127.0.0.1:${port}/d`));
    expectRefused(ended, refusal(`127.0.0.1:${port}`, 'nothing listens there'));
  });

  test('whose name is not known is named', async () => {
    const ended = withoutPassword(await connecting(`postgresql://u:${password}@database.invalid/d`));
    expectRefused(ended, refusal('database.invalid:5432', 'the name is not known'));
  });

  test('at which nobody answers is given up after ten seconds', async () => {
    const { port, close } = await listening(() => undefined);
    const ended = withoutPassword(await connecting(`postgresql://u:${password}@127.0.0.1:${port}/d`));
    close();
    expectRefused(ended, refusal(`127.0.0.1:${port}`, 'no answer came within 10 seconds'));
  });

  test('at which something else listens is named', async () => {
    const { port, close } = await listening(((socket: { end: (text: string) => void }) =>
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')) as never);
    const ended = withoutPassword(await connecting(`postgresql://u:${password}@127.0.0.1:${port}/d`));
    close();
    expectRefused(
      ended,
      new RegExp(`^The PostgreSQL server at 127\\.0\\.0\\.1:${port} cannot be used: [^\\n]+\\.$`),
    );
  });

  const serverUrl = process.env.TEST_DATABASE_URL;
  describe.skipIf(serverUrl === undefined)('of a server', () => {
    const url = new URL(serverUrl ?? 'postgresql://nowhere');
    const address = `${url.hostname}:${url.port || '5432'}`;

    test('that does not know the user says so', async () => {
      const other = new URL(url);
      other.username = 'nobody-of-that-name';
      other.password = password;
      const ended = withoutPassword(await connecting(other.href));
      expectRefused(
        ended,
        new RegExp(`^The PostgreSQL server at ${address} cannot be used: .*"nobody-of-that-name"`),
      );
    });

    test('that has no such database says so', async () => {
      const other = new URL(url);
      other.pathname = `/no-${randomUUID()}`;
      const ended = await connecting(other.href);
      expect(JSON.stringify(ended)).not.toContain(`:${url.password}@`);
      expectRefused(ended, refusal(address, `database "${other.pathname.slice(1)}" does not exist`));
    });

    // Without the right to the schema `public` the tables cannot be made, and without the right to the
    // database the queue's own schema.
    test.each(['SCHEMA public', 'DATABASE'])(
      'that lets the user make nothing in its %s says so',
      async (place) => {
        const name = `meltano_graphql_test_${randomUUID().replaceAll('-', '')}`;
        const inDatabase = new URL(url);
        inDatabase.pathname = `/${name}`;
        const admin = new pg.Client({ connectionString: url.href });
        await admin.connect();
        try {
          await admin.query(`CREATE DATABASE ${name}`);
          await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
          const owner = new pg.Client({ connectionString: inDatabase.href });
          await owner.connect();
          const granted = place === 'DATABASE' ? 'SCHEMA public' : `DATABASE ${name}`;
          await owner.query(`GRANT CREATE ON ${granted} TO ${name}`).finally(() => owner.end());
          inDatabase.username = name;
          inDatabase.password = password;
          const reason = new RegExp(
            `^The PostgreSQL server at ${address} cannot be used: .*permission denied for ${place.split(' ')[0]?.toLowerCase() ?? ''}`,
          );
          expectRefused(withoutPassword(await connecting(inDatabase.href)), reason);
        } finally {
          await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
          await admin.query(`DROP ROLE IF EXISTS ${name}`);
          await admin.end();
        }
      },
    );
  });
});

test('without a project it serves those that are made through the API, and logs statements without values', async () => {
  await copySnapshotTo(join(place, 'no project yet/data/store'));
  const gateway = await startGateway({
    command: program(
      ...['--port', '0', '--data-directory', join(place, 'no project yet')],
      ...['--log-level', 'debug', '--log-queries'],
    ),
  });
  const text = 'plugins: {extractors: [{name: tap, namespace: tap, config: {password: zqsecret}}]}';
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: CreateProjectInput!) { createProject(input: $input) { __typename } }',
      variables: { input: { name: 'zqname', text } },
    }),
  });
  expect(await response.json()).toEqual({ data: { createProject: { __typename: 'CreateProjectSuccess' } } });
  const { exitCode, stderr } = await gateway.stop();
  expect(exitCode).toBe(0);
  expect(stderr).toContain('INSERT INTO');
  expect(stderr).not.toMatch(/zqsecret|zqname/);
});
