import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOf } from '../crash/kit.ts';
import { fixture } from '../kit/data/projects.ts';
import { expectEndedWell, runToItsEnd, startGateway, type Ended, type Gateway } from '../kit/gateway.ts';
import { standIn } from '../kit/meltano/stand-in.ts';
import { ask, processesOf, readRun, runEnded, runWhen } from '../kit/verbs/runs.ts';

const source = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const token = 'a-token-of-this-test-0123456789-abcdefgh';

let place: string;
let gateway: Gateway;
const command = (...args: string[]): string[] => [process.execPath, '--import', 'tsx', source, ...args];
const run = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  runToItsEnd({ command: command(...args), env: { API_TOKEN: token, ...env } });
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'meltano-graphql-backup-'));
  gateway = await startGateway({
    command: command(
      ...['--project', fixture('desk'), '--meltano', '/nonexistent', '--slots', '0', '--port', '0'],
      ...['--data-directory', place, '--log-level', 'error'],
    ),
    env: { API_TOKEN: token },
  });
});
afterAll(async () => {
  await gateway.kill();
  await rm(place, { recursive: true, force: true });
});

test('a gateway that runs is copied to a file, and the file becomes the database of another one', async () => {
  const file = join(place, 'kept');
  const held = ['--data-directory', place];
  const nowhere = await run(['backup', file, ...held], { MELTANO_GRAPHQL_URL: 'http://127.0.0.1:9/graphql' });
  expect(nowhere).toMatchObject({ exitCode: 1, stdout: '' });
  expect(nowhere.stderr).toMatch(/^Another process has the database, and no gateway answers at [^\n]+\n$/);
  const made = await run(['backup', file, ...held], { MELTANO_GRAPHQL_URL: gateway.url });
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  expect(made.stdout).toMatch(
    /kept has \d+ rows of \d+ tables\. It was read back\.\nThe key of the secrets /,
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  // It removes its own copy when it has sent the last piece.
  const copies = async (): Promise<string[]> =>
    (await readdir(join(place, 'data'))).filter((name) => name.startsWith('backup'));
  await expect.poll(copies).toEqual([]);
  const again = await run(['backup', file, ...held], { MELTANO_GRAPHQL_URL: gateway.url });
  expect(again).toMatchObject({ exitCode: 1, stderr: `${file} is there already; name a new file.\n` });

  const inUse = await run(['restore', file, ...held]);
  expect(inUse).toMatchObject({ exitCode: 1, stdout: '' });
  expect(inUse.stderr).toMatch(
    /is in use by process \d+ on [^\n]+ Stop it, and bring the backup back then\.\n$/,
  );
  const other = ['--data-directory', join(place, 'other')];
  expect(await run(['restore', file, ...other])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await run(['restore', file, ...other])).toMatchObject({
    exitCode: 1,
    stderr: 'The database is not empty, and nothing in it was changed. Name another one.\n',
  });
  // Now nobody has it: it is opened for the copy.
  expect(await run(['backup', join(place, 'second'), ...other])).toMatchObject({ exitCode: 0, stderr: '' });
  expectEndedWell(await gateway.stop());
});

test('a gateway on the copy of a database takes runs that go on for lost, and leaves their processes to the other one', async () => {
  const start = (directory: string): Promise<Gateway> =>
    startGateway({
      command: command(
        ...['--project', fixture('desk'), '--meltano', standIn('late.py'), '--slots', '1', '--port', '0'],
        ...['--data-directory', join(place, directory), '--log-level', 'fatal'],
      ),
    });
  const original = await start('original');
  const client = clientOf(original.url);
  const env = [{ name: 'LATE_SECONDS', value: '600' }];
  const { id } = await ask(client, 'runJob', { job: 'desk/dev/calls', env });
  await runWhen(client, id, 'has a line', ({ logCount }) => logCount === 1);
  const file = join(place, 'while-it-runs');
  const of = (directory: string): string[] => ['--data-directory', join(place, directory)];
  await run(['backup', file, ...of('original')], { MELTANO_GRAPHQL_URL: original.url, API_TOKEN: '' });
  expect(await run(['restore', file, ...of('copy')])).toMatchObject({ exitCode: 0, stderr: '' });
  const copy = await start('copy');
  expect(await runEnded(clientOf(copy.url), id)).toMatchObject({ status: 'LOST' });
  expect(await processesOf(id)).not.toEqual([]);
  expect((await readRun(client, id)).status).toBe('RUNNING');
  await copy.kill();
  await ask(client, 'cancelRun', { run: id });
  expect((await runEnded(client, id)).status).toBe('CANCELLED');
  expect(await processesOf(id)).toEqual([]);
  await original.kill();
});
