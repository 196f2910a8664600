import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { Run, Store } from '../../../src/store/index.ts';
import type { RunEnd } from '../../../src/store/runs/runs.ts';
import { RunTaken } from '../../../src/store/runs/run-taken.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import { endLostRuns } from '../../../src/worker/recovery/lost-runs.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, deskAndAnnex, importAgain } from '../../kit/data/projects.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

// Nobody executes anything here but the tests.
let app: TestApp;
let store: Store;
const worker = 'here/1';
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  await enrol(store, worker);
});
afterAll(() => app.stop());

const globalId = (id: string): string => encodeGlobalId({ type: 'Run', id });
const environment = 'desk/dev';
const tasks = [{ blocks: ['tap-calls', 'target-desk', 'digest:daily'] }];
const policy = { maxAttempts: 4, initialDelaySeconds: 10, backoffFactor: 3, maxDelaySeconds: 60 };
const shown = 'retryPolicy { maxAttempts initialDelaySeconds backoffFactor maxDelaySeconds retryOn }';
const everything = ['FAILED', 'TIMED_OUT', 'LOST', 'SHUTDOWN'];

let made = 0;
/** A job of its own, so that its runs wait for no others. @returns its path */
async function newJob(retryPolicy: object | null = policy): Promise<string> {
  const name = `retried-${(made += 1)}`;
  await done(app, 'createJob', { environment, name, tasks, retryPolicy }, 'job { id }');
  return `${environment}/${name}`;
}

const start = async (job: string, options: object = {}): Promise<string> =>
  storeId((await ask(app, 'runJob', { job, stateIdSuffix: `s${(made += 1)}`, ...options })).id);

/** Claims a run that may wait for its time. */
async function claim(id: string): Promise<void> {
  await store.prisma.run.update({ where: { id }, data: { runAt: null, waitingForKey: null } });
  expect(await store.claims.claimFree(id, worker)).not.toBeNull();
}

const failure: RunEnd = {
  ...{ status: 'FAILED', endReason: 'EXITED', exitCode: 1, signal: null, errorMessage: 'It failed.' },
};
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const retriesOf = (id: string): Promise<Run[]> => store.prisma.run.findMany({ where: { retryOfId: id } });

/** Executes a run to its end. @returns its retries */
async function execute(id: string, end: Partial<RunEnd> = {}): Promise<Run[]> {
  await claim(id);
  await endRun(executionOn(app, worker), await rowOf(id), worker, { ...failure, ...end });
  return retriesOf(id);
}

test('a job has the policy that it is given, and an import leaves it', async () => {
  const copy = await copyOf('desk', 'kept-desk');
  await importAgain(app, copy.directory, 'kept');
  const job = 'kept/dev/calls';
  const update = (input: object): Promise<{ job: { etag: string; retryPolicy: object | null } }> =>
    done(app, 'updateJob', { job, ...input }, `job { etag tasks { blocks } ${shown} }`);
  const before = await update({});
  expect(before.job.retryPolicy).toBeNull();
  const after = await update({ retryPolicy: { maxAttempts: 3, retryOn: ['LOST', 'FAILED', 'LOST'] } });
  expect(after.job).toEqual({
    ...before.job,
    etag: after.job.etag,
    retryPolicy: {
      ...{ maxAttempts: 3, initialDelaySeconds: 60, backoffFactor: 2, maxDelaySeconds: 3600 },
      retryOn: ['FAILED', 'LOST'],
    },
  });
  expect(after.job.etag).not.toBe(before.job.etag);
  await copy.edit('digest:daily', 'digest:weekly');
  await importAgain(app, copy.directory, 'kept');
  const imported = await update({});
  expect(imported.job.retryPolicy).toEqual(after.job.retryPolicy);
  expect((await update({ retryPolicy: null })).job.retryPolicy).toBeNull();
});

test('a policy that makes no sense is refused', async () => {
  const bad = { maxAttempts: 0, initialDelaySeconds: -1, maxDelaySeconds: 86_401, backoffFactor: 0.5 };
  const job = await newJob();
  for (const [verb, input] of [
    ['createJob', { environment, name: 'never', tasks }],
    ['updateJob', { job }],
    ['runJob', { job }],
    ['runCommand', { environment, command: 'digest:daily' }],
    ['runJobs', { filter: { environment } }],
    ['createSchedule', { job, name: 'never', interval: '@daily' }],
  ] as const) {
    expect(mistakes(await call(app, verb, { ...input, retryPolicy: bad }, '__typename'))).toEqual(
      Object.keys(bad).map((name) => `input.retryPolicy.${name}: OUT_OF_RANGE`),
    );
  }
});

