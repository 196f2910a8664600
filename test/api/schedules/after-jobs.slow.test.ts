import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fireNextSchedule } from '../../../src/domain/schedules/fire-schedule.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { failingWrites } from '../../kit/faults/failing-writes.ts';
import { done, mistakes, refused, validate } from '../../kit/verbs/call.ts';
import { gatewayOn } from '../../kit/verbs/execution.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { endRun, ticksOf } from '../../kit/verbs/schedules.ts';

let app: TestApp;
beforeAll(async () => {
  // Schedules are decided by the tests themselves.
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  const input = { environment: 'desk/dev', schedules: 'PAUSED' };
  await done(app, 'updateEnvironment', input, 'environment { id }');
});
afterAll(() => app.stop());

let count = 0;

async function job(environment = 'desk/dev'): Promise<string> {
  const name = `job-${(count += 1)}`;
  const input = { environment, name, tasks: [{ blocks: ['digest:daily'] }] };
  return (await done<{ job: { path: string } }>(app, 'createJob', input, 'job { path }')).job.path;
}

async function follow(own: string, jobs: string[], rest: object = {}, rule?: string): Promise<string> {
  const input = { job: own, name: `f${(count += 1)}`, after: { jobs, rule }, ...rest };
  return (await done<{ schedule: { id: string } }>(app, 'createSchedule', input, 'schedule { id }')).schedule
    .id;
}

async function run(path: string): Promise<string> {
  return (await done<{ run: { id: string } }>(app, 'runJob', { job: path }, 'run { id }')).run.id;
}

/** Runs a job. @returns the run, which has ended */
async function succeed(path: string, status = 'SUCCEEDED'): Promise<string> {
  const id = await run(path);
  await endRun(app, id, status);
  return id;
}

/** Decides all that is due, as a gateway does. @returns how many schedules were decided */
async function decide(): Promise<number> {
  let decided = 0;
  while (await fireNextSchedule(gatewayOn(app), [])) decided += 1;
  return decided;
}

const shapes = async (id: string): Promise<string[]> =>
  (await ticksOf(app, id)).map(({ outcome, reason }) => [outcome, reason].filter(Boolean).join(' '));

/** Ends the runs of a schedule, so that none is in the way. */
async function settle(id: string): Promise<void> {
  for (const { run: made } of await ticksOf(app, id))
    if (made?.status === 'QUEUED') await endRun(app, made.id, 'FAILED');
}

describe('ANY', () => {
  test('each success of each of its jobs is a tick, and no other end of a run', async () => {
    const [own, a, b, other] = [await job(), await job(), await job(), await job()];
    const id = await follow(own, [a, b], { overlap: 'ALLOW' });
    expect(await decide()).toBe(0);
    const first = await succeed(a);
    expect(await decide()).toBe(1);
    for (const status of ['FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST']) await succeed(a, status);
    await succeed(other);
    await succeed(own);
    expect(await decide()).toBe(0);
    const second = await succeed(b);
    const third = await succeed(a);
    // Two at once.
    expect(await decide()).toBe(1);
    expect(await shapes(id)).toEqual(['RUN', 'RUN', 'RUN']);
    const { node } = await app.query<{ node: { ticks: { nodes: { upstreamRun: { id: string } }[] } } }>(
      `query ($id: ID!) { node(id: $id) { ... on Schedule { ticks(first: 10) { nodes {
        upstreamRun { id } lateSeconds dueAt run { trigger scheduledFor job { path } }
      } } } } }`,
      { id },
    );
    expect(node.ticks.nodes.map(({ upstreamRun }) => upstreamRun.id)).toEqual([third, second, first]);
    for (const tick of await ticksOf(app, id)) {
      expect(tick.run).toMatchObject({ status: 'QUEUED', trigger: 'SCHEDULE', scheduledFor: tick.dueAt });
    }
  });

  test('a retry that succeeds counts, and the same run never twice', async () => {
    const [own, a] = [await job(), await job()];
    const id = await follow(own, [a], { overlap: 'ALLOW' });
    const failed = await succeed(a, 'FAILED');
    const retry = await done<{ run: { id: string } }>(app, 'retryRun', { run: failed }, 'run { id }');
    await endRun(app, retry.run.id);
    await endRun(app, retry.run.id);
    expect(await decide()).toBe(1);
    await endRun(app, retry.run.id);
    expect(await decide()).toBe(0);
    expect(await shapes(id)).toEqual(['RUN']);
  });

  test('is decided by the overlap policy', async () => {
    const [own, a] = [await job(), await job()];
    const skip = await follow(own, [a]);
    const queue = await follow(own, [a], { overlap: 'QUEUE' });
    const cancel = await follow(own, [a], { overlap: 'CANCEL_RUNNING' });
    for (let n = 0; n < 3; n += 1) {
      await succeed(a);
      await decide();
    }
    expect(await shapes(skip)).toEqual(['RUN', 'SKIPPED OVERLAP', 'SKIPPED OVERLAP']);
    expect(await shapes(queue)).toEqual(['RUN', 'SKIPPED OVERLAP', 'SKIPPED OVERLAP']);
    expect(await shapes(cancel)).toEqual(['RUN', 'RUN', 'RUN']);
    const [first, second] = await ticksOf(app, skip);
    expect(second?.blockingRun?.id).toBe(first?.run?.id);
    expect((await ticksOf(app, cancel)).map((tick) => tick.run?.status)).toEqual([
      ...['CANCELLED', 'CANCELLED', 'QUEUED'],
    ]);
    await settle(skip);
    await succeed(a);
    await decide();
    expect((await shapes(skip)).at(-1)).toBe('RUN');
  });
});

