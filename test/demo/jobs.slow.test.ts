import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyDemoProject } from '../../src/demo/copy-project.ts';
import { installDemoPlugins } from '../../src/demo/install-plugins.ts';
import { describeWithMeltano, meltano as executable } from '../kit/meltano/meltano.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Directory = Awaited<ReturnType<typeof temporaryDirectory>>;
let home: Directory;
let project: string;
/** State, system database and output of one test; the project's own stay as they are. */
let place: Directory;

beforeAll(async () => {
  home = await temporaryDirectory();
  ({ project } = await copyDemoProject({ home: home.directory }));
});
afterAll(() => home.remove());

beforeEach(async () => (place = await temporaryDirectory()));
afterEach(() => place.remove());

async function meltano(args: string[], env: Record<string, string> = {}) {
  const output = path.join(place.directory, 'output');
  const { exitCode, stdout, stderr } = await execa(executable ?? 'meltano', args, {
    cwd: project,
    reject: false,
    stdin: 'ignore',
    env: {
      MELTANO_SEND_ANONYMOUS_USAGE_STATS: 'false',
      MELTANO_CLI_DISABLE_VERSION_CHECK: '1',
      MELTANO_PROJECT_READONLY: '1',
      MELTANO_CLI_LOG_FORMAT: 'json',
      NO_COLOR: '1',
      XDG_STATE_HOME: path.join(place.directory, 'logs'),
      MELTANO_DATABASE_URI: `sqlite:///${path.join(place.directory, 'meltano.db')}`,
      MELTANO_STATE_BACKEND_URI: `file://${path.join(place.directory, 'state')}`,
      TARGET_FILES_OUTPUT_DIR: output,
      TARGET_CSV_OUTPUT_PATH: output,
      REPORT_OUTPUT_DIR: output,
      TAP_TILL_DELAY: '0.01',
      ...env,
    },
  });
  return { exitCode, stdout, stderr };
}

const run = (job: string, env?: Record<string, string>) => meltano(['run', '--no-install', job], env);
const written = async (file: string) =>
  (await readFile(path.join(place.directory, 'output', file), 'utf8')).trimEnd().split('\n');
