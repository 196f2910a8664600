import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { newIdAt } from '../../../src/lib/uuid.ts';
import type { Store } from '../../../src/store/index.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { openRunSlots } from '../../../src/worker/run-slots.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { explainWork } from '../../kit/explain.ts';
import { copyOf, deskAndAnnex, importAgain } from '../../kit/data/projects.ts';
import { carryOutBulk, submitToEnd } from '../../kit/verbs/bulk.ts';
import { done } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';

// Nobody executes anything here but the tests.
let app: TestApp;
let store: Store;
const worker = 'here/1';
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await store.workers.removeAll();
  await store.prisma.runLease.deleteMany({});
  await store.prisma.run.deleteMany({});
  await enrol(store, worker);
});

type Priority = 'HIGHEST' | 'HIGH' | 'NORMAL' | 'LOW' | 'LOWEST';
let count = 0;
/** Requests a run of a state id of its own. @returns its id in the store */
const request = async (priority?: Priority, environment = 'desk/dev'): Promise<string> => {
  const input = { job: `${environment}/calls`, stateIdSuffix: `p${(count += 1)}`, priority };
  return storeId((await ask(app, 'runJob', input)).id);
};
const claim = (id: string): Promise<unknown> => store.claims.claimFree(id, worker);
const ready = (limit = 100): Promise<string[]> => store.claims.ready(worker, limit);

/** How many runs are before a run, as it tells. */
async function aheadOf(id: string): Promise<number> {
  const { run } = await app.query<{ run: { waitReasons: { code: string; ahead: number }[] } }>(
    'query ($id: ID!) { run(ref: $id) { waitReasons { code ahead } } }',
    { id: encodeGlobalId({ type: 'Run', id }) },
  );
  return run.waitReasons.find(({ code }) => code === 'POSITION')?.ahead ?? 0;
}

test('runs of an environment start by their priority, and in the order of their requests', async () => {
  const [low, normal, high] = [await request('LOW'), await request(), await request('HIGH')];
  const [lowest, highest, next] = [
    await request('LOWEST'),
    await request('HIGHEST'),
    await request('NORMAL'),
  ];
  const inTurn = [highest, high, normal, next, low, lowest];
  expect(await ready()).toEqual(inTurn);
  expect(await ready(2)).toEqual([highest, high]);
  await store.prisma.worker.updateMany({ data: { slots: 0 } });
  expect(await Promise.all(inTurn.map(aheadOf))).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a run that has waited for long enough starts before those of higher priorities', async () => {
  const { projectId, environmentId } = await store.prisma.run.findUniqueOrThrow({
    where: { id: await request('NORMAL') },
  });
  const requested = async (hoursAgo: number, priority: Priority): Promise<string> => {
    const id = newIdAt(new Date(Date.now() - hoursAgo * 3600 * 1000));
    const row = { projectId, environmentId, kind: 'RUN', status: 'QUEUED', command: 'digest:daily' } as const;
    await store.prisma.run.create({ data: { ...row, id, priority } });
    return id;
  };
  await store.prisma.run.deleteMany({});
  const fresh = await requested(0, 'HIGHEST');
  const [old, older] = [await requested(23, 'LOWEST'), await requested(25, 'LOWEST')];
  const normal = await requested(11, 'NORMAL');
  expect(await ready()).toEqual([older, fresh, old, normal]);
});