test('a run that fails is repeated as it was, later each time, until its last attempt', async () => {
  const env = [
    { name: 'MODE', value: 'fast' },
    { name: 'TAP_CALLS_PASSWORD', value: 'hunter2' },
  ];
  const options = { fullRefresh: true, timeoutSeconds: 60, labels: [], env };
  let id = await start(await newJob(), options);
  const first = await rowOf(id);
  expect(first).toMatchObject({
    attempt: 1,
    lastAttempt: 4,
    retryPolicy: { ...policy, retryOn: everything },
  });
  const delays: number[] = [];
  for (let attempt = 2; attempt <= 4; attempt += 1) {
    const [retry, ...others] = await execute(id);
    expect(others).toEqual([]);
    if (!retry) throw new Error('There is no retry.');
    const { endedAt } = await rowOf(id);
    delays.push(Math.round(((retry.runAt?.getTime() ?? 0) - (endedAt?.getTime() ?? 0)) / 1000));
    expect(retry).toMatchObject({
      ...{
        status: 'QUEUED',
        trigger: 'RETRY',
        retryOfId: id,
        attempt,
        lastAttempt: 4,
        waitingForKey: 'time',
      },
      ...{ command: first.command, fullRefresh: true, timeoutSeconds: 60, env: first.env },
      ...{ leaseKeys: first.leaseKeys, retryPolicy: first.retryPolicy, jobId: first.jobId },
    });
    ({ id } = retry);
  }
  expect(delays).toEqual([10, 30, 60]);
  const { run } = await app.query<{ run: object }>(
    `query ($id: ID!) { run(ref: $id) {
      attempt lastAttempt ${shown} waitReasons { code } retryOf { attempt } blocks { nodes { command status } }
    } }`,
    { id: globalId(id) },
  );
  expect(run).toEqual({
    ...{ attempt: 4, lastAttempt: 4, retryPolicy: { ...policy, retryOn: everything } },
    ...{ waitReasons: [{ code: 'NOT_BEFORE' }], retryOf: { attempt: 3 } },
    blocks: {
      nodes: [
        { command: 'tap-calls target-desk', status: 'PENDING' },
        { command: 'digest:daily', status: 'PENDING' },
      ],
    },
  });
  expect(await execute(id)).toEqual([]);
});

test('only ends that the policy names are retried, and nothing that somebody has cancelled', async () => {
  const job = await newJob({ ...policy, retryOn: ['FAILED', 'SHUTDOWN'] });
  expect(await execute(await start(job), { status: 'SUCCEEDED', endReason: 'COMPLETED' })).toEqual([]);
  expect(await execute(await start(job), { status: 'TIMED_OUT', endReason: 'TIMEOUT' })).toEqual([]);
  expect(await execute(await start(job), { status: 'CANCELLED', endReason: 'SHUTDOWN' })).toHaveLength(1);
  const waiting = await start(job);
  await ask(app, 'cancelRun', { run: globalId(waiting) });
  expect(await retriesOf(waiting)).toEqual([]);
  for (const end of [failure, { ...failure, status: 'CANCELLED', endReason: 'SHUTDOWN' }] as const) {
    const id = await start(job);
    await claim(id);
    await ask(app, 'cancelRun', { run: globalId(id) });
    await endRun(executionOn(app, worker), await rowOf(id), worker, end);
    expect(await retriesOf(id)).toEqual([]);
  }
});

test('a run can have a policy of its own, or none although its job has one', async () => {
  const [with_, without] = [await newJob(), await newJob(null)];
  expect(await execute(await start(with_, { retryPolicy: { maxAttempts: 1 } }))).toEqual([]);
  expect(await execute(await start(without))).toEqual([]);
  const now = { maxAttempts: 2, initialDelaySeconds: 0 };
  const [retry] = await execute(await start(without, { retryPolicy: now }));
  expect(retry).toMatchObject({ runAt: null, waitingForKey: null, lastAttempt: 2 });
  const command = { environment, command: 'digest:daily', retryPolicy: now };
  const { id } = await ask(app, 'runCommand', command);
  expect(await execute(storeId(id))).toHaveLength(1);
  // A policy that changes is that of later runs.
  const earlier = await start(with_);
  await done(app, 'updateJob', { job: with_, retryPolicy: null }, 'job { id }');
  expect(await execute(earlier)).toHaveLength(1);
  expect(await execute(await start(with_))).toEqual([]);
});

test('a run that was asked for again begins anew with its policy', async () => {
  const first = await start(await newJob({ ...policy, maxAttempts: 2 }));
  const [second] = await execute(first);
  expect(await execute(second?.id ?? '')).toEqual([]);
  const { id } = await ask(app, 'retryRun', {
    run: globalId(second?.id ?? ''),
  });
  expect(await rowOf(storeId(id))).toMatchObject({ attempt: 3, lastAttempt: 4 });
  const [fourth] = await execute(storeId(id));
  expect(fourth).toMatchObject({ attempt: 4, lastAttempt: 4 });
  expect(await execute(fourth?.id ?? '')).toEqual([]);
});