const sales = async () =>
  (await written('sales.jsonl')).map((line) => (JSON.parse(line) as { id: number }).id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

async function bookmark(stateId = 'dev:tap-till-to-target-files') {
  const text = await readFile(path.join(place.directory, 'state', stateId, 'state.json'), 'utf8');
  const state = JSON.parse(text) as {
    completed: { singer_state: { bookmarks: { sales: { replication_key_value: number } } } };
  };
  return state.completed.singer_state.bookmarks.sales.replication_key_value;
}

describeWithMeltano('the sample project', () => {
  test('has nothing that Meltano warns about but the suffix, which its JSON schema forgot', async () => {
    const { exitCode, stderr } = await meltano(['compile', '--lint', '--directory', place.directory]);
    expect(exitCode).toBe(0);
    // One JSON line holds them all, so the line breaks between them are escaped.
    const complaints = stderr.split('\\n').filter((line) => line.includes('meltano.yml::'));
    for (const complaint of complaints) expect(complaint).toContain('state_id_suffix');
  });

  test('keeps the key of the till to itself', async () => {
    const { stdout } = await meltano(['config', 'print', 'tap-till']);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 20, api_key: '*****' });
    const { exitCode, stderr } = await run('sales', { TAP_TILL_API_KEY: '' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The till needs a key');
  });
});

describeWithMeltano('plugins', () => {
  test('that cannot be downloaded are one line, and the next start tries again', async () => {
    const copy = await copyDemoProject({ home: place.directory });
    const dead = {
      ...process.env,
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_NO_CACHE_DIR: '1',
      // Nothing ever answers there, so retries only take time.
      PIP_RETRIES: '0',
      UV_HTTP_RETRIES: '0',
    };
    const lines: string[] = [];
    const install = (meltanoToUse: string) =>
      installDemoPlugins({
        executable: meltanoToUse,
        project: copy.project,
        baseEnv: dead,
        log: (line) => lines.push(line),
      });
    const program = path.join(place.directory, 'meltano');
    await writeFile(program, `#!/bin/sh\nexec '${executable ?? ''}' "$@"\n`, { mode: 0o755 });
    expect(await install(program)).toEqual({
      missing: expect.stringMatching(/^The plugins .* does not answer[^\n]*$/) as string,
    });
    // From now on it finds everything.
    await writeFile(program, '#!/bin/sh\n');
    expect(await install(program)).toEqual({ installed: true });
    expect(lines.filter((line) => line.startsWith('Installing the plugins'))).toHaveLength(2);
    expect(await install('/no/such/meltano')).toEqual({
      missing: expect.stringMatching(/^The plugins .* could not be installed: ENOENT[^\n]*$/) as string,
    });
  });

  test('are installed by pip where uv cannot', async () => {
    const copy = await copyDemoProject({ home: place.directory });
    // A small package instead of all that the sample needs.
    const plugin = { name: 'tap-small', namespace: 'tap_small', pip_url: 'idna==3.10' };
    const manifest = {
      project_id: '6b1f6f0a-8a0e-4c57-9f0e-5d2c7a3e41b8',
      default_environment: 'dev',
      environments: [{ name: 'dev' }],
      plugins: { extractors: [plugin] },
    };
    await writeFile(path.join(copy.project, 'meltano.yml'), JSON.stringify(manifest));
    const baseEnv = {
      ...process.env,
      UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
      UV_NO_CACHE: '1',
      UV_HTTP_RETRIES: '0',
    };
    const install = {
      executable: executable ?? 'meltano',
      project: copy.project,
      baseEnv,
      log: () => undefined,
    };
    expect(await installDemoPlugins(install)).toEqual({ installed: true });
    const log = await readFile(path.join(copy.project, '.meltano', 'install.log'), 'utf8');
    expect(log).toMatch(/failed[^]*Installed extractor 'tap-small'/i);
  });
});

describeWithMeltano('the jobs', () => {
  test('sales reports on both sides how many rows went through, and goes on where the last run stopped', async () => {
    const { exitCode, stderr } = await run('sales', { TAP_TILL_ROWS: '25' });
    expect(exitCode).toBe(0);
    expect(recordCount(stderr, 'tap-till')).toBe(25);
    expect(recordCount(stderr, 'target-files')).toBe(25);
    expect(await sales()).toEqual(upTo(25));
    expect((await run('sales', { TAP_TILL_ROWS: '5' })).exitCode).toBe(0);
    expect(await sales()).toEqual(upTo(30));
    expect(await bookmark()).toBe(30);
  });

  test('sales fails at the row it is told to, keeps its bookmark, and resumes', async () => {
    const { exitCode, stderr } = await run('sales', { TAP_TILL_FAIL_AT: '5' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('"exit_codes": {"extractors": 1}');
    expect(await bookmark()).toBe(4);
    expect((await run('sales')).exitCode).toBe(0);
    expect(await sales()).toEqual(upTo(24));
    expect((await meltano(['invoke', 'report:test-sales'])).stdout).toBe('24 sales, 0 missing, 0 twice');
  });

  test('rows that no bookmark covers are read again after a failure', async () => {
    const env = { TAP_TILL_STATE_EVERY: '4', TAP_TILL_ROWS: '8' };
    expect((await run('sales', { ...env, TAP_TILL_FAIL_AT: '7' })).exitCode).toBe(1);
    expect(await bookmark()).toBe(4);
    expect((await run('sales', env)).exitCode).toBe(0);
    expect(await sales()).toEqual([...upTo(6), ...upTo(12).slice(4)]);
    expect((await meltano(['test', 'report'])).exitCode).toBe(1);
  });

  test('sales-report counts in its second block what the first one wrote', async () => {
    const { exitCode, stderr } = await run('sales-report', { TAP_TILL_ROWS: '3' });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Corner Shop: 1 files');
    expect(stderr).toContain('sales.jsonl: 3 rows');
  });

  test('broken-report fails in its second block and keeps what the first one wrote, without a column that is not selected', async () => {
    const { exitCode, stderr } = await run('broken-report', {
      TAP_TILL_ROWS: '3',
      TAP_TILL__SELECT: '["sales.*", "!sales.cashier"]',
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('`report always-fails` failed with exit code: 1');
    expect(stderr).not.toContain('rows"');
    expect(await sales()).toEqual(upTo(3));
    const [line] = await written('sales.jsonl');
    expect(Object.keys(JSON.parse(line ?? '') as object)).toEqual(['id', 'item', 'price', 'sold_at']);
  });

  test('prod has its own settings and keeps its bookmark under its suffix', async () => {
    const { exitCode, stderr } = await meltano(['--environment=prod', 'run', '--no-install', 'sales-report']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('Corner Shop, Main Street');
    expect(await bookmark('prod:tap-till-to-target-files:main-street')).toBe(60);
    expect(await readdir(path.join(place.directory, 'state'))).toHaveLength(1);
  });
});

/** The sum of a plugin's counts: each is what came since the one before. */
function recordCount(stderr: string, plugin: string): number {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { name?: string; event: string })
    .filter(({ name, event }) => name === plugin && event.startsWith('INFO METRIC: '))
    .map(({ event }) => JSON.parse(event.slice('INFO METRIC: '.length)) as { metric: string; value: number })
    .filter(({ metric }) => metric === 'record_count')
    .reduce((sum, { value }) => sum + value, 0);
}