describe('ALL', () => {
  test('waits until each of its jobs has succeeded since its last tick', async () => {
    const [own, a, b] = [await job(), await job(), await job()];
    const id = await follow(own, [a, b], { overlap: 'ALLOW' }, 'ALL');
    for (const path of [a, a]) await succeed(path);
    const deleted = await succeed(a);
    expect(await decide()).toBe(0);
    // A success counts also when nobody knows the run any more.
    await done(app, 'deleteRun', { run: deleted }, '__typename');
    await succeed(b);
    expect(await decide()).toBe(1);
    await succeed(b);
    expect(await decide()).toBe(0);
    await succeed(a);
    expect(await decide()).toBe(1);
    expect(await shapes(id)).toEqual(['RUN', 'RUN']);
  });

  test('is one tick when the last two end at the same moment', async () => {
    const [own, a, b] = [await job(), await job(), await job()];
    const id = await follow(own, [a, b], { overlap: 'ALLOW' }, 'ALL');
    for (let n = 0; n < 5; n += 1) {
      const runs = [await run(a), await run(b)];
      await Promise.all(runs.map((one) => endRun(app, one)));
      await Promise.all([decide(), decide()]);
    }
    expect(await shapes(id)).toEqual(Array(5).fill('RUN'));
  });

  test('waits no more for a job that was deleted, and again when that is back', async () => {
    const [own, a, b] = [await job(), await job(), await job()];
    const id = await follow(own, [a, b], { overlap: 'ALLOW' }, 'ALL');
    const { job: deleted } = await done<{ job: { id: string } }>(app, 'deleteJob', { job: b }, 'job { id }');
    const jobsOf = async (): Promise<object> =>
      app.query(
        `query ($id: ID!) { node(id: $id) { ... on Schedule { afterRule afterJobs { totalCount nodes { path } } } } }`,
        { id },
      );
    expect(await jobsOf()).toEqual({
      node: { afterRule: 'ALL', afterJobs: { totalCount: 1, nodes: [{ path: a }] } },
    });
    await succeed(a);
    expect(await decide()).toBe(1);
    const problem = async (): Promise<object> =>
      app.query('query ($id: ID!) { node(id: $id) { ... on Schedule { problem { code } } } }', { id });
    expect(await problem()).toEqual({ node: { problem: null } });
    await done(app, 'undelete', { id: deleted.id }, '__typename');
    await succeed(a);
    expect(await decide()).toBe(0);
    await succeed(b);
    expect(await decide()).toBe(1);
    expect(await shapes(id)).toEqual(['RUN', 'RUN']);
    for (const path of [a, b]) await done(app, 'deleteJob', { job: path }, 'job { id }');
    expect(await problem()).toEqual({ node: { problem: { code: 'NO_JOBS' } } });
  });
});

