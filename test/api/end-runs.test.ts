import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/global-id.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { seeder, type Seeder } from '../kit/seed.ts';
import { call, done, mistakes, refused } from '../kit/verbs.ts';

type Status =
  'QUEUED' | 'RUNNING' | 'CANCELLING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT' | 'LOST';

let app: TestApp;
let seed: Seeder;
let project: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'alpha' });
});
afterAll(() => app.stop());

const idOf = (id: string): string => encodeGlobalId({ type: 'Run', id });
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
let count = 0;

/** An environment of its own with a job, and runs of the job in these statuses; all that ended did on one day. */
async function runsIn(statuses: readonly Status[], endedAt = day(1)) {
  const name = `env-${(count += 1)}`;
  const environmentId = await seed.environment(project, { name });
  const jobId = await seed.job(environmentId, { name: 'job' });
  const runs: string[] = [];
  for (const status of statuses) {
    const isOver = !['QUEUED', 'RUNNING', 'CANCELLING'].includes(status);
    runs.push(await seed.run(project, { environmentId, jobId, status, endedAt: isOver ? endedAt : null }));
  }
  return { path: `alpha/${name}`, environmentId, jobId, runs, ids: runs.map(idOf) };
}

async function left(runs: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await app.app.store.runsById(runs);
  return runs.map((id) => rows.find((row) => row.id === id)?.status);
}

describe('deleteRun', () => {
  const remove = (run: string) => done<{ deletedId: string }>(app, 'deleteRun', { run }, 'deletedId');

  test('deletes a run with all that belongs to it, and leaves states and other runs', async () => {
    const { runs, ids, environmentId, path } = await runsIn(['FAILED', 'SUCCEEDED']);
    const [run = '', other = ''] = runs;
    for (const id of runs) {
      await seed.block(id, { position: 0 });
      for (const sequence of [1, 2, 3]) await seed.log(id, { sequence });
      await seed.metric(id, { plugin: 'tap' });
    }
    const state = await seed.state(environmentId, { stateId: 'kept' });
    await seed.stateVersion(state, { version: 1, change: 'RUN', runId: run });
    const retry = await seed.run(project, { environmentId, retryOfId: run, attempt: 2 });

    expect(await remove(ids[0] ?? '')).toMatchObject({ deletedId: ids[0] });
    const { prisma } = app.app.store;
    const counts = (runId: string) =>
      Promise.all([
        prisma.runBlock.count({ where: { runId } }),
        prisma.runLog.count({ where: { runId } }),
        prisma.runMetric.count({ where: { runId } }),
      ]);
    expect(await counts(run)).toEqual([0, 0, 0]);
    expect(await counts(other)).toEqual([1, 3, 1]);
    expect(await left(runs)).toEqual([undefined, 'SUCCEEDED']);
    const answer = await app.query(
      `query ($path: String!, $retry: ID!) {
        project(name: "alpha") { environment(name: $path) { state(stateId: "kept") { versions { nodes { version run { id } } } } } }
        node(id: $retry) { ... on Run { attempt retryOf { id } } }
      }`,
      { path: path.split('/')[1], retry: idOf(retry) },
    );
    expect(answer).toEqual({
      project: { environment: { state: { versions: { nodes: [{ version: 1, run: null }] } } } },
      node: { attempt: 2, retryOf: null },
    });
    expect(await refused(app, 'deleteRun', { run: ids[0] })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'run'] },
    });
  });

  test('refuses a run that has not ended', async () => {
    const { ids } = await runsIn(['QUEUED', 'RUNNING', 'CANCELLING']);
    for (const [i, status] of ['QUEUED', 'RUNNING', 'CANCELLING'].entries()) {
      expect(await refused(app, 'deleteRun', { run: ids[i] })).toMatchObject({
        ...{ __typename: 'WrongStatus', status, path: ['input', 'run'] },
      });
    }
    const { path, runs } = await runsIn(['FAILED', 'SUCCEEDED']);
    expect(await remove(`${path}/job`)).toMatchObject({ deletedId: idOf(runs[1] ?? '') });
  });
});

