import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { RunStatus } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { carryOutBulk, submitToEnd, type ItemFacts } from '../../kit/verbs/bulk.ts';
import { hold } from '../../kit/verbs/held.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { seeder, type Seeder } from '../../kit/data/seed.ts';
import { readState } from '../../kit/verbs/states.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
let seed: Seeder;
let project: string;
beforeAll(async () => {
  app = await startTestApp({
    projects: deskAndAnnex,
    schedules: ['desk/dev', 'desk/prod', 'annex/dev'],
  });
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'alpha' });
});
afterAll(() => app.stop());
beforeEach(() => void carryOutBulk(app));

const runId = (id: string): string => encodeGlobalId({ type: 'Run', id });
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
let count = 0;

/** An environment of its own with a job, and runs of the job in these statuses; all that ended did on one day. */
async function runsIn(statuses: readonly RunStatus[], endedAt = day(1)) {
  const name = `env-${(count += 1)}`;
  const environmentId = await seed.environment(project, { name });
  const jobId = await seed.job(environmentId, { name: 'job' });
  const runs: string[] = [];
  for (const status of statuses) {
    const isOver = !['QUEUED', 'RUNNING', 'CANCELLING'].includes(status);
    runs.push(
      await seed.run(project, {
        ...{ environmentId, jobId, status, command: status, kind: 'TEST', endedAt: isOver ? endedAt : null },
      }),
    );
  }
  return { path: `alpha/${name}`, environmentId, jobId, runs };
}

async function statusesOf(runs: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await app.app.store.prisma.run.findMany({ where: { id: { in: [...runs] } } });
  return runs.map((id) => rows.find((row) => row.id === id)?.status);
}

const outcomes = (items: readonly ItemFacts[]): string[] =>
  items.map(({ subjectName, status, error }) => [subjectName, status, error?.code].filter(Boolean).join(' '));

const all: RunStatus[] = [
  ...(['QUEUED', 'RUNNING', 'CANCELLING'] as const),
  ...(['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'] as const),
];