test('has no times: none is announced, and it is no schedule that is due', async () => {
  const [own, a] = [await job(), await job()];
  const id = await follow(own, [a]);
  const { node, upcomingRuns } = await app.query<{ node: object; upcomingRuns: { nodes: object[] } }>(
    `query ($id: ID!) {
      node(id: $id) { ... on Schedule { interval cron isEnabled problem { code } nextRuns { dueAt } afterRule lastTick { dueAt } } }
      upcomingRuns(first: 100) { nodes { id } }
    }`,
    { id },
  );
  expect(node).toEqual({
    ...{ interval: '@manual', cron: null, isEnabled: true, problem: null, nextRuns: [] },
    ...{ afterRule: 'ANY', lastTick: null },
  });
  expect(upcomingRuns.nodes).not.toContainEqual({ id });
  expect(mistakes(await refused(app, 'planBackfill', { schedule: id, ...range }))).toEqual([
    'input.schedule: BAD_INTERVAL',
  ]);
});
const range = { dueSince: '2026-01-01T00:00:00Z', dueBefore: '2026-01-02T00:00:00Z' };

test('what succeeds while it is paused or deleted, or outside of its bounds, is forgotten', async () => {
  const [own, a] = [await job(), await job()];
  const id = await follow(own, [a], { overlap: 'ALLOW' });
  await succeed(a);
  await done(app, 'pauseSchedule', { schedule: id }, 'schedule { id }');
  await succeed(a);
  expect(await decide()).toBe(0);
  await done(app, 'resumeSchedule', { schedule: id, catchUp: true }, 'schedule { id }');
  expect(await decide()).toBe(0);
  await done(app, 'deleteSchedule', { schedule: id }, 'schedule { id }');
  await succeed(a);
  await done(app, 'undelete', { id }, '__typename');
  expect(await decide()).toBe(0);
  await done(app, 'updateSchedule', { schedule: id, startsAt: '2200-01-01T00:00:00Z' }, 'schedule { id }');
  await succeed(a);
  await done(app, 'updateSchedule', { schedule: id, startsAt: null }, 'schedule { id }');
  expect(await decide()).toBe(0);
  await succeed(a);
  expect(await decide()).toBe(1);
  expect(await shapes(id)).toEqual(['RUN']);
});

describe('a change', () => {
  test('takes other jobs or times from then on, and decides first what has happened before', async () => {
    const [own, a, b] = [await job(), await job(), await job()];
    const id = await follow(own, [a], { overlap: 'ALLOW' });
    const read =
      'isChanged schedule { etag afterRule interval afterJobs { nodes { path } } nextRuns(first: 1) { dueAt } }';
    const update = (changes: object) =>
      done<{ isChanged: boolean; schedule: { etag: string } }>(
        app,
        'updateSchedule',
        { schedule: id, ...changes },
        read,
      );
    await succeed(a);
    const { schedule } = await update({ after: { jobs: [b, b] } });
    expect(schedule).toMatchObject({ afterRule: 'ANY', afterJobs: { nodes: [{ path: b }] } });
    expect(await shapes(id)).toEqual(['RUN']);
    await succeed(a);
    expect(await decide()).toBe(0);
    expect(await update({ after: { jobs: [b] } })).toMatchObject({
      isChanged: false,
      schedule: { etag: schedule.etag },
    });
    const changed = await update({ after: { jobs: [b], rule: 'ALL' } });
    expect(changed).toMatchObject({ isChanged: true, schedule: { afterRule: 'ALL' } });
    expect(changed.schedule.etag).not.toBe(schedule.etag);
    const timed = await update({ interval: '0 1 * * *' });
    expect(timed).toMatchObject({
      schedule: { afterRule: null, afterJobs: { nodes: [] }, interval: '0 1 * * *' },
    });
    expect(timed).toMatchObject({ schedule: { nextRuns: [{}] } });
    await succeed(b);
    expect(await decide()).toBe(0);
    expect(await update({ after: { jobs: [b] } })).toMatchObject({
      schedule: { afterRule: 'ANY', interval: '@manual', nextRuns: [] },
    });
    expect(await update({ interval: '@manual' })).toMatchObject({ schedule: { afterRule: null } });
  });

  test('is refused when it gives both, neither, or what is not there', async () => {
    const [own, a] = [await job(), await job()];
    const make = (rest: object) => refused(app, 'createSchedule', { job: own, name: 'wrong', ...rest });
    expect(mistakes(await make({}))).toEqual(['input.interval: ONE_OF']);
    expect(mistakes(await make({ interval: '@daily', after: { jobs: [a] } }))).toEqual([
      'input.interval: ONE_OF',
    ]);
    expect(mistakes(await make({ after: { jobs: [] } }))).toEqual(['input.after.jobs: MISSING']);
    expect(mistakes(await make({ after: { jobs: [a, 'desk/dev/none'] } }))).toEqual([
      'input.after.jobs.1: NOT_FOUND',
    ]);
    expect(mistakes(await make({ after: { jobs: Array(21).fill(a) } }))).toEqual([
      'input.after.jobs: TOO_MANY',
    ]);
    const id = await follow(own, [a]);
    const both = { schedule: id, interval: '@daily', after: { jobs: [a] } };
    expect(mistakes(await refused(app, 'updateSchedule', both))).toEqual(['input.interval: ONE_OF']);
  });
});