interface Deleted {
  deletedCount: number;
  isComplete: boolean;
}

describe('deleteRuns', () => {
  const remove = async (filter: object): Promise<Deleted> => {
    const { deletedCount, isComplete } = await done<Deleted>(
      app,
      'deleteRuns',
      { filter },
      'deletedCount isComplete',
    );
    return { deletedCount, isComplete };
  };
  const all: Status[] = [
    ...(['QUEUED', 'RUNNING', 'CANCELLING'] as const),
    ...(['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'] as const),
  ];

  test('deletes the runs that are named, each once, and passes over those that are gone', async () => {
    const { runs, ids } = await runsIn(['SUCCEEDED', 'FAILED', 'LOST']);
    const [one = '', two = ''] = ids;
    expect(await remove({ runs: [one, two, one] })).toEqual({ deletedCount: 2, isComplete: true });
    expect(await remove({ runs: [one, two] })).toEqual({ deletedCount: 0, isComplete: true });
    expect(await remove({ runs: [] })).toEqual({ deletedCount: 0, isComplete: true });
    expect(await left(runs)).toEqual([undefined, undefined, 'LOST']);
  });

  test('deletes none when one that is named has not ended', async () => {
    const { ids } = await runsIn(['SUCCEEDED', 'RUNNING']);
    expect(await refused(app, 'deleteRuns', { filter: { runs: ids } })).toMatchObject({
      ...{ __typename: 'WrongStatus', status: 'RUNNING', path: ['input', 'filter', 'runs', '1'] },
    });
  });

  test.each(['project', 'environment', 'job'] as const)(
    'deletes those of a %s that have ended',
    async (by) => {
      const there = await runsIn(all);
      const elsewhere = await runsIn(all);
      const project2 = await seed.project({ name: `of-${by}-${(count += 1)}` });
      const installations = [
        await seed.run(project2, { kind: 'INSTALL', status: 'FAILED' }),
        await seed.run(project2, { kind: 'INSTALL', status: 'RUNNING' }),
      ];
      const filters = {
        project: { project: `of-${by}-${count}` },
        environment: { environment: there.path },
        job: { job: encodeGlobalId({ type: 'Job', id: there.jobId }) },
      };
      expect(await remove(filters[by])).toEqual({ deletedCount: by === 'project' ? 1 : 5, isComplete: true });
      if (by === 'project') expect(await left(installations)).toEqual([undefined, 'RUNNING']);
      else expect(await left(there.runs)).toEqual([...all.slice(0, 3), ...Array<undefined>(5)]);
      expect(await left(elsewhere.runs)).toEqual(all);
      expect(await remove(filters[by])).toEqual({ deletedCount: 0, isComplete: true });
    },
  );

  test('deletes by status and by the time of the end', async () => {
    const { path, runs, environmentId } = await runsIn(['SUCCEEDED', 'FAILED', 'LOST'], day(2));
    const later = await seed.run(project, { environmentId, status: 'FAILED', endedAt: day(3) });
    const ended = (endedBefore: Date, statuses: Status[]) =>
      remove({ environment: path, endedBefore: endedBefore.toISOString(), statuses });
    expect(await ended(day(2), ['FAILED', 'LOST'])).toMatchObject({ deletedCount: 0 });
    expect(await ended(day(3), ['FAILED', 'LOST', 'FAILED'])).toEqual({ deletedCount: 2, isComplete: true });
    expect(await left([...runs, later])).toEqual(['SUCCEEDED', undefined, undefined, 'FAILED']);
    expect(await ended(day(4), [])).toEqual({ deletedCount: 0, isComplete: true });
  });

  test('deletes at most 1,000 at a time, the oldest first, and says whether any are left', async () => {
    const { path, environmentId } = await runsIn([]);
    const { prisma } = app.app.store;
    await prisma.$executeRaw`
      INSERT INTO "Run" (id, "projectId", "environmentId", kind, status, command)
      SELECT (lpad(to_hex(${day(5).getTime()}::bigint + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
        ${project}::uuid, ${environmentId}::uuid, 'RUN', 'FAILED', n::text
      FROM generate_series(1, 1001) AS n`;
    const { statements, result } = await app.counting(() => remove({ environment: path }));
    expect(result).toEqual({ deletedCount: 1000, isComplete: false });
    expect(statements.length).toBeLessThan(10);
    const rows = await prisma.run.findMany({ where: { environmentId }, select: { command: true } });
    expect(rows).toEqual([{ command: '1001' }]);
    expect(await remove({ environment: path })).toEqual({ deletedCount: 1, isComplete: true });
  });

  test('deletes fewer of those with very many lines, but always one', async () => {
    const { path, environmentId } = await runsIn([]);
    for (const logCount of [150_000, 50_000, 1, 900_000, 1]) {
      await seed.run(project, { environmentId, logCount });
    }
    const counts: Deleted[] = [];
    do counts.push(await remove({ environment: path }));
    while (counts.at(-1)?.isComplete === false);
    expect(counts.map(({ deletedCount }) => deletedCount)).toEqual([2, 1, 1, 1]);
  });

  test('lists everything that is wrong with a filter', async () => {
    const { path, ids } = await runsIn(['SUCCEEDED']);
    const wrong = async (filter: object): Promise<string[]> =>
      mistakes(await refused(app, 'deleteRuns', { filter }));
    expect(await wrong({})).toEqual(['input.filter: ONE_OF']);
    expect(await wrong({ environment: path, job: `${path}/job` })).toEqual(['input.filter: ONE_OF']);
    expect(
      await wrong({
        ...{ runs: [...ids, 'none', encodeGlobalId({ type: 'Job', id: project })], project: 'alpha' },
        ...{ statuses: ['FAILED', 'RUNNING'], endedBefore: day(1).toISOString() },
      }),
    ).toEqual([
      'input.filter: ONE_OF',
      'input.filter.statuses.1: BAD_STATUS',
      'input.filter.runs.1: BAD_REFERENCE',
      'input.filter.runs.2: BAD_REFERENCE',
      'input.filter.statuses: NOT_WITH_RUNS',
      'input.filter.endedBefore: NOT_WITH_RUNS',
    ]);
    const many = Array.from({ length: 1001 }, () => ids[0]);
    expect(await wrong({ runs: many })).toEqual(['input.filter.runs: TOO_MANY']);
    for (const [key, value] of [
      ...[['project', 'none'] as const, ['environment', 'alpha/none'] as const],
      ['job', `${path}/none`] as const,
    ]) {
      expect(await refused(app, 'deleteRuns', { filter: { [key]: value } })).toMatchObject({
        ...{ __typename: 'NotFound', path: ['input', 'filter', key] },
      });
    }
  });
});

