import { access, constants, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Built } from '../kit/built.ts';
import { sharedBuild } from '../kit/shared-build.ts';
import { runToItsEnd, startGateway } from '../kit/gateway.ts';
import { meltano } from '../kit/meltano/meltano.ts';
import { copySample, type Sample } from '../kit/data/sample.ts';
import { waitFor } from '../kit/wait.ts';

// The package as a registry would hand it out, installed without the tools of development.
let built: Built;
let sample: Sample;
let place: string;
let installed: string;
let command: string;
/** Why the package could not be installed here; null when it was. */
let notInstalled: string | null = null;

beforeAll(async () => {
  [built, sample, place] = await Promise.all([
    sharedBuild(),
    copySample(),
    mkdtemp(join(tmpdir(), 'meltano-graphql-package-')),
  ]);
  const { stdout } = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', place], {
    cwd: built.directory,
  });
  const [{ filename = '' } = {}] = JSON.parse(stdout) as { filename?: string }[];
  await writeFile(join(place, 'package.json'), '{ "private": true }');
  try {
    const options = ['--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1'];
    await execa('npm', ['install', ...options, join(place, filename)], { cwd: place });
  } catch (error) {
    const [reason] =
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.exec(String((error as ExecaError).stderr)) ?? [];
    if (reason === undefined) throw error;
    notInstalled = `the registry of packages cannot be reached (${reason})`;
    console.warn(`\n!!! NOT RUN: everything with the installed package: ${notInstalled}\n`);
  }
  installed = join(place, 'node_modules/meltano-graphql');
  command = join(place, 'node_modules/.bin/meltano-graphql');
});
afterAll(async () => {
  await Promise.all([sample.remove(), rm(place, { recursive: true, force: true })]);
});

beforeEach(({ skip }) => {
  skip(notInstalled !== null, notInstalled ?? '');
});

test('holds what it needs at run time, and nothing else', async () => {
  expect((await readdir(installed)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'dist',
    'package.json',
    'prisma',
    'schema.graphql',
    'src',
  ]);
  expect(await readdir(join(installed, 'prisma'))).toEqual(['migrations']);
  expect(await readdir(join(installed, 'prisma/migrations'))).toContain('migration_lock.toml');
  expect((await readdir(join(installed, 'src'))).sort()).toEqual(['demo', 'metrics']);
  expect(await readdir(join(installed, 'src/metrics'))).toEqual(['dashboard.json']);
  expect((await readdir(join(installed, 'src/demo'))).sort()).toEqual(['project', 'requirements.txt']);
  expect(await readdir(join(installed, 'src/demo/project'))).toEqual(
    await readdir(join(built.directory, 'src/demo/project')),
  );
  const isChunk = (name: string): boolean => /-[0-9A-Z]{8}\.js(\.map)?$/.test(name);
  const dist = await readdir(join(installed, 'dist'));
  expect(dist.filter((name) => !isChunk(name)).sort()).toEqual([
    'assets-thread.js',
    'assets-thread.js.map',
    'licenses.txt',
    'main.js',
    'main.js.map',
    'pglite-thread.js',
    'pglite-thread.js.map',
    'thread.js',
    'thread.js.map',
  ]);
});

test('hands on the license of every package of which it holds code', async () => {
  const text = async (name: string): Promise<string> => readFile(join(installed, 'dist', name), 'utf8');
  const scripts = (await readdir(join(installed, 'dist'))).filter((name) => name.endsWith('.js'));
  const code = (await Promise.all(scripts.map(text))).join('\n');
  const packages = code.matchAll(/^ *\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm);
  const names = new Set([...packages].map(([, name]) => name));
  const licensed = (await text('licenses.txt')).matchAll(/^-{80}\n\n(\S+) \S+ \(\S+\)$/gm);
  expect(names).toContain('graphql');
  expect(new Set([...licensed].map(([, name]) => name))).toEqual(names);
});

test('keeps the scripts of the sample project executable', async () => {
  const scripts = join(installed, 'src/demo/project/bin');
  for (const name of await readdir(scripts)) await access(join(scripts, name), constants.X_OK);
});

test('brings along what it does not hold itself, and nothing that runs when it is installed', async () => {
  const lock = JSON.parse(await readFile(join(place, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const packages = Object.entries(lock.packages);
  expect(packages.map(([name]) => name.replace('node_modules/', '')).sort()).toEqual([
    '@electric-sql/pglite',
    '@prisma/schema-engine-wasm',
    'meltano-graphql',
  ]);
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
});

test('has a command that says its version', async () => {
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  const ended = await runToItsEnd({ command: [command, '--version'], cwd: place });
  expect(ended).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('serves a project from there, with GraphiQL, its data in the working directory, and stops when asked', async () => {
  const gateway = await startGateway({
    command: [
      command,
      '--port',
      '0',
      '--project',
      `demo=${sample.project.directory}`,
      '--meltano',
      meltano ?? 'meltano',
    ],
    cwd: place,
  });
  const send = async (query: string): Promise<unknown> => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return response.json();
  };
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('demo/dev/sales');
  await send(
    'mutation { runJob(input: { job: "demo/dev/sales", env: [{ name: "TAP_TILL_ROWS", value: "2" }] }) { __typename } }',
  );
  const ended = await waitFor('the end of the run', async () => {
    const { data } = (await send(
      '{ project(ref: "demo") { runs(first: 1) { nodes { status endReason endedAt } } } }',
    )) as {
      data: {
        project: { runs: { nodes: { status: string; endReason: string; endedAt: string | null }[] } };
      };
    };
    const [run] = data.project.runs.nodes;
    return run?.endedAt ? run : null;
  });
  // Without a Meltano the run fails, and says so: that is data, too.
  expect(ended).toMatchObject(
    meltano === null
      ? { status: 'FAILED', endReason: 'NOT_STARTED' }
      : { status: 'SUCCEEDED', endReason: 'COMPLETED' },
  );
  expect(await gateway.stop()).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(place, '.meltano-graphql'))).toEqual(['data']);
});

test('serves its sample project also where there is no Python, which it says in one line', async () => {
  const home = join(place, 'demo home');
  const gateway = await startGateway({
    command: [
      process.execPath,
      join(installed, 'dist/main.js'),
      'demo',
      '--port',
      '0',
      '--data-directory',
      home,
    ],
    env: { PATH: '/nonexistent' },
    cwd: place,
  });
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('demo/dev/sales');
  const { stdout, exitCode } = await gateway.stop();
  expect(exitCode).toBe(0);
  const [complaint, ...more] = stdout.split('\n').filter((line) => line.includes('Python'));
  expect(complaint).toMatch(/Runs will fail until then\.$/);
  expect(more).toEqual([]);
  expect(stdout).toContain('Three things to try');
  await access(join(home, 'demo/bin/tap_till.py'), constants.X_OK);
});
