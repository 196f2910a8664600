import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeGlobalId, decodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { Store } from '../../../src/store/index.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done, validate } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

// Nobody sends anything here.
let app: TestApp;
let store: Store;
const worker = 'here/1';
const url = 'https://hooks.example/';
const tasks = [{ blocks: ['tap-calls', 'target-desk', 'digest:daily'] }];
const runEvents = ['STARTED', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'LOST'].map(
  (word) => `RUN_${word}`,
);
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  await enrol(store, worker);
  for (const name of ['one', 'two'])
    await done(app, 'createJob', { environment: 'desk/dev', name, tasks }, 'job { id }');
  const retryPolicy = { maxAttempts: 2 };
  await done(app, 'createJob', { environment: 'desk/dev', name: 'again', tasks, retryPolicy }, 'job { id }');
});
afterAll(() => app.stop());
beforeEach(async () => {
  await store.prisma.webhook.deleteMany();
  await store.prisma.webhookDelivery.deleteMany();
});

async function listen(name: string, events: string[], more: object = {}): Promise<void> {
  const input = { project: 'desk', name, url, format: 'SLACK', events, ...more };
  await done(app, 'createWebhook', input, 'webhook { id }');
}

interface Told {
  webhook: { name: string };
  event: string;
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
}
async function told(): Promise<Told[]> {
  const { project } = await app.query<{
    project: { webhooks: { nodes: { deliveries: { nodes: Told[] } }[] } };
  }>(
    `{ project(ref: "desk") { webhooks { nodes { deliveries { nodes { webhook { name } event payload } } } } } }`,
  );
  return project.webhooks.nodes.flatMap(({ deliveries }) => deliveries.nodes.toReversed());
}
const named = (all: Told[]): string[] => all.map(({ webhook, event }) => `${webhook.name} ${event}`);

let made = 0;
async function execute(job: string, status: 'SUCCEEDED' | 'FAILED' = 'FAILED'): Promise<string> {
  const { id } = await ask(app, 'runJob', { job: `desk/dev/${job}`, stateIdSuffix: `s${(made += 1)}` });
  await finish(storeId(id), status);
  return id;
}
async function finish(id: string, status: 'SUCCEEDED' | 'FAILED'): Promise<void> {
  await store.prisma.run.update({ where: { id }, data: { runAt: null, waitingForKey: null } });
  expect(await store.claims.claimFree(id, worker)).not.toBeNull();
  const run = await store.prisma.run.findUniqueOrThrow({ where: { id } });
  const end = { status, endReason: 'EXITED', exitCode: 1, signal: null, errorMessage: 'It failed.' } as const;
  await endRun(executionOn(app, worker), run, worker, end);
}

test('what became of a run is written down as it was then', async () => {
  await listen('all', runEvents);
  const id = await execute('one');
  const [started, failed, ...more] = await told();
  expect(more).toEqual([]);
  expect(started).toMatchObject({ event: 'RUN_STARTED', payload: { type: 'run.started' } });
  await store.prisma.job.updateMany({ where: { name: 'one' }, data: { name: 'renamed' } });
  expect(failed?.payload).toEqual({
    type: 'run.failed',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    data: {
      project: { id: expect.any(String) as string, path: 'desk' },
      environment: { id: expect.any(String) as string, path: 'desk/dev' },
      run: {
        ...{
          id,
          kind: 'RUN',
          trigger: 'API',
          status: 'FAILED',
          command: 'tap-calls target-desk digest:daily',
        },
        job: { id: expect.any(String) as string, path: 'desk/dev/one' },
        ...{ schedule: null, scheduledFor: null, attempt: 1, isRetried: false },
        startedAt: expect.any(String) as string,
        endedAt: expect.any(String) as string,
        durationMs: expect.any(Number) as number,
        ...{ endReason: 'EXITED', exitCode: 1, signal: null, errorMessage: 'It failed.' },
      },
    },
  });
  await store.prisma.job.updateMany({ where: { name: 'renamed' }, data: { name: 'one' } });
  const { project, environment, run } = failed?.payload.data as Record<
    string,
    { id: string; job: { id: string } }
  >;
  const types = [project?.id, environment?.id, run?.id, run?.job.id].map(
    (text) => decodeGlobalId(text ?? '')?.type,
  );
  expect(types).toEqual(['Project', 'Environment', 'Run', 'Job']);
});