interface Cancelled {
  results: { __typename: string; id?: string; status?: string; message?: string; ended?: string }[];
  isComplete: boolean;
}

describe('cancelRuns', () => {
  const selection = `isComplete results { __typename ... on Run { id status endReason blocks { nodes { status } } }
    ... on NotFound { message } ... on WrongStatus { ended: status } }`;
  const cancel = (filter: object): Promise<Cancelled> => done(app, 'cancelRuns', { filter }, selection);

  test('asks each run that is named to stop, and says of each what has become of it', async () => {
    const { runs, ids } = await runsIn(['QUEUED', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'CANCELLED']);
    await seed.block(runs[0] ?? '', { position: 0, status: 'PENDING' });
    const gone = idOf(project);
    const answer = await cancel({ runs: [ids[3], ids[1], gone, ids[0], ids[4], ids[2], ids[1]] });
    const run = { __typename: 'Run', blocks: { nodes: [] } };
    expect(answer).toMatchObject({
      isComplete: true,
      results: [
        { __typename: 'WrongStatus', ended: 'SUCCEEDED' },
        { ...run, id: ids[1], status: 'CANCELLING', endReason: null },
        { __typename: 'NotFound', message: 'There is no Run of that id.' },
        {
          ...{ __typename: 'Run', id: ids[0], status: 'CANCELLED', endReason: 'CANCEL_REQUESTED' },
          blocks: { nodes: [{ status: 'ABANDONED' }] },
        },
        { __typename: 'WrongStatus', ended: 'CANCELLED' },
        { ...run, id: ids[2], status: 'CANCELLING' },
      ],
    });
    expect(await left(runs)).toEqual(['CANCELLED', 'CANCELLING', 'CANCELLING', 'SUCCEEDED', 'CANCELLED']);
    const [first] = await app.app.store.prisma.run.findMany({ where: { id: runs[0] ?? '' } });
    expect(first?.endedAt).toBeInstanceOf(Date);
  });

  test('cancels those of a place that have not ended, the oldest first', async () => {
    const { path, runs, ids } = await runsIn(['RUNNING', 'FAILED', 'QUEUED', 'CANCELLING']);
    const elsewhere = await runsIn(['QUEUED']);
    const { results } = await cancel({ environment: path, createdBefore: day(1).toISOString() });
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      [ids[0], 'CANCELLING'],
      [ids[2], 'CANCELLED'],
    ]);
    expect(await left(runs)).toEqual(['CANCELLING', 'FAILED', 'CANCELLED', 'CANCELLING']);
    expect(await left(elsewhere.runs)).toEqual(['QUEUED']);
    expect(await cancel({ job: `${elsewhere.path}/job`, statuses: ['RUNNING'] })).toMatchObject({
      results: [],
    });
    expect(
      await cancel({ job: `${elsewhere.path}/job`, createdBefore: new Date(0).toISOString() }),
    ).toMatchObject({ results: [] });
    expect(await cancel({ job: `${elsewhere.path}/job`, statuses: ['QUEUED'] })).toMatchObject({
      results: [{ status: 'CANCELLED' }],
    });
  });

  test('takes as many statements for many runs as for one', async () => {
    const countOf = async (statuses: Status[]): Promise<number> => {
      const { path } = await runsIn(statuses);
      const { statements, result } = await app.counting(() => cancel({ environment: path }));
      expect(result.results).toHaveLength(statuses.length);
      return statements.length;
    };
    expect(await countOf(Array<Status>(30).fill('QUEUED'))).toBe(await countOf(['QUEUED']));
  });

  test('tells those who watch of each run', async () => {
    const { path, runs } = await runsIn(['QUEUED', 'RUNNING']);
    const told = new Set<string>();
    const unsubscribe = app.app.store.notifications.subscribe((notification) => {
      if (notification.topic === 'CHANGE') told.add(notification.runId);
    });
    await cancel({ environment: path });
    await expect.poll(() => [...told].sort()).toEqual(runs);
    unsubscribe();
  });

  test('lists everything that is wrong with a filter', async () => {
    const { ids, path } = await runsIn(['QUEUED']);
    const wrong = async (filter: object): Promise<string[]> =>
      mistakes(await refused(app, 'cancelRuns', { filter }));
    expect(await wrong({ statuses: ['QUEUED'] })).toEqual(['input.filter: ONE_OF']);
    expect(await wrong({ runs: ids, createdBefore: day(1).toISOString() })).toEqual([
      'input.filter.createdBefore: NOT_WITH_RUNS',
    ]);
    expect(await wrong({ environment: path, statuses: ['CANCELLING', 'FAILED', 'RUNNING'] })).toEqual([
      ...['input.filter.statuses.0: BAD_STATUS', 'input.filter.statuses.1: BAD_STATUS'],
    ]);
  });

  test('gives the first answer again to a repeated request', async () => {
    const { ids } = await runsIn(['QUEUED', 'FAILED']);
    const input = { filter: { runs: ids }, clientRequestId: 'cancelled twice' };
    const first = await call(app, 'cancelRuns', input, selection);
    expect(first).toMatchObject({ results: [{ __typename: 'Run' }, { __typename: 'WrongStatus' }] });
    expect(await call(app, 'cancelRuns', input, selection)).toEqual(first);
  });
});