test('a run of a worker that died is retried once, whoever finds it and however many do', async () => {
  const id = await start(await newJob());
  await claim(id);
  const lost = await rowOf(id);
  const finders = ['here/1', 'here/2', 'here/3'].map((name) => executionOn(app, name));
  await Promise.all(finders.map((finder) => endLostRuns(finder, [lost])));
  expect(await rowOf(id)).toMatchObject({ status: 'LOST' });
  expect(await retriesOf(id)).toHaveLength(1);
  // The worker itself comes too late.
  await expect(endRun(executionOn(app, worker), lost, worker, failure)).rejects.toThrow(RunTaken);
  expect(await retriesOf(id)).toHaveLength(1);
});

test('a schedule is paused by failures of last attempts only, and its job can not be deleted meanwhile', async () => {
  const job = await newJob({ ...policy, maxAttempts: 2 });
  const schedule = { name: 'retried', job, interval: '@daily', pauseAfterFailures: 1 };
  await done(app, 'createSchedule', schedule, 'schedule { id }');
  const triggered = { schedule: `${environment}/retried` };
  const { startedRun: run } = await done<{ startedRun: { id: string } }>(
    app,
    'triggerSchedule',
    triggered,
    'startedRun { id }',
  );
  const isPaused = async (): Promise<boolean> => {
    const query = `{ schedule(ref: "${environment}/retried") { isEnabled } }`;
    return !(await app.query<{ schedule: { isEnabled: boolean } }>(query)).schedule.isEnabled;
  };
  const [retry] = await execute(storeId(run.id));
  const { scheduleId } = await rowOf(storeId(run.id));
  expect(retry).toMatchObject({ scheduleId, attempt: 2 });
  expect(await isPaused()).toBe(false);
  expect(await refused(app, 'deleteJob', { job, force: true })).toMatchObject({ __typename: 'Busy' });
  expect(await execute(retry?.id ?? '')).toEqual([]);
  expect(await isPaused()).toBe(true);
});

test('a schedule has a policy of its own, which comes before that of its job', async () => {
  const job = await newJob({ ...policy, maxAttempts: 4 });
  const [name, schedule] = ['strict', `${environment}/strict`];
  const change = async (verb: string, input: object): Promise<{ etag: string; retryPolicy: object | null }> =>
    (
      await done<{ schedule: { etag: string; retryPolicy: object | null } }>(
        app,
        verb,
        input,
        `schedule { etag ${shown} }`,
      )
    ).schedule;
  const retryPolicy = { maxAttempts: 2, initialDelaySeconds: 0, retryOn: ['FAILED'] };
  const created = await change('createSchedule', { job, name, interval: '@daily', retryPolicy });
  expect(created.retryPolicy).toEqual({ ...retryPolicy, backoffFactor: 2, maxDelaySeconds: 3600 });
  const trigger = async (): Promise<Run> => {
    const started = 'startedRun { id }';
    const input = { schedule, overlap: 'ALLOW' };
    const { startedRun } = await done<{ startedRun: { id: string } }>(app, 'triggerSchedule', input, started);
    return rowOf(storeId(startedRun.id));
  };
  const first = await trigger();
  expect(first).toMatchObject({ lastAttempt: 2, retryPolicy: created.retryPolicy });
  expect(await rowOf(await start(job))).toMatchObject({ lastAttempt: 4 });
  const none = await change('updateSchedule', { schedule, retryPolicy: null });
  expect(none.retryPolicy).toBeNull();
  expect(none.etag).not.toBe(created.etag);
  expect(await trigger()).toMatchObject({ lastAttempt: 4 });
  // Who asked before has what was asked for.
  expect(await execute(first.id)).toMatchObject([{ attempt: 2, lastAttempt: 2, runAt: null }]);
});

test('the schedule of an extract-load pair has a policy, and an import leaves it', async () => {
  const copy = await copyOf('desk', 'paired-desk');
  await importAgain(app, copy.directory, 'paired');
  const schedule = 'paired/dev/by-pair';
  const retryPolicy = { maxAttempts: 3, initialDelaySeconds: 0 };
  await done(app, 'updateSchedule', { schedule, retryPolicy }, 'schedule { id }');
  await copy.edit("'@weekly'", "'@daily'");
  await importAgain(app, copy.directory, 'paired');
  const read = `{ schedule(ref: "${schedule}") { interval retryPolicy { maxAttempts } } }`;
  expect(await app.query(read)).toEqual({
    schedule: { interval: '@daily', retryPolicy: { maxAttempts: 3 } },
  });
  const started = 'startedRun { id }';
  const { startedRun } = await done<{ startedRun: { id: string } }>(
    app,
    'triggerSchedule',
    { schedule },
    started,
  );
  expect(await rowOf(storeId(startedRun.id))).toMatchObject({ jobId: null, lastAttempt: 3 });
});