describe('a cycle is refused', () => {
  const cycle = {
    __typename: 'Conflict',
    message: expect.stringContaining('A job would start itself') as string,
  };
  const making = (own: string, jobs: string[]) => ({ job: own, name: `f${(count += 1)}`, after: { jobs } });

  test('when a schedule is made or changed', async () => {
    const [a, b, c] = [await job(), await job(), await job()];
    expect(await refused(app, 'createSchedule', making(a, [a]))).toMatchObject({
      ...cycle,
      path: ['input', 'after'],
    });
    await follow(b, [a]);
    await follow(c, [b], {}, 'ALL');
    expect(await refused(app, 'createSchedule', making(a, [b]))).toMatchObject(cycle);
    expect(await refused(app, 'createSchedule', making(a, [await job(), c]))).toMatchObject(cycle);
    expect(await validate(app, 'createSchedule', making(a, [c]))).toMatchObject(cycle);
    const other = await follow(a, [await job()]);
    expect(await refused(app, 'updateSchedule', { schedule: other, after: { jobs: [c] } })).toMatchObject(
      cycle,
    );
    // A fork that joins is none.
    await follow(c, [a]);
  });

  test('when a schedule is moved to a job that it leads to', async () => {
    const [a, b, c] = [await job(), await job(), await job()];
    await follow(b, [a]);
    const id = await follow(c, [b]);
    const move = { resource: { schedule: id }, to: { job: a } };
    expect(await refused(app, 'moveResource', move)).toMatchObject(cycle);
    expect(await validate(app, 'moveResource', move)).toMatchObject(cycle);
  });

  test('when a deleted one comes back, alone or with its job', async () => {
    const [a, b] = [await job(), await job()];
    const id = await follow(b, [a]);
    await done(app, 'deleteSchedule', { schedule: id }, 'schedule { id }');
    const back = await follow(a, [b]);
    expect(await refused(app, 'undelete', { id })).toMatchObject(cycle);
    await done(app, 'deleteSchedule', { schedule: back }, 'schedule { id }');
    await done(app, 'undelete', { id }, '__typename');
    const { job: gone } = await done<{ job: { id: string } }>(
      app,
      'deleteJob',
      { job: b, force: true },
      'job { id }',
    );
    await done(app, 'undelete', { id: gone.id }, '__typename');
    expect(await refused(app, 'undelete', { id: back })).toMatchObject(cycle);
  });

  test('when two are made at the same time that are one together', async () => {
    const [a, b] = [await job(), await job()];
    const results = await Promise.allSettled([follow(a, [b]), follow(b, [a])]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('when a file gives a schedule a job that it follows', async () => {
    const text = (own: string): string => `
environments: [{ name: dev }]
plugins:
  utilities: [{ name: digest, namespace: digest, commands: { daily: --days 1 } }]
jobs: [{ name: first, tasks: ['digest:daily'] }, { name: then, tasks: ['digest:daily'] }]
schedules: [{ name: nightly, interval: '@manual', job: ${own} }]`;
    await done(app, 'createProject', { name: 'cycle', text: text('then') }, 'project { id }');
    const after = { jobs: ['cycle/dev/first'] };
    await done(app, 'updateSchedule', { schedule: 'cycle/dev/nightly', after }, 'schedule { id }');
    expect(await refused(app, 'planProject', { project: 'cycle', text: text('first') })).toMatchObject(cycle);
  });
});

test('a file and an export have it as `@manual`, and an import of that leaves it following', async () => {
  const text = `
environments: [{ name: dev }]
plugins:
  utilities: [{ name: digest, namespace: digest, commands: { daily: --days 1 } }]
jobs: [{ name: first, tasks: ['digest:daily'] }, { name: then, tasks: ['digest:daily'] }]
schedules: [{ name: nightly, interval: '@daily', job: then }]`;
  await done(app, 'createProject', { name: 'managed', text }, 'project { id }');
  const after = { jobs: ['managed/dev/first'] };
  await done(app, 'updateSchedule', { schedule: 'managed/dev/nightly', after }, 'schedule { id }');
  const { text: exported } = await done<{ text: string }>(
    app,
    'exportProject',
    { project: 'managed' },
    'text',
  );
  expect(exported).toMatch(/name: nightly\s*,?\s*interval: ['"]?@manual['"]?/);
  const source = { project: 'managed', text: exported };
  const { plan } = await done<{ plan: { etag: string; changes: object[] } }>(
    app,
    'planProject',
    source,
    'plan { etag changes { name } }',
  );
  expect(plan.changes).toEqual([]);
  await done(app, 'applyProject', { ...source, planEtag: plan.etag }, 'project { id }');
  const { schedule } = await app.query<{ schedule: object }>(
    '{ schedule(ref: "managed/dev/nightly") { afterRule interval afterJobs { nodes { name } } } }',
  );
  expect(schedule).toEqual({
    afterRule: 'ANY',
    interval: '@manual',
    afterJobs: { nodes: [{ name: 'first' }] },
  });
  // A definition that gives it times is what it is from then on.
  const timed = { project: 'managed', text: exported.replace(/['"]?@manual['"]?/, "'@hourly'") };
  const next = await done<{ plan: { etag: string } }>(app, 'planProject', timed, 'plan { etag }');
  await done(app, 'applyProject', { ...timed, planEtag: next.plan.etag }, 'project { id }');
  const { schedule: last } = await app.query<{ schedule: object }>(
    '{ schedule(ref: "managed/dev/nightly") { afterRule interval afterJobs { nodes { name } } } }',
  );
  expect(last).toEqual({ afterRule: null, interval: '@hourly', afterJobs: { nodes: [] } });
});

test('a success and the record of it are one transaction, and it is decided once, wherever a gateway fails', async () => {
  const [own, a] = [await job(), await job()];
  const id = await follow(own, [a], { overlap: 'ALLOW' });
  const runId = await run(a);
  const { store } = app.app;
  await expect(
    store.transaction(async (tx) => {
      await tx.runs.requestCancel(storeId(runId));
      throw new Error('as when its worker is killed');
    }),
  ).rejects.toThrow();
  const writes = await failingWrites(store);
  // The end, its change, and what follows: each fails in turn, and nothing of it is there.
  for (let n = 1; ; n += 1) {
    await writes.succeed();
    await writes.failFrom(n);
    const failed = await endRun(app, runId).then(
      () => false,
      () => true,
    );
    if (!failed) break;
    expect(await store.prisma.upstreamSuccess.count()).toBe(0);
    expect((await store.runs.byId(storeId(runId)))?.status).toBe('QUEUED');
  }
  await writes.succeed();
  let failures = 0;
  for (let n = 1; ; n += 1) {
    await writes.succeed();
    await writes.failFrom(n);
    const failed = await fireNextSchedule(gatewayOn(app), []).then(
      () => false,
      () => true,
    );
    if (!failed) break;
    failures += 1;
    expect(await store.prisma.upstreamSuccess.count()).toBe(1);
    expect(await shapes(id)).toEqual([]);
  }
  await writes.remove();
  expect(failures).toBeGreaterThanOrEqual(4);
  expect(await decide()).toBe(0);
  expect(await shapes(id)).toEqual(['RUN']);
});

test('costs the same number of statements with many runs in its past', async () => {
  const [own, a] = [await job(), await job()];
  await follow(own, [a], { overlap: 'ALLOW' });
  const cost = async (): Promise<number> => {
    const id = await run(a);
    const { statements } = await app.counting(async () => {
      await endRun(app, id);
      await decide();
    });
    return statements.length;
  };
  const few = await cost();
  for (let n = 0; n < 20; n += 1) await succeed(a);
  await decide();
  expect(await cost()).toBe(few);
});
