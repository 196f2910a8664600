import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { copySnapshotTo } from '../kit/database.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { runToItsEnd, startGateway } from '../kit/gateway.ts';
import { sharedBuild } from '../kit/shared-build.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';

let built: Built;
let sample: Sample;
let place: string;
beforeAll(async () => {
  [built, sample, place] = await Promise.all([
    sharedBuild(),
    copySample(),
    mkdtemp(join(tmpdir(), 'meltano-graphql-token-')),
  ]);
  await copySnapshotTo(join(place, 'data/data/store'));
});
afterAll(() => Promise.all([sample.remove(), rm(place, { recursive: true })]));

const serving = (...args: string[]): string[] => [
  ...[process.execPath, built.main, '--port', '0', '--data-directory', join(place, 'data')],
  ...['--project', `demo=${sample.project.directory}`, ...args],
];

const statusOf = async (url: string, authorization?: string): Promise<number> => {
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const body = JSON.stringify({ query: '{ __typename }' });
  return (await fetch(url, { method: 'POST', headers, body })).status;
};

test('a gateway that others can reach starts with a token, which it never shows', async () => {
  const file = join(place, 'token');
  await writeFile(file, `${token}\n`);
  const gateway = await startGateway({
    command: serving('--host', '0.0.0.0', '--log-level', 'trace', '--api-token-file', file),
  });
  const url = gateway.url.replace('0.0.0.0', '127.0.0.1');
  expect([await statusOf(url), await statusOf(url, `Bearer ${token}`)]).toEqual([401, 200]);
  const shown = await readFile(`/proc/${gateway.processId}/cmdline`, 'utf8');
  expect(shown).not.toContain(token);
  const { stdout, stderr } = await gateway.stop();
  expect(stdout + stderr).not.toContain(token);
  expect(stderr).toContain('allow other names with --allowed-host');
});

test('one that asks for no token there says so in its log at each start', async () => {
  const warning = 'no token is asked for: whoever reaches this address can run any program as this user';
  for (let start = 0; start < 2; start++) {
    const gateway = await startGateway({ command: serving('--host', '0.0.0.0', '--allow-unauthenticated') });
    expect((await gateway.stop()).stderr).toContain(warning);
  }
  const onLoopback = await startGateway({ command: serving() });
  expect((await onLoopback.stop()).stderr).not.toContain(warning);
});

describe('a start fails in one line when the token', () => {
  const failing = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const ended = await runToItsEnd({ command: serving(...args), env });
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    return ended.stderr;
  };
  const advice = 'make one with: openssl rand -hex 32';

  test('is missing and the address is not loopback', async () => {
    expect(await failing(['--host', '0.0.0.0'])).toMatch(
      /^--host 0\.0\.0\.0 can be reached from elsewhere, [^\n]*\n$/,
    );
  });

  test('is in a file that is not there', async () => {
    const file = join(place, 'none');
    expect(await failing(['--api-token-file', file])).toBe(
      `The file ${file} of --api-token-file cannot be read (ENOENT).\n`,
    );
    expect(await failing(['--api-token-file', place])).toBe(
      `The file ${place} of --api-token-file cannot be read (EISDIR).\n`,
    );
  });

  test.each(['', '\n', '\r\n'])('is in an empty file: %j', async (text) => {
    const file = join(place, 'empty');
    await writeFile(file, text);
    expect(await failing(['--api-token-file', file])).toBe(
      `The file ${file} of --api-token-file is empty; ${advice}\n`,
    );
  });

  test('is too short, too long, or no token at all, and is not repeated', async () => {
    const short = 's3cret'.repeat(5);
    expect(await failing([], { API_TOKEN: short })).toBe(
      `API_TOKEN must have from 32 to 1024 characters, and has 30; ${advice}\n`,
    );
    expect(await failing([], { API_TOKEN: 's'.repeat(1025) })).toBe(
      `API_TOKEN must have from 32 to 1024 characters, and has 1025; ${advice}\n`,
    );
    for (const wrong of [`${token} s3cret`, `${token}\ns3cret`, ` ${token}`, `${token}ä`]) {
      expect(await failing([], { API_TOKEN: wrong })).toBe(
        `API_TOKEN may hold letters, digits and -._~+/ in one line, and = at its end; ${advice}\n`,
      );
    }
  });

  test('is given as a flag', async () => {
    expect(await failing(['--api-token', token])).toBe('There is no flag --api-token. See --help.\n');
  });
});

test('neither the token nor the address of the database reaches a program that a run starts', async () => {
  // It stands in for meltano, and says what it was given.
  const program = join(place, 'meltano');
  const seen = join(place, 'seen');
  await writeFile(program, `#!/bin/sh\n{ env; tr '\\0' '\\n' < /proc/$PPID/cmdline; } >> '${seen}'\n`);
  await chmod(program, 0o755);
  const gateway = await startGateway({
    command: serving('--meltano', program, '--pass-env', 'API_*,DATABASE_*,PASSED'),
    env: { API_TOKEN: token, PASSED: 'this one' },
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const query = 'mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }';
  await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  await expect.poll(() => readFile(seen, 'utf8').catch(() => '')).toContain('MELTANO_RUN_ID');
  await gateway.stop();
  const text = await readFile(seen, 'utf8');
  expect(text).toContain('PASSED=this one');
  expect(text).not.toContain(token);
  expect(text).not.toContain('API_TOKEN');
});
