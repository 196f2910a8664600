import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { Run, Store } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, deskAndAnnex, importAgain } from '../../kit/data/projects.ts';
import { carryOutBulk, submitToEnd } from '../../kit/verbs/bulk.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

// Nobody executes anything here but the tests.
let app: TestApp;
let store: Store;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
});
afterAll(() => app.stop());

const environment = 'desk/dev';
const tasks = [{ blocks: ['digest:daily'] }];
let made = 0;
async function newJob(labels?: string[]): Promise<string> {
  const name = `labelled-${(made += 1)}`;
  await done(app, 'createJob', { environment, name, tasks, labels }, 'job { id }');
  return `${environment}/${name}`;
}
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const labelsOf = async (globalId: string): Promise<string[]> => (await rowOf(storeId(globalId))).labels;

test('a job has the labels that it is given, and an import leaves them', async () => {
  const copy = await copyOf('desk', 'labelled-desk');
  await importAgain(app, copy.directory, 'labelled');
  const update = async (input: object = {}): Promise<{ etag: string; labels: string[] }> =>
    (
      await done<{ job: { etag: string; labels: string[] } }>(
        app,
        'updateJob',
        { job: 'labelled/dev/calls', ...input },
        'job { etag labels }',
      )
    ).job;
  const before = await update();
  expect(before.labels).toEqual([]);
  const after = await update({ labels: ['gpu', 'large', 'gpu'] });
  expect(after.labels).toEqual(['gpu', 'large']);
  expect(after.etag).not.toBe(before.etag);
  await copy.edit('digest:daily', 'digest:weekly');
  await importAgain(app, copy.directory, 'labelled');
  expect((await update()).labels).toEqual(['gpu', 'large']);
  expect((await update({ labels: [] })).labels).toEqual([]);
});

test('a run asks for the labels of its job, however it is started, unless it is given others', async () => {
  const job = await newJob(['gpu']);
  const start = async (input: object = {}): Promise<string> =>
    (await ask(app, 'runJob', { job, ...input })).id;
  const first = await start();
  expect(await labelsOf(first)).toEqual(['gpu']);
  expect(await labelsOf(await start({ labels: ['large'] }))).toEqual(['large']);
  expect(await labelsOf(await start({ labels: [] }))).toEqual([]);
  const { id: command } = await ask(app, 'runCommand', { environment, command: 'digest:daily' });
  expect(await labelsOf(command)).toEqual([]);

  const schedule = { name: 'labelled', job, interval: '0 6 * * *' };
  await done(app, 'createSchedule', schedule, 'schedule { id }');
  const { startedRun } = await done<{ startedRun: { id: string } }>(
    app,
    'triggerSchedule',
    { schedule: `${environment}/labelled` },
    'startedRun { id }',
  );
  expect(await labelsOf(startedRun.id)).toEqual(['gpu']);

  carryOutBulk(app);
  const [day, next] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
  const { job: found } = await app.query<{ job: { id: string } }>(`{ job(ref: "${job}") { id } }`);
  await submitToEnd(app, 'runJobs', { filter: { ids: [found.id] } });
  await submitToEnd(app, 'backfill', { job, interval: '0 6 * * *', dueSince: day, dueBefore: next });
  const others = await store.prisma.run.findMany({
    where: { jobId: storeId(found.id), trigger: { in: ['BULK', 'BACKFILL'] } },
  });
  expect(others.map(({ labels }) => labels)).toEqual([['gpu'], ['gpu']]);

  // A run keeps those of its request, and so does its retry.
  await done(app, 'updateJob', { job, labels: ['other'] }, 'job { id }');
  await ask(app, 'cancelRun', { run: first });
  expect(await labelsOf((await ask(app, 'retryRun', { run: first })).id)).toEqual(['gpu']);
  expect(await labelsOf(await start())).toEqual(['other']);
});

test('only a worker with the labels takes it', async () => {
  const { id } = await ask(app, 'runJob', { job: await newJob(['gpu']) });
  await enrol(store, 'here/plain');
  expect(await store.claims.ready('here/plain', 100)).not.toContain(storeId(id));
  expect(await store.claims.claimFree(storeId(id), 'here/plain')).toBeNull();
  const { run } = await app.query<{ run: { waitReasons: { code: string }[] } }>(
    `{ run(ref: "${encodeGlobalId({ type: 'Run', id: storeId(id) })}") { waitReasons { code } } }`,
  );
  expect(run.waitReasons).toEqual([{ code: 'WORKER_MISSING' }]);
  await enrol(store, 'here/gpu', ['gpu']);
  expect(await store.claims.claimFree(storeId(id), 'here/gpu')).not.toBeNull();
});

test('a label that is none is refused', async () => {
  const job = await newJob();
  for (const [verb, input] of [
    ['createJob', { environment, name: 'never', tasks }],
    ['updateJob', { job }],
  ] as const)
    expect(mistakes(await refused(app, verb, { ...input, labels: ['fine', 'not fine'] }))).toEqual([
      'input.labels: BAD_NAME',
    ]);
});
