import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { freshDatabase, type TestDatabase } from '../kit/database.ts';
import { startGateway } from '../kit/gateway.ts';
import { sharedBuild } from '../kit/shared-build.ts';

const serverUrl = process.env.TEST_DATABASE_URL;
const token = 'a-token-of-this-test-0123456789-abcdefgh';

describe.skipIf(serverUrl === undefined)('the list of processes', () => {
  let built: Built;
  let sample: Sample;
  let database: TestDatabase;
  let url: string;
  beforeAll(async () => {
    [built, sample, database] = await Promise.all([sharedBuild(), copySample(), freshDatabase(serverUrl)]);
    url = database.location.kind === 'SERVER' ? database.location.url : '';
  });
  afterAll(async () => {
    await Promise.all([database.drop(), sample.remove()]);
  });

  test.each([
    ['as two words', (address: string) => ['--database-url', address], []],
    ['as one word', (address: string) => [`--database-url=${address}`], []],
    [
      'as the first word, of several processes',
      (address: string) => ['--database-url', address],
      ['--cluster', '2'],
    ],
  ])('does not show the address of the database that was given %s', async (_how, flags, more) => {
    const project = ['--project', `demo=${sample.project.directory}`, '--port', '0', '--slots', '0'];
    const gateway = await startGateway({
      command: [process.execPath, built.main, ...flags(url), ...project, ...more],
      env: { API_TOKEN: token },
    });
    const children = await readFile(`/proc/${gateway.processId}/task/${gateway.processId}/children`, 'utf8');
    const ids = [gateway.processId, ...children.split(' ').filter(Boolean).map(Number)];
    expect(ids).toHaveLength(more.length === 0 ? 1 : 3);
    const { stdout: listed } = await execa('ps', ['-ww', '-o', 'args=', '-p', ids.join()]);
    const raw = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8')));
    const ask = async (authorization: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', authorization };
      const body = '{"query":"{ projects { nodes { name } } }"}';
      return (await fetch(gateway.url, { method: 'POST', headers, body })).status;
    };
    // Each process has the token and the database all the same.
    const statuses = [
      await ask('Bearer x'),
      ...(await Promise.all([1, 2, 3, 4].map(() => ask(`Bearer ${token}`)))),
    ];
    const { stdout, stderr } = await gateway.stop();
    expect(statuses).toEqual([401, 200, 200, 200, 200]);
    for (const shown of [listed, ...raw]) {
      expect(shown).toContain('--project');
      expect(shown).not.toMatch(/postgres(ql)?:|database-url/);
      expect(shown).not.toContain(new URL(url).password || url);
    }
    expect(stdout + stderr).not.toContain(token);
    expect(stderr).toContain('use DATABASE_URL');
  });
});
