import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pythonPackages } from '../kit/programs/python-packages.ts';
import { startScene, type Scene } from './scene.ts';

const source = fileURLToPath(new URL('python', import.meta.url));
const schema = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

let scene: Scene;
let work: string;
beforeAll(async () => {
  [scene, work] = await Promise.all([startScene(), mkdtemp(join(tmpdir(), 'meltano-graphql-python-'))]);
  await cp(source, work, { recursive: true });
  await cp(schema, join(work, 'schema.graphql'));
});
afterAll(async () => {
  await scene.stop();
  await rm(work, { recursive: true, force: true });
});

const run = (bin: string, program: string, ...args: string[]) =>
  execa(join(bin, program), args, {
    cwd: work,
    env: { GATEWAY: new URL(scene.url).origin, API_TOKEN: scene.token },
  });

async function tour(bin: string, file: string): Promise<unknown> {
  const { stdout } = await run(bin, 'python', file, 'demo/dev/sales');
  return JSON.parse(stdout);
}

const expected = ({ failed }: Scene): object => ({
  pages: [failed.slice(0, 2), failed.slice(2, 4), failed.slice(4)],
  refused: 'NOT_FOUND',
  statuses: ['QUEUED', 'CANCELLED'],
});

test('gql reads pages, starts a run, and follows it by WebSocket', async () => {
  const bin = await pythonPackages(join(source, 'gql.requirements.txt'));
  expect(await tour(bin, 'gql_tour.py')).toEqual(expected(scene));
});

test('a client of ariadne-codegen does the same', async () => {
  const bin = await pythonPackages(join(source, 'generators.requirements.txt'));
  await run(bin, 'ariadne-codegen', '--config', 'pyproject.toml');
  expect(await tour(bin, 'ariadne_tour.py')).toEqual(expected(scene));
});

test('sgqlc makes classes of an introspection, with which it asks', async () => {
  const bin = await pythonPackages(join(source, 'generators.requirements.txt'));
  const introspection = ['-m', 'sgqlc.introspection', '--exclude-description'];
  const token = ['--header', `authorization: Bearer ${scene.token}`];
  await run(bin, 'python', ...introspection, ...token, scene.url, 'gateway_schema.json');
  await run(bin, 'sgqlc-codegen', 'schema', 'gateway_schema.json', 'gateway_schema.py');
  expect(await tour(bin, 'sgqlc_tour.py')).toEqual(expected(scene));
});