test('each webhook is told of its own events', async () => {
  await listen('a-failed', ['RUN_FAILED']);
  await listen('b-of-two', runEvents, { jobs: ['desk/dev/two'] });
  await listen('c-off', runEvents, { isEnabled: false });
  await listen('d-prod', runEvents, { environments: ['desk/prod'] });
  await execute('one');
  await execute('two', 'SUCCEEDED');
  expect(named(await told())).toEqual([
    'a-failed RUN_FAILED',
    'b-of-two RUN_STARTED',
    'b-of-two RUN_SUCCEEDED',
  ]);
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/two', stateIdSuffix: 'cancelled' });
  await done(app, 'cancelRun', { run: id }, 'run { id }');
  expect(named(await told()).at(-1)).toBe('b-of-two RUN_CANCELLED');
});

test('a run that a policy retries says so, and only its last attempt is final', async () => {
  await listen('a-each', ['RUN_FAILED']);
  await listen('b-final', ['RUN_FAILED'], { isFinalOnly: true });
  const first = await execute('again');
  const retry = await store.prisma.run.findFirstOrThrow({ where: { retryOfId: storeId(first) } });
  expect(named(await told())).toEqual(['a-each RUN_FAILED']);
  await finish(retry.id, 'FAILED');
  const all = await told();
  expect(named(all)).toEqual(['a-each RUN_FAILED', 'a-each RUN_FAILED', 'b-final RUN_FAILED']);
  const runs = all.map(({ payload }) => payload.data.run as { attempt: number; isRetried: boolean });
  expect(runs.map(({ attempt, isRetried }) => [attempt, isRetried])).toEqual([
    [1, true],
    [2, false],
    [2, false],
  ]);
});

test('nothing is told of what is only checked', async () => {
  await listen('all', runEvents);
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/one', stateIdSuffix: 'back' });
  expect(await validate(app, 'cancelRun', { run: id })).toEqual({ __typename: 'Validated' });
  expect(await told()).toEqual([]);
});

test('schedules and services are told of', async () => {
  const events = ['TICK_SKIPPED', 'TICK_MISSED', 'SCHEDULE_PAUSED', 'SERVICE_STARTED', 'SERVICE_STOPPED'];
  await listen('all', [...events, 'SERVICE_FAILED', 'SERVICE_RESTARTING']);
  const schedule = { job: 'desk/dev/one', name: 'hourly', interval: '@daily', pauseAfterFailures: 1 };
  await done(app, 'createSchedule', schedule, 'schedule { id }');
  const { id } = await store.prisma.schedule.findFirstOrThrow({ where: { name: 'hourly' } });
  const at = new Date('2026-01-01T00:00:00Z');
  const tick = { scheduleId: id, lastDueAt: at, plannedAt: at, decidedAt: at };
  await store.prisma.scheduleTick.createMany({
    data: [
      { ...tick, dueAt: at, outcome: 'MISSED', reason: 'OUTSIDE_WINDOW', message: 'Too late.' },
      { ...tick, dueAt: new Date('2026-01-02T00:00:00Z'), outcome: 'RUN' },
    ],
  });
  await store.prisma.schedule.update({ where: { id }, data: { isEnabled: false, pauseReason: 'FAILURES' } });
  const service = { environment: 'desk/dev', name: 'docs', command: 'digest:daily' };
  await done(app, 'createService', service, 'service { id }');
  for (const status of ['STARTING', 'RUNNING', 'BACKING_OFF', 'FAILED'] as const)
    await store.prisma.service.updateMany({ where: { name: 'docs' }, data: { status, statusReason: 'So.' } });
  const all = await told();
  expect(all.map(({ payload }) => payload.type)).toEqual([
    ...['tick.missed', 'schedule.paused', 'service.started', 'service.restarting', 'service.failed'],
  ]);
  expect(all[0]?.payload.data.tick).toEqual({
    schedule: { id: encodeGlobalId({ type: 'Schedule', id }), path: 'desk/dev/hourly' },
    ...{ dueAt: '2026-01-01T00:00:00.000Z', lastDueAt: '2026-01-01T00:00:00.000Z', count: 1 },
    ...{ outcome: 'MISSED', reason: 'OUTSIDE_WINDOW', message: 'Too late.' },
  });
  expect(all[1]?.payload.data.schedule).toMatchObject({ path: 'desk/dev/hourly', pauseAfterFailures: 1 });
  expect(all[4]?.payload.data.service).toMatchObject({
    path: 'desk/dev/docs',
    status: 'FAILED',
    statusReason: 'So.',
  });
});
