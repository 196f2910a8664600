import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { linesOf, readRun, runEnded, runToEnd, ask } from '../../kit/verbs/runs.ts';

let home: string;
let app: TestApp;
const start = async (options: Parameters<typeof startTestApp>[0]): Promise<void> => {
  home = await mkdtemp(join(tmpdir(), 'meltano-graphql-'));
  const source = fileURLToPath(new URL('../../fixtures/meltano-project', import.meta.url));
  await cp(source, join(home, 'project'), { recursive: true });
  app = await startTestApp({
    projects: [{ name: 'numbers', directory: join(home, 'project') }],
    slots: 1,
    ...options,
  });
};
const stop = async (): Promise<void> => {
  await app.stop();
  await rm(home, { recursive: true, force: true });
};

describe('without a meltano', () => {
  beforeAll(() => start({ meltano: '/nonexistent/meltano' }));
  afterAll(stop);

  test('a run fails and says that meltano was not found', async () => {
    const run = await runToEnd(app, 'runJob', { job: 'numbers/dev/numbers' });
    expect(run).toMatchObject({
      status: 'FAILED',
      endReason: 'NOT_STARTED',
      errorMessage: 'meltano was not found: /nonexistent/meltano',
      exitCode: null,
      logCount: 0,
    });
    expect(run.blocks.nodes.map(({ status }) => status)).toEqual(['ABANDONED', 'ABANDONED']);
  });

  test('an installation fails in the same way', async () => {
    expect(
      await runToEnd(app, 'installPlugins', {
        project: 'numbers',
        plugins: ['numbers/extractors/tap-numbers'],
      }),
    ).toMatchObject({ status: 'FAILED', errorMessage: 'meltano was not found: /nonexistent/meltano' });
  });

  test('runs that end at once follow each other in their order and without a pause', async () => {
    const asked = [];
    for (let i = 0; i < 8; i += 1) asked.push(await ask(app, 'runJob', { job: 'numbers/dev/numbers' }));
    const [first, last] = [asked[0], asked.at(-1)];
    await runEnded(app, last?.id ?? '');
    const times = [];
    for (const { id } of asked) times.push((await readRun(app, id)).endedAt ?? '');
    expect(times).toEqual([...times].sort());
    // A worker that slept between them would take seven times five seconds.
    expect(Date.parse(times.at(-1) ?? '') - Date.parse(times[0] ?? '')).toBeLessThan(15_000);
    expect((await readRun(app, first?.id ?? '')).status).toBe('FAILED');
  });
});

describe('when the project is gone', () => {
  beforeAll(async () => {
    await start({ meltano: process.execPath });
    await rm(join(home, 'project'), { recursive: true });
  });
  afterAll(stop);

  test('a run fails and names the directory', async () => {
    expect(await runToEnd(app, 'runJob', { job: 'numbers/dev/numbers' })).toMatchObject({
      status: 'FAILED',
      endReason: 'NOT_STARTED',
      errorMessage: `The project directory was not found: ${join(home, 'project')}`,
    });
  });
});

describeWithMeltano('the environment of a run', () => {
  beforeAll(() =>
    start({
      meltano: meltano ?? '',
      passEnv: ['TAP_*'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATABASE_URL: 'postgresql://gateway:secret@db/gateway',
        AWS_SECRET_ACCESS_KEY: 'secret',
        TAP_NUMBERS_ROWS: '7',
      },
    }),
  );
  afterAll(stop);

  test('holds what the run was given and what is passed on, and nothing else of the gateway', async () => {
    const run = await runToEnd(app, 'runCommand', {
      environment: 'numbers/dev',
      command: 'shell:environment',
      env: [{ name: 'ONLY_THIS_RUN', value: 'grüße $HOME' }],
    });
    expect(run.status).toBe('SUCCEEDED');
    const line = (await linesOf(app, run.id)).find(({ message }) => message.startsWith('ENVIRONMENT '));
    const environment = JSON.parse(line?.message.slice('ENVIRONMENT '.length) ?? '{}') as Record<
      string,
      string
    >;
    expect(environment).toMatchObject({ ONLY_THIS_RUN: 'grüße $HOME', TAP_NUMBERS_ROWS: '7' });
    expect(Object.keys(environment)).not.toContain('DATABASE_URL');
    expect(JSON.stringify(environment)).not.toContain('secret');
  });
});
