import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goOf, type Go } from '../kit/programs/go.ts';
import { startScene, type Scene } from './scene.ts';

const source = fileURLToPath(new URL('genqlient', import.meta.url));
const schema = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

let scene: Scene;
let go: Go;
let work: string;
beforeAll(async () => {
  [scene, go, work] = await Promise.all([
    startScene(),
    goOf(join(source, 'requirements.txt')),
    mkdtemp(join(tmpdir(), 'meltano-graphql-go-')),
  ]);
  await cp(source, work, { recursive: true });
  await cp(schema, join(work, 'schema.graphql'));
});
afterAll(async () => {
  await scene.stop();
  await rm(work, { recursive: true, force: true });
});

test('functions of genqlient read pages, start a run, and follow it by WebSocket', async () => {
  const env = { ...go.env, GATEWAY: new URL(scene.url).origin, API_TOKEN: scene.token };
  const run = (...args: string[]) => execa(go.program, args, { cwd: work, env });
  await run('tool', 'genqlient');
  const { stdout } = await run('run', '.', 'demo/dev/sales');
  const { failed } = scene;
  expect(JSON.parse(stdout)).toEqual({
    pages: [failed.slice(0, 2), failed.slice(2, 4), failed.slice(4)],
    refused: 'NOT_FOUND',
    statuses: ['QUEUED', 'CANCELLED'],
  });
});
