import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Prisma } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, deskAndAnnex, importAgain } from '../../kit/data/projects.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const fields = `run {
  id kind status command fullRefresh refreshCatalog noStateUpdate stateIdSuffix stateStrategy timeoutSeconds attempt
  env { name value isSensitive } job { path } environment { path } project { path }
  retryOf { id attempt } blocks { nodes { command status } }
}`;

interface RunFacts {
  id: string;
  attempt: number;
  [field: string]: unknown;
}

const start = async (verb: string, input: object): Promise<RunFacts> =>
  (await done<{ run: RunFacts }>(app, verb, input, fields)).run;

/** Puts a run into a status, as a worker would have. */
async function end(run: { id: string }, data: Prisma.RunUncheckedUpdateInput = {}): Promise<void> {
  const { prisma } = app.app.store;
  await prisma.run.update({ where: { id: storeId(run.id) }, data: { status: 'FAILED', ...data } });
}

async function endBlocks(
  run: { id: string },
  statuses: ('SUCCEEDED' | 'FAILED' | 'ABANDONED')[],
): Promise<void> {
  for (const [position, status] of statuses.entries()) {
    await app.app.store.prisma.runBlock.updateMany({
      where: { runId: storeId(run.id), position },
      data: { status },
    });
  }
}

const job = 'desk/dev/tickets';

async function failed(verb = 'runJob', input: object = { job }): Promise<RunFacts> {
  const run = await start(verb, input);
  await end(run);
  return run;
}

describe('retryRun', () => {
  test('repeats all that the run was given, sensitive values too, for the same job', async () => {
    const input = {
      ...{ fullRefresh: true, refreshCatalog: true, noStateUpdate: true, stateIdSuffix: 'mine' },
      ...{ stateStrategy: 'MERGE', timeoutSeconds: 60 },
      env: [
        { name: 'A', value: '1' },
        { name: 'TICKETS_PIN', value: '4711' },
      ],
    };
    const first = await failed('runJob', { job, ...input });
    const retry = await start('retryRun', { run: first.id });
    expect(retry).toEqual({
      ...first,
      ...{ id: retry.id, attempt: 2, retryOf: { id: first.id, attempt: 1 } },
    });
    expect(retry).toMatchObject({ status: 'QUEUED', job: { path: job } });
    const { prisma } = app.app.store;
    const stored = await prisma.run.findUniqueOrThrow({ where: { id: storeId(retry.id) } });
    expect(stored.env).toEqual([
      { name: 'A', value: '1', sensitive: false },
      { name: 'TICKETS_PIN', value: '4711', sensitive: true },
    ]);
    await end(retry, { status: 'LOST' });
    const third = await start('retryRun', { run: retry.id });
    expect(third).toMatchObject({ attempt: 3, retryOf: { id: retry.id, attempt: 2 } });
    const another = await start('retryRun', { run: first.id });

    type Lists = { node: { retries: { totalCount: number; nodes: { id: string }[] } } };
    const { node } = await app.query<Lists>(
      'query ($id: ID!) { node(id: $id) { ... on Run { retries { totalCount nodes { id } } } } }',
      { id: first.id },
    );
    expect(node.retries).toEqual({ totalCount: 2, nodes: [{ id: another.id }, { id: retry.id }] });
  });

  test('holds what the run held, and keeps hidden what was hidden', async () => {
    const first = await failed('runCommand', {
      environment: 'desk/prod',
      command: 'tap-calls target-desk',
      env: [{ name: 'PLAIN', value: 'x' }],
    });
    await end(first, { env: [{ name: 'PLAIN', value: 'x', sensitive: true }] });
    const retry = await start('retryRun', { run: first.id });
    expect(retry).toMatchObject({ job: null, env: [{ name: 'PLAIN', value: null, isSensitive: true }] });
    const rows = await app.app.store.prisma.run.findMany({
      where: { id: { in: [first, retry].map(({ id }) => storeId(id)) } },
    });
    expect(rows[0]?.leaseKeys).toHaveLength(1);
    expect(rows[1]?.leaseKeys).toEqual(rows[0]?.leaseKeys);
  });

  test('takes the path of a job for its newest run', async () => {
    const path = 'desk/dev/newest';
    await done(
      app,
      'createJob',
      { environment: 'desk/dev', name: 'newest', tasks: [{ blocks: ['digest'] }] },
      'job { id }',
    );
    expect(await refused(app, 'retryRun', { run: path })).toMatchObject({ __typename: 'NotFound' });
    await failed('runJob', { job: path });
    const second = await failed('runJob', { job: path });
    expect(await start('retryRun', { run: path })).toMatchObject({ retryOf: { id: second.id } });
    expect(await refused(app, 'retryRun', { run: path })).toMatchObject({ __typename: 'WrongStatus' });
    expect(await refused(app, 'retryRun', { run: 'desk/dev/none' })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'run'] },
    });
    for (const wrong of ['', 'none', 'desk/dev', Buffer.from('Job:x').toString('base64url')]) {
      expect(mistakes(await refused(app, 'retryRun', { run: wrong }))).toEqual(['input.run: NOT_FOUND']);
    }
  });

  test('repeats the command of the run, whatever its job has become', async () => {
    const path = 'desk/dev/changing';
    const tasks = [{ blocks: ['tap-calls', 'target-desk', 'digest:daily'] }];
    await done(app, 'createJob', { environment: 'desk/dev', name: 'changing', tasks }, 'job { id }');
    const first = await failed('runJob', { job: path });
    await done(app, 'updateJob', { job: path, tasks: [{ blocks: ['digest:weekly'] }] }, 'job { id }');
    expect(await start('retryRun', { run: first.id })).toMatchObject({
      ...{ command: 'tap-calls target-desk digest:daily', job: { path } },
      blocks: { nodes: [{ command: 'tap-calls target-desk' }, { command: 'digest:daily' }] },
    });
    // It runs where it ran, whereas the job is elsewhere by now.
    await app.app.store.prisma.run.updateMany({ where: { status: 'QUEUED' }, data: { status: 'CANCELLED' } });
    await done(
      app,
      'moveResource',
      { resource: { job: path }, to: { environment: 'desk/prod' } },
      '__typename',
    );
    expect(await start('retryRun', { run: first.id })).toMatchObject({
      ...{ environment: { path: 'desk/dev' }, job: { path: 'desk/prod/changing' } },
    });
  });

  test('starts with the block that failed when asked to', async () => {
    const command = 'digest:daily tap-calls round-times target-desk digest:weekly';
    const first = await start('runCommand', { environment: 'desk/dev', command });
    await endBlocks(first, ['SUCCEEDED', 'FAILED', 'ABANDONED']);
    await end(first);
    const retry = await start('retryRun', { run: first.id, fromFailedBlock: true });
    expect(retry).toMatchObject({
      command: 'tap-calls round-times target-desk digest:weekly',
      blocks: {
        nodes: [
          { command: 'tap-calls round-times target-desk', status: 'PENDING' },
          { command: 'digest:weekly', status: 'PENDING' },
        ],
      },
    });
    expect(await start('retryRun', { run: first.id, fromFailedBlock: false })).toMatchObject({ command });

    await endBlocks(retry, ['ABANDONED', 'ABANDONED']);
    await end(retry, { status: 'CANCELLED' });
    expect(await refused(app, 'retryRun', { run: retry.id, fromFailedBlock: true })).toMatchObject({
      ...{ __typename: 'WrongStatus', runStatus: 'CANCELLED', path: ['input', 'run'] },
      message: expect.stringContaining('without fromFailedBlock') as string,
    });
  });

  test('repeats installations and tests as well', async () => {
    for (const [verb, input] of [
      ['installPlugins', { project: 'desk', plugins: ['desk/extractors/tap-calls'] }],
      ['runTests', { environment: 'annex/dev', tests: ['probe:test'] }],
      ['testPlugin', { environment: 'annex/dev', plugin: 'annex/extractors/tap-calls' }],
    ] as const) {
      const first = await failed(verb, input);
      const retry = await start('retryRun', { run: first.id });
      expect(retry).toEqual({ ...first, id: retry.id, attempt: 2, retryOf: { id: first.id, attempt: 1 } });
      expect(await refused(app, 'retryRun', { run: first.id, fromFailedBlock: true })).toMatchObject({
        __typename: 'WrongStatus',
      });
    }
  });

  test('refuses a run that has not ended, and one that succeeded', async () => {
    const run = await start('runJob', { job });
    for (const status of ['QUEUED', 'RUNNING', 'CANCELLING', 'SUCCEEDED'] as const) {
      await end(run, { status });
      const refusal = await refused(app, 'retryRun', { run: run.id });
      expect(refusal).toMatchObject({ __typename: 'WrongStatus', runStatus: status, path: ['input', 'run'] });
      expect(refusal.message.includes('runJob')).toBe(status === 'SUCCEEDED');
    }
    for (const status of ['FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'] as const) {
      await end(run, { status });
      expect(await start('retryRun', { run: run.id })).toMatchObject({ status: 'QUEUED' });
    }
  });

  test('refuses a run whose job or environment was deleted', async () => {
    await done(
      app,
      'createJob',
      { environment: 'desk/dev', name: 'short', tasks: [{ blocks: ['digest'] }] },
      'job { id }',
    );
    const run = await failed('runJob', { job: 'desk/dev/short' });
    await done(app, 'deleteJob', { job: 'desk/dev/short' }, 'job { id }');
    expect(await refused(app, 'retryRun', { run: run.id })).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'run'] },
      message: expect.stringContaining('The job of the run was deleted') as string,
    });
    const { prisma } = app.app.store;
    const { environmentId } = await prisma.run.findUniqueOrThrow({ where: { id: storeId(run.id) } });
    const put = (deletedAt: Date | null) =>
      prisma.environment.update({ where: { id: environmentId ?? '' }, data: { deletedAt } });
    const other = await failed();
    await put(new Date());
    expect(await refused(app, 'retryRun', { run: other.id })).toMatchObject({
      message: expect.stringContaining('The environment of the run was deleted') as string,
    });
    await put(null);
  });

  test('refuses a command whose plugins have gone from the project', async () => {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'retry-shrinking');
    const run = await failed('runJob', { job: 'retry-shrinking/dev/tickets' });
    const install = await failed('installPlugins', {
      ...{ project: 'retry-shrinking', plugins: ['retry-shrinking/extractors/tap-calls'] },
    });
    await copy.edit('      commands: { daily: --days 1, weekly: --days 7 }\n', '');
    await copy.edit('        - name: hide-names\n', '');
    await copy.edit('    - name: tap-calls\n', '    - name: tap-phones\n');
    await importAgain(app, copy.directory);
    expect(mistakes(await refused(app, 'retryRun', { run: run.id }))).toEqual([
      ...['input.run: UNKNOWN_BLOCK', 'input.run: UNKNOWN_COMMAND'],
    ]);
    expect(mistakes(await refused(app, 'retryRun', { run: install.id }))).toEqual([
      'input.run: UNKNOWN_PLUGIN',
    ]);
  });
});

test('a retry takes one statement that reads and one that writes', async () => {
  const run = await failed('runJob', { job, env: [{ name: 'A', value: '1' }] });
  for (const input of [{ run: run.id }, { run: run.id, clientRequestId: 'retried' }]) {
    const { statements } = await app.counting(() => done(app, 'retryRun', input, 'run { id status }'));
    expect(statements).toHaveLength(2);
  }
});

test('a retry is not stored when its run was deleted after it was read', async () => {
  const run = await failed();
  const { store } = app.app;
  const reference = { type: 'Run', reference: { id: storeId(run.id) } } as const;
  const { context: place } = await store.submissions.findContext(reference, {
    clientRequestId: null,
    withSettings: false,
  });
  if (!place) throw new Error('There is no such run.');
  const row = await store.prisma.run.findUniqueOrThrow({ where: { id: storeId(run.id) } });
  await done(app, 'deleteRun', { run: run.id }, 'deletedId');
  expect(
    await store.submissions.store(place, { ...row, env: [], retryPolicy: null, retryOfId: row.id }, [], null),
  ).toBeNull();
});

test('a repeated request whose run was deleted says so', async () => {
  const input = { job, clientRequestId: 'gone' };
  const run = await start('runJob', input);
  await end(run);
  await done(app, 'deleteRun', { run: run.id }, 'deletedId');
  expect(await call(app, 'runJob', input, '__typename')).toMatchObject({
    ...{ __typename: 'NotFound', path: ['input', 'clientRequestId'] },
  });
});