describe('runs', () => {
  test.each([
    ['cancelRuns', 'RUNNING'],
    ['retryRuns', 'FAILED'],
    ['deleteRuns', 'FAILED'],
  ] as const)('of services are left out by %s unless they are named', async (verb, status) => {
    const { path, environmentId, jobId } = await runsIn([]);
    const endedAt = status === 'FAILED' ? day(1) : null;
    for (const kind of ['RUN', 'TEST', 'INSTALL', 'DISCOVER', 'PLUGIN_TEST', 'SERVICE'] as const) {
      await seed.run(project, { environmentId, jobId, status, kind, command: kind, endedAt });
    }
    const chosen = async (filter: object): Promise<(string | null)[]> =>
      (await submitToEnd(app, verb, { filter })).items.nodes.map(({ subjectName }) => subjectName);
    const services = await app.app.store.prisma.run.findMany({ where: { environmentId, kind: 'SERVICE' } });
    expect(await chosen({ environment: path, kinds: ['TEST', 'TEST'] })).toEqual(['TEST']);
    expect(await chosen({ environment: path, kinds: [] })).toEqual([]);
    expect((await chosen({ environment: path })).filter((kind) => kind === 'SERVICE')).toEqual([]);
    expect(await chosen({ environment: path, kinds: ['SERVICE'] })).toEqual(['SERVICE']);
    const [named = ''] = services.map(({ id }) => runId(id));
    expect(await chosen({ ids: [named] })).toHaveLength(1);
    const answer = await refused(app, verb, { filter: { ids: [named], kinds: ['SERVICE'] } });
    expect(mistakes(answer)).toEqual([expect.stringContaining('kinds')]);
  });

  test('that are named are each cancelled, in that order, and one that cannot be does not keep the others', async () => {
    const { runs } = await runsIn(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    const [queued = '', running = '', over = ''] = runs.map(runId);
    const gone = runId(project);
    const filter = { ids: [over, running, gone, queued, running] };
    const operation = await submitToEnd(app, 'cancelRuns', { filter });
    expect(operation).toMatchObject({
      ...{ verb: 'CANCEL_RUNS', status: 'FAILED', filter },
      ...{ itemCount: 4, succeededCount: 2, failedCount: 2, skippedCount: 0, pendingCount: 0 },
    });
    expect(operation.items.nodes).toMatchObject([
      { position: 1, status: 'FAILED', subject: { id: over }, error: { __typename: 'WrongStatus' } },
      {
        position: 2,
        status: 'SUCCEEDED',
        subject: { __typename: 'Run', id: running },
        error: null,
        result: null,
      },
      { position: 3, status: 'FAILED', subject: null, subjectName: null, error: { __typename: 'NotFound' } },
      { position: 4, status: 'SUCCEEDED', subject: { id: queued }, subjectName: 'QUEUED' },
    ]);
    expect(await statusesOf(runs)).toEqual(['CANCELLED', 'CANCELLING', 'SUCCEEDED']);
  });

  test.each(['project', 'environment', 'job'] as const)(
    'of a %s that have not ended are cancelled, those that have are deleted, and others are left',
    async (by) => {
      const there = await runsIn(all);
      const elsewhere = await runsIn(all);
      const own = await seed.project({ name: `of-${by}` });
      const runs = by === 'project' ? [] : there.runs;
      if (by === 'project')
        for (const status of all) runs.push(await seed.run(own, { status, command: status }));
      const place = {
        project: { project: `of-${by}` },
        environment: { environment: there.path },
        job: { job: encodeGlobalId({ type: 'Job', id: there.jobId }) },
      }[by];
      const cancelled = await submitToEnd(app, 'cancelRuns', { filter: place });
      expect(cancelled.status).toBe('SUCCEEDED');
      expect(outcomes(cancelled.items.nodes)).toEqual(['QUEUED SUCCEEDED', 'RUNNING SUCCEEDED']);
      const deleted = await submitToEnd(app, 'deleteRuns', { filter: place });
      expect(deleted).toMatchObject({ status: 'SUCCEEDED', itemCount: 6 });
      expect(deleted.items.nodes.map(({ subject }) => subject)).toEqual(Array(6).fill(null));
      const left = [undefined, 'CANCELLING', 'CANCELLING', ...Array<undefined>(5)];
      expect(await statusesOf(runs)).toEqual(left);
      expect(await statusesOf(elsewhere.runs)).toEqual(all);
      expect(await submitToEnd(app, 'deleteRuns', { filter: place })).toMatchObject({
        ...{ status: 'SUCCEEDED', itemCount: 0, startedAt: null },
      });
    },
  );

  test('are chosen by status and by time', async () => {
    const { path, runs, environmentId } = await runsIn(['SUCCEEDED', 'FAILED', 'LOST'], day(2));
    const later = await seed.run(project, {
      environmentId,
      status: 'FAILED',
      endedAt: day(3),
      command: 'late',
    });
    const chosen = async (conditions: object): Promise<string[]> => {
      const filter = { environment: path, ...conditions };
      return outcomes((await submitToEnd(app, 'deleteRuns', { filter })).items.nodes);
    };
    const statuses = ['FAILED', 'LOST', 'FAILED'];
    expect(await chosen({ endedBefore: day(2), statuses })).toEqual([]);
    expect(await chosen({ createdBefore: day(-2000) })).toEqual([]);
    expect(await chosen({ createdSince: day(1) })).toEqual([]);
    expect(await chosen({ statuses: [] })).toEqual([]);
    expect(await chosen({ endedBefore: day(3), statuses })).toEqual(['FAILED SUCCEEDED', 'LOST SUCCEEDED']);
    expect(await statusesOf([...runs, later])).toEqual(['SUCCEEDED', undefined, undefined, 'FAILED']);
  });

  test('that are gone count as deleted', async () => {
    const { runs } = await runsIn(['FAILED']);
    const filter = { ids: runs.map(runId) };
    await submitToEnd(app, 'deleteRuns', { filter });
    expect(await submitToEnd(app, 'deleteRuns', { filter })).toMatchObject({
      status: 'SUCCEEDED',
      succeededCount: 1,
    });
  });

  test('of a place are retried once, named ones whenever they are named', async () => {
    const environment = 'annex/dev';
    await submitToEnd(app, 'runJobs', { filter: { environment } });
    const { prisma } = app.app.store;
    const run = (await done<{ run: { id: string } }>(app, 'runJob', { job: 'annex/dev/calls' }, 'run { id }'))
      .run.id;
    const fail = (): Promise<unknown> =>
      prisma.run.updateMany({ where: { status: 'QUEUED' }, data: { status: 'FAILED', endedAt: new Date() } });
    await fail();
    const filter = { environment, statuses: ['FAILED', 'LOST'] };
    const first = await submitToEnd(app, 'retryRuns', { filter });
    expect(first).toMatchObject({ status: 'SUCCEEDED', itemCount: 2 });
    expect(first.items.nodes[0]).toMatchObject({
      subject: { __typename: 'Run' },
      result: { __typename: 'Run' },
    });
    expect(await submitToEnd(app, 'retryRuns', { filter })).toMatchObject({ itemCount: 0 });
    const again = await submitToEnd(app, 'retryRuns', { filter: { ids: [run] } });
    expect(again).toMatchObject({ status: 'SUCCEEDED', itemCount: 1 });
    const broken = await submitToEnd(app, 'retryRuns', { filter: { ids: [run] }, fromFailedBlock: true });
    expect(outcomes(broken.items.nodes)[0]).toMatch(/FAILED WRONG_STATUS$/);
  });
});

test('jobs of a place are run, those whose name fits, all with the same options', async () => {
  const input = {
    filter: { project: 'desk', pattern: 't?ckets*' },
    stateIdSuffix: 'mine',
    timeoutSeconds: 60,
  };
  const { status, items } = await submitToEnd(app, 'runJobs', input);
  expect(status).toBe('SUCCEEDED');
  expect(outcomes(items.nodes)).toEqual(['desk/dev/tickets SUCCEEDED', 'desk/prod/tickets SUCCEEDED']);
  const { nodes } = await app.query<{ nodes: object[] }>(
    `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { status stateIdSuffix timeoutSeconds job { path } } } }`,
    { ids: items.nodes.map(({ result }) => result?.id) },
  );
  expect(nodes).toEqual(
    ['desk/dev/tickets', 'desk/prod/tickets'].map((path) => ({
      ...{ status: 'QUEUED', stateIdSuffix: 'mine', timeoutSeconds: 60, job: { path } },
    })),
  );
});

test('jobs that cannot be run fail alone', async () => {
  const input = { environment: 'desk/dev', name: 'odd', tasks: [{ blocks: ['digest:daily'] }] };
  const { job } = await done<{ job: { id: string } }>(app, 'createJob', input, 'job { id }');
  await done(app, 'deleteJob', { job: job.id }, 'job { id }');
  const other = await app.query<{ project: { environment: { job: { id: string } } } }>(
    '{ project(ref: "desk") { environment(name: "dev") { job(name: "calls") { id } } } }',
  );
  const filter = { ids: [job.id, other.project.environment.job.id] };
  const { status, items } = await submitToEnd(app, 'runJobs', { filter });
  expect(status).toBe('FAILED');
  expect(outcomes(items.nodes)).toEqual(['desk/dev/odd FAILED NOT_FOUND', 'desk/dev/calls SUCCEEDED']);
});

test('schedules are paused and resumed, those that are so already too', async () => {
  const enabled = async (): Promise<string[]> => {
    const rows = await app.app.store.prisma.schedule.findMany({ where: { isEnabled: true } });
    return rows.map(({ name }) => name).sort();
  };
  const before = await enabled();
  const paused = { filter: { environment: 'desk/dev', pattern: '*l*' } };
  expect(outcomes((await submitToEnd(app, 'pauseSchedules', paused)).items.nodes)).toEqual([
    ...['desk/dev/calls-hourly SUCCEEDED', 'desk/dev/nightly SUCCEEDED'],
  ]);
  expect(await submitToEnd(app, 'pauseSchedules', { filter: { project: 'desk' } })).toMatchObject({
    ...{ status: 'SUCCEEDED', itemCount: 6 },
  });
  expect(await enabled()).toEqual(['calls-hourly']);
  await submitToEnd(app, 'resumeSchedules', { filter: { job: 'desk/dev/tickets' } });
  expect(await enabled()).toEqual(['calls-hourly', 'nightly']);
  await submitToEnd(app, 'resumeSchedules', { filter: { project: 'desk' } });
  expect(await enabled()).toEqual(before);
});

describe('states', () => {
  const set = async (path: string, value: number): Promise<void> => {
    const [name, environment, stateId] = path.split('/');
    const document = { json: { singer_state: { bookmarks: { value } } } };
    await done(app, 'setState', { environment: `${name}/${environment}`, stateId, document }, 'state { id }');
  };
  const valueAt = async (path: string): Promise<unknown> => {
    const state = await readState(app, path);
    return (state?.merged as { singer_state: { bookmarks: { value: number } } } | undefined)?.singer_state
      .bookmarks.value;
  };

  test('go to another environment under its name, and one that a run holds stays unless forced', async () => {
    await set('desk/dev/dev:a-to-b', 1);
    await set('desk/dev/dev:a-to-b:x', 2);
    await set('desk/dev/free', 3);
    await set('desk/dev/dev:held-to-b', 4);
    await set('desk/prod/prod:a-to-b', 9);
    const held = await hold(app, 'desk/dev/dev:held-to-b');
    const filter = { environment: 'desk/dev' };
    const copied = await submitToEnd(app, 'copyStates', { filter, environment: 'desk/prod' });
    expect(outcomes(copied.items.nodes)).toEqual([
      ...['desk/dev/dev:a-to-b SUCCEEDED', 'desk/dev/dev:a-to-b:x SUCCEEDED'],
      ...['desk/dev/dev:held-to-b FAILED BUSY', 'desk/dev/free SUCCEEDED'],
    ]);
    const in_ = (environment: string, ids: string[]): Promise<unknown[]> =>
      Promise.all(ids.map((id) => valueAt(`desk/${environment}/${id}`)));
    expect(await in_('prod', ['prod:a-to-b', 'prod:a-to-b:x', 'prod:held-to-b', 'free'])).toEqual([
      ...[1, 2, undefined, 3],
    ]);
    expect(copied.items.nodes[0]?.result?.id).toBe((await readState(app, 'desk/prod/prod:a-to-b'))?.id);
    const forced = { filter: { ...filter, pair: 'held-to-b' }, environment: 'desk/prod', force: true };
    expect(await submitToEnd(app, 'copyStates', forced)).toMatchObject({ status: 'SUCCEEDED', itemCount: 1 });
    expect(await valueAt('desk/prod/prod:held-to-b')).toBe(4);
    await held.release();

    const moved = { filter: { environment: 'desk/prod', pattern: 'prod:*' }, environment: 'annex/dev' };
    expect(await submitToEnd(app, 'moveStates', moved)).toMatchObject({ status: 'SUCCEEDED', itemCount: 3 });
    expect(await submitToEnd(app, 'moveStates', moved)).toMatchObject({ status: 'SUCCEEDED', itemCount: 0 });
    expect(await valueAt('annex/dev/dev:a-to-b:x')).toBe(2);
    expect(await readState(app, 'desk/prod/prod:a-to-b:x')).toBeNull();
  });

  test('are cleared, those that are so already too', async () => {
    await set('desk/dev/one', 1);
    await set('desk/dev/other', 1);
    const states = [(await readState(app, 'desk/dev/one'))?.id, (await readState(app, 'desk/dev/other'))?.id];
    for (const status of ['SUCCEEDED', 'SUCCEEDED']) {
      expect(await submitToEnd(app, 'clearStates', { filter: { ids: states } })).toMatchObject({
        status,
        itemCount: 2,
      });
    }
    expect(await readState(app, 'desk/dev/one')).toBeNull();
    const { prisma } = app.app.store;
    expect(await prisma.stateVersion.count({ where: { change: 'CLEAR', stateId: 'one' } })).toBe(1);
  });
});

describe('a filter', () => {
  test('is refused with everything that is wrong with it', async () => {
    const { path, runs } = await runsIn(['SUCCEEDED']);
    const ids = runs.map(runId);
    const wrong = async (verb: string, input: object): Promise<string[]> =>
      mistakes(await refused(app, verb, input));
    expect(await wrong('deleteRuns', { filter: {} })).toEqual(['input.filter: ONE_OF']);
    expect(await wrong('deleteRuns', { filter: { environment: path, job: `${path}/job` } })).toEqual([
      'input.filter: ONE_OF',
    ]);
    expect(
      await wrong('deleteRuns', {
        filter: {
          ...{ ids, project: 'alpha' },
          ...{ statuses: ['FAILED', 'RUNNING'], endedBefore: day(1).toISOString() },
        },
      }),
    ).toEqual([
      ...['input.filter.statuses.1: BAD_STATUS', 'input.filter: ONE_OF'],
      ...['input.filter.statuses: NOT_WITH_IDS', 'input.filter.endedBefore: NOT_WITH_IDS'],
    ]);
    for (const id of ['none', encodeGlobalId({ type: 'Job', id: project })]) {
      expect(await wrong('deleteRuns', { filter: { ids: [...ids, id] } })).toEqual([
        'input.filter.ids.1: NOT_FOUND',
      ]);
    }
    const many = Array.from({ length: 1001 }, () => ids[0]);
    expect(await wrong('deleteRuns', { filter: { ids: many } })).toEqual(['input.filter.ids: TOO_MANY']);
    expect(await wrong('retryRuns', { filter: { environment: path, statuses: ['SUCCEEDED'] } })).toEqual([
      'input.filter.statuses.0: BAD_STATUS',
    ]);
    expect(
      await wrong('runJobs', {
        filter: {},
        stateIdSuffix: ':',
        timeoutSeconds: 0,
        env: [{ name: '1', value: '' }],
      }),
    ).toEqual(
      expect.arrayContaining([
        'input.stateIdSuffix: BAD_SUFFIX',
        'input.timeoutSeconds: OUT_OF_RANGE',
        'input.filter: ONE_OF',
      ]),
    );
    expect(
      await wrong('copyStates', { filter: { environment: 'desk/dev' }, environment: 'desk/dev' }),
    ).toEqual(['input.environment: SAME_ENVIRONMENT']);
  });

  test('is refused when there is no such place', async () => {
    const { path } = await runsIn([]);
    for (const [verb, field, value] of [
      ...[['cancelRuns', 'project', 'none'] as const, ['runJobs', 'environment', 'alpha/none'] as const],
      ['pauseSchedules', 'job', `${path}/none`] as const,
    ]) {
      expect(await refused(app, verb, { filter: { [field]: value } })).toMatchObject({
        ...{ __typename: 'NotFound', path: ['input', 'filter', field] },
      });
    }
    expect(
      await refused(app, 'copyStates', { filter: { environment: 'desk/dev' }, environment: 'desk/none' }),
    ).toMatchObject({ __typename: 'NotFound', path: ['input', 'environment'] });
  });
});
