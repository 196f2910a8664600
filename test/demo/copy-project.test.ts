import { appendFile, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { copyDemoProject } from '../../src/demo/copy-project.ts';
import { meltanoVersion } from '../../src/demo/provision.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => (home = await temporaryDirectory()));
afterEach(() => home.remove());

test('the sample arrives whole, its scripts executable, its invented key for the owner only', async () => {
  const { project, copied, outdated } = await copyDemoProject({ home: home.directory });
  expect({ project, copied, outdated }).toEqual({
    project: path.join(home.directory, 'demo'),
    copied: true,
    outdated: false,
  });
  expect((await readdir(project)).sort()).toEqual(
    ['.demo-version', '.env', '.gitignore', 'README.md', 'bin', 'data', 'meltano.yml'].sort(),
  );
  for (const script of await readdir(path.join(project, 'bin'))) {
    expect((await stat(path.join(project, 'bin', script))).mode & 0o777).toBe(0o755);
  }
  expect((await stat(path.join(project, '.env'))).mode & 0o777).toBe(0o600);
  expect(await readFile(path.join(project, '.env'), 'utf8')).toMatch(/^TAP_TILL_API_KEY=[0-9a-f]{24}\n$/);
});

test('a later start keeps what the user changed', async () => {
  const { project } = await copyDemoProject({ home: home.directory });
  await appendFile(path.join(project, 'meltano.yml'), '# mine\n');
  expect(await copyDemoProject({ home: home.directory })).toEqual({
    project,
    copied: false,
    outdated: false,
  });
  expect(await readFile(path.join(project, 'meltano.yml'), 'utf8')).toMatch(/# mine\n$/);
});

test('a copy of an older sample is kept, and said to be outdated', async () => {
  const { project } = await copyDemoProject({ home: home.directory });
  await writeFile(path.join(project, '.demo-version'), '0\n');
  expect(await copyDemoProject({ home: home.directory })).toMatchObject({ copied: false, outdated: true });
  await rm(path.join(project, '.demo-version'));
  expect(await copyDemoProject({ home: home.directory })).toMatchObject({ copied: false, outdated: true });
});

test('of several starts at once one copies and the others find the copy', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => copyDemoProject({ home: home.directory })));
  expect(answers.filter(({ copied }) => copied)).toHaveLength(1);
  expect(await readdir(home.directory)).toEqual(['demo']);
});

test('the sample holds no secret and names only pinned packages', async () => {
  const { project } = await copyDemoProject({ home: home.directory });
  const text = await readFile(path.join(project, 'meltano.yml'), 'utf8');
  const manifest = parse(text) as { plugins: Record<string, { pip_url?: string }[]> };
  const packages = Object.values(manifest.plugins).flatMap((plugins) =>
    plugins.flatMap(({ pip_url: url }) => (url === undefined ? [] : [url])),
  );
  expect(packages).toHaveLength(3);
  for (const url of packages) expect(url).toMatch(/^[\w-]+==\d+\.\d+\.\d+$/);
  expect(text).not.toMatch(/api_key:/);
});

test('the pinned list is of the Meltano that is provisioned, and exact', async () => {
  const file = new URL('../../src/demo/requirements.txt', import.meta.url);
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  expect(lines).toContain(`meltano==${meltanoVersion}`);
  for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+==[\w.]+( ; .+)?$/);
});
