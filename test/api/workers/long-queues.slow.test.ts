import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { newIdAt } from '../../../src/lib/uuid.ts';
import type { Store } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { explainEach } from '../../kit/explain.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, readRun, runToEnd, storeId } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';

/** How many runs wait in each of the ways in which a run can wait, and how many of all else there is. */
const many = 1000;

/** The most rows of a table that a statement may read. */
const few = 100;

let app: TestApp;
let store: Store;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex, slots: 1, firesSchedules: true, sendsWebhooks: true });
  ({ store } = app.app);
  await done(app, 'setRunLimit', { job: 'desk/dev/calls', maxRuns: 1 }, 'limit { maxRuns }');
  const yearly = { name: 'yearly', job: 'desk/dev/calls', interval: '0 0 1 1 *' };
  await done(app, 'createSchedule', yearly, 'schedule { id }');
  await enrol(store, 'elsewhere/1');
  await fill(store.prisma);
}, 120_000);
afterAll(() => app.stop());

/** A run that is executed elsewhere and has a lease, and then a long queue of which the statistics know nothing. */
async function fill(prisma: Store['prisma']): Promise<void> {
  const executed = storeId((await ask(app, 'runJob', { job: 'desk/dev/calls', labels: ['nowhere'] })).id);
  const run = await prisma.run.update({
    where: { id: executed },
    data: {
      ...{ status: 'RUNNING', workerId: 'elsewhere/1', startedAt: new Date() },
      heartbeatAt: new Date(Date.now() + 3600_000),
    },
  });
  const { projectId, environmentId, jobId } = run;
  await prisma.runLease.create({ data: { projectId, key: 'state:here:all', runId: executed } });
  const { id: schedule } = await prisma.schedule.findFirstOrThrow({ where: { name: 'yearly' } });
  const insert = (status: string, columns: string, values: string): Promise<unknown> =>
    prisma.$executeRawUnsafe(`
      INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", "scheduleId", kind, trigger, command, status, ${columns})
      SELECT gen_random_uuid(), '${projectId}', '${environmentId}', '${jobId}', '${schedule}', 'RUN', 'SCHEDULE', 'calls',
        '${status}', ${values} FROM generate_series(1, ${many})`);
  await insert('SUCCEEDED', '"startedAt", "endedAt"', 'now(), now()');
  await prisma.$executeRaw`ANALYZE`;
  for (const table of ['Run', 'RunLease', 'Schedule', 'WebhookDelivery'])
    await prisma.$executeRawUnsafe(`ALTER TABLE "${table}" SET (autovacuum_enabled = false)`);
  const expires = '"expiresAfterSeconds", ';
  await insert('QUEUED', `${expires}"waitingForKey", "runAt"`, `100000, 'time', now() + interval '1 day'`);
  await insert('QUEUED', `${expires}"waitingForKey"`, `100000, 'limit:job:${jobId}'`);
  const held = `100000, 'state:here:all', '${executed}'`;
  await insert('QUEUED', `${expires}"waitingForKey", "waitingForRunId"`, held);
  await insert('QUEUED', `${expires}labels`, `100000, '{nowhere}'`);
  // The gateway decides first when they are due.
  await prisma.$executeRawUnsafe(`
    INSERT INTO "Schedule" (id, "environmentId", "jobId", name, interval, cron, "nextTickAt")
    SELECT gen_random_uuid(), '${environmentId}', '${jobId}', 'y' || i, '0 0 1 1 *', '0 0 1 1 *', now() + interval '1 day'
    FROM generate_series(1, ${many}) AS i`);
  const due = { nextTickAt: { lte: new Date() } };
  await waitFor(
    'The times of the schedules',
    async () => (await prisma.schedule.count({ where: due })) === 0,
  );
  const webhook = newIdAt(new Date());
  const receiver = { origin: 'https://example.org', lockedUrl: '' };
  await prisma.webhook.create({ data: { id: webhook, projectId, name: 'w', events: [], ...receiver } });
  await prisma.$executeRawUnsafe(`
    INSERT INTO "WebhookDelivery" (id, "webhookId", event, payload, "nextAttemptAt")
    SELECT gen_random_uuid(), '${webhook}', 'RUN_FAILED', '{}', now() + interval '1 day' FROM generate_series(1, ${many})`);
}

/** The statements that read more than a few rows of a table while something is done. */
async function greedy(work: () => Promise<unknown>): Promise<object[]> {
  const explained = await explainEach(app, work);
  return explained.flatMap(({ sql, reads }) =>
    [...reads].filter(([, { rows }]) => rows > few).map(([table, read]) => ({ table, ...read, sql })),
  );
}

/** Waits until the background has begun a look, and ended the next one. */
async function twoLooks(): Promise<void> {
  const seen: string[] = [];
  await waitFor('Two looks', async () => {
    seen.push(...(await app.counting(() => sleep(500))).statements);
    return seen.filter((sql) => sql.startsWith('DELETE FROM "FormerName"')).length >= 2;
  });
}

test('what goes on in the background reads no more of a long queue than it needs', async () => {
  expect(await greedy(twoLooks)).toEqual([]);
});

test('a run starts, ends, and is looked at without reading a long queue', async () => {
  await done(app, 'setRunLimit', { job: 'desk/dev/tickets', maxRuns: 1 }, 'limit { maxRuns }');
  const work = async (): Promise<void> => {
    const { id, status } = await runToEnd(app, 'runJob', { job: 'desk/dev/tickets' });
    expect(status).toBe('FAILED');
    await readRun(app, id);
  };
  expect(await greedy(work)).toEqual([]);
});

test.each(['time', 'limit', 'state'])(
  'a run that waits for a %s is looked at and cancelled alone',
  async (key) => {
    const { id } = await store.prisma.run.findFirstOrThrow({
      where: { status: 'QUEUED', waitingForKey: { startsWith: key } },
    });
    const ref = encodeGlobalId({ type: 'Run', id });
    const work = async (): Promise<void> => {
      const query =
        'query ($ref: ID!) { run(ref: $ref) { waitingFor { run { id } } waitReasons { code run { id } } } }';
      expect(await app.query(query, { ref })).toMatchObject({
        run: { waitingFor: key === 'state' ? { run: { id: expect.any(String) as string } } : null },
      });
      await done(app, 'cancelRun', { run: ref }, 'run { status }');
    };
    expect(await greedy(work)).toEqual([]);
  },
);

const run = '{ nodes { id status waitingFor { run { id } } } }';
test.each(
  Object.entries({
    'runs that wait': `{ runs(first: 5, filter: { statuses: [QUEUED] }) ${run} }`,
    'runs that are executed': `{ runs(first: 5, filter: { statuses: [RUNNING] }) ${run} }`,
    'the newest runs': `{ runs(first: 5) ${run} }`,
    'runs that come': '{ upcomingRuns(first: 5) { nodes { __typename } } }',
    'the runs of workers': `{ workers(first: 5) { nodes { name runs(first: 5) ${run} } } }`,
    'a job and its schedules': `{ job(ref: "desk/dev/calls") {
      runs(first: 5, filter: { statuses: [QUEUED] }) ${run}
      schedules(first: 5) { nodes { name lastTick { outcome } ticks(first: 5) { nodes { outcome } } } } } }`,
    'the last deliveries':
      '{ projects { nodes { webhooks(first: 5) { nodes { deliveries(first: 5) { nodes { id } } } } } } }',
  }),
)('%s are read without the rest of a long queue', async (_what, query) => {
  expect(await greedy(() => app.query(query))).toEqual([]);
});