test('environments take turns: the one with the fewest runs executed comes first, whatever the others ask for', async () => {
  const dev: string[] = [];
  for (let i = 0; i < 6; i++) dev.push(await request(i === 5 ? 'HIGHEST' : 'NORMAL'));
  const [first, second, third, fourth, fifth, highest] = dev as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const prod = [await request('LOWEST', 'desk/prod'), await request('NORMAL', 'desk/prod')];
  const annex = await request('NORMAL', 'annex/dev');
  // With nothing executed, each environment has its first, then its second …
  expect(await ready()).toEqual([highest, prod[1], annex, first, prod[0], second, third, fourth, fifth]);
  await claim(first);
  await claim(second);
  await store.prisma.worker.updateMany({ data: { slots: 0 } });
  const inTurn = [prod[1], annex, prod[0], highest, third, fourth, fifth];
  expect(await ready()).toEqual(inTurn);
  expect(await Promise.all(inTurn.map((id) => aheadOf(id ?? '')))).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('a run knows its place among many, of many environments or of one', async () => {
  const { prisma } = store;
  const { projectId, environmentId } = await prisma.run.findUniqueOrThrow({ where: { id: await request() } });
  await prisma.run.deleteMany({});
  await store.prisma.worker.updateMany({ data: { slots: 0 } });
  const row = { projectId, kind: 'RUN', status: 'QUEUED', command: 'digest:daily' } as const;
  const begin = Date.now() - 3600_000;
  const deep = Array.from({ length: 40 }, (_, i) => newIdAt(new Date(begin + i)));
  const makeDeep = (): Promise<unknown> =>
    prisma.run.createMany({ data: deep.map((id) => ({ ...row, id, environmentId })) });
  await makeDeep();
  expect(await aheadOf(deep[39] ?? '')).toBe(39);
  const environments = Array.from({ length: 50 }, (_, i) => ({
    id: newIdAt(new Date(begin)),
    projectId,
    name: `wide-${i}`,
  }));
  await prisma.environment.createMany({ data: environments });
  await prisma.run.createMany({
    data: environments.flatMap(({ id }) =>
      Array.from({ length: 25 }, (_, i) => ({
        ...row,
        id: newIdAt(new Date(begin + 100 + i)),
        environmentId: id,
      })),
    ),
  });
  // The run at each depth comes before those of the others, which were requested later.
  expect(await aheadOf(deep[10] ?? '')).toBe(10 * 51);
  const { run } = await app.query<{ run: { waitReasons: object[] } }>(
    `{ run(ref: "${encodeGlobalId({ type: 'Run', id: deep[39] ?? '' })}") { waitReasons { code ahead } } }`,
  );
  expect(run.waitReasons).toContainEqual({ code: 'POSITION', ahead: null });
  await prisma.run.deleteMany({});
  await prisma.environment.deleteMany({ where: { id: { in: environments.map(({ id }) => id) } } });
});

test('the next run is found without reading the queue, also while the statistics of the database know of none', async () => {
  const { prisma } = store;
  const { projectId, environmentId } = await prisma.run.findUniqueOrThrow({ where: { id: await request() } });
  await prisma.run.deleteMany({});
  await prisma.$executeRaw`ANALYZE "Run"`;
  const ids = Array.from({ length: 2000 }, (_, i) => newIdAt(new Date(Date.now() - 10_000 + i)));
  const row = { projectId, environmentId, kind: 'RUN', status: 'QUEUED', command: 'digest:daily' } as const;
  await prisma.run.createMany({ data: ids.map((id) => ({ ...row, id })) });
  const { reads, result } = await explainWork(app, () => ready(1), 'Run');
  expect(result).toEqual(ids.slice(0, 1));
  expect(reads.rows).toBeLessThan(10);
});

test('a place of a limit that is free goes to the run whose turn it is', async () => {
  const limit = { job: 'desk/dev/calls', maxRuns: 1 };
  await done(app, 'setRunLimit', limit, 'limit { maxRuns }');
  const [first, low, high] = [await request(), await request('LOW'), await request('HIGH')];
  expect(await claimRun(executionOn(app, worker), first)).not.toBeNull();
  for (const id of [low, high]) expect(await claimRun(executionOn(app, worker), id)).toBeNull();
  await store.prisma.run.update({ where: { id: first }, data: { status: 'SUCCEEDED', endedAt: new Date() } });
  await store.limits.free(null);
  expect(await ready()).toEqual([high]);
  await done(app, 'setRunLimit', { ...limit, maxRuns: null }, 'limit { maxRuns }');
});

test('what is for a whole project takes turns, too', async () => {
  const [first, second] = [await request(), await request()];
  const { id } = await ask(app, 'installPlugins', {
    project: 'desk',
    plugins: ['desk/extractors/tap-calls'],
  });
  expect(await ready()).toEqual([first, storeId(id), second]);
});

test('a worker whose slots are taken takes the runs in turn, whatever the order of its messages', async () => {
  const [low, normal, high, highest] = [
    await request('LOW'),
    await request('NORMAL'),
    await request('HIGH'),
    await request('HIGHEST'),
  ];
  const prod = await request('NORMAL', 'desk/prod');
  const claimed: string[] = [];
  const claims = {
    ...store.claims,
    claimFree: async (id: string, name: string) => {
      const run = await store.claims.claimFree(id, name);
      if (run) claimed.push(id);
      return run;
    },
  };
  // There is no Meltano, so each run ends at once.
  const slots = await openRunSlots(executionOn(app, worker, { store: { ...store, claims } }), 1);
  await waitFor(
    'The end of all runs',
    async () => (await store.prisma.run.count({ where: { endedAt: null } })) === 0,
  );
  await slots.close();
  await slots.drain(0, AbortSignal.abort());
  expect(claimed).toEqual([highest, high, normal, prod, low]);
});

test('a job has a priority, and its schedules and runs another one', async () => {
  const copy = await copyOf('desk', 'prior-desk');
  await importAgain(app, copy.directory, 'prior');
  const job = 'prior/dev/calls';
  const set = (verb: string, input: object, shown: string): Promise<object> => done(app, verb, input, shown);
  expect(await set('updateJob', { job }, 'job { priority }')).toMatchObject({ job: { priority: null } });
  await set('updateJob', { job, priority: 'HIGH' }, 'job { id }');
  await copy.edit('digest:daily', 'digest:weekly');
  await importAgain(app, copy.directory, 'prior');
  expect(await set('updateJob', { job }, 'job { priority }')).toMatchObject({ job: { priority: 'HIGH' } });

  const priorityOf = async (id: string): Promise<string> =>
    (await store.prisma.run.findUniqueOrThrow({ where: { id: storeId(id) } })).priority;
  const run = async (input: object = {}): Promise<string> => (await ask(app, 'runJob', { job, ...input })).id;
  const first = await run();
  expect(await priorityOf(first)).toBe('HIGH');
  expect(await priorityOf(await run({ priority: 'LOW' }))).toBe('LOW');

  const schedule = 'prior/dev/often';
  const trigger = async (): Promise<string> =>
    (
      await done<{ startedRun: { id: string } }>(
        app,
        'triggerSchedule',
        { schedule, overlap: 'ALLOW' },
        'startedRun { id }',
      )
    ).startedRun.id;
  const { schedule: made } = (await set(
    'createSchedule',
    { job, name: 'often', interval: '@daily', isEnabled: false },
    'schedule { priority etag }',
  )) as { schedule: { priority: string | null; etag: string } };
  expect(made.priority).toBeNull();
  expect(await priorityOf(await trigger())).toBe('HIGH');
  const { schedule: changed } = (await set(
    'updateSchedule',
    { schedule, priority: 'LOWEST' },
    'schedule { priority etag }',
  )) as { schedule: { priority: string | null; etag: string } };
  expect(changed.priority).toBe('LOWEST');
  expect(changed.etag).not.toBe(made.etag);
  expect(await priorityOf(await trigger())).toBe('LOWEST');

  await set('updateJob', { job, priority: null }, 'job { id }');
  await set('updateSchedule', { schedule, priority: null }, 'schedule { id }');
  expect(await priorityOf(await run())).toBe('NORMAL');
  // A retry has that of its run.
  await ask(app, 'cancelRun', { run: first });
  expect(await priorityOf((await ask(app, 'retryRun', { run: first })).id)).toBe('HIGH');
  carryOutBulk(app);
  const { job: found } = await app.query<{ job: { id: string } }>(`{ job(ref: "${job}") { id } }`);
  const bulk = await submitToEnd(app, 'runJobs', { filter: { ids: [found.id] }, priority: 'HIGHEST' });
  expect(await priorityOf(bulk.items.nodes[0]?.result?.id ?? '')).toBe('HIGHEST');
  const range = { dueSince: '2026-01-01T00:00:00Z', dueBefore: '2026-01-02T00:00:00Z' };
  const backfill = await submitToEnd(app, 'backfill', { job, interval: '@daily', ...range });
  expect(await priorityOf(backfill.items.nodes[0]?.result?.id ?? '')).toBe('LOW');
});
