import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeOldBulkOperations } from '../../../src/domain/bulk/bulk-operation.ts';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import {
  carryOutBulk,
  operationEnded,
  readOperation,
  submit,
  submitToEnd,
  type OperationFacts,
} from '../../kit/verbs/bulk.ts';
import { subscribe, type StreamEvent } from '../../kit/events.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { seeder, type Seeder } from '../../kit/data/seed.ts';
import { done, refused } from '../../kit/verbs/call.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
let seed: Seeder;
let project: string;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'alpha' });
});
afterAll(() => app.stop());

let count = 0;

/** An environment with that many jobs that can be run. */
async function jobs(number: number): Promise<{ environment: string; environmentId: string }> {
  const name = `env-${(count += 1)}`;
  const environmentId = await seed.environment(project, { name });
  await app.app.store.prisma.job.createMany({
    data: Array.from({ length: number }, (_, i) => ({
      ...{ environmentId, name: `job-${String(i).padStart(4, '0')}`, tasks: [['digest:daily']], pairs: [] },
    })),
  });
  return { environment: `alpha/${name}`, environmentId };
}
beforeAll(async () => {
  const commands = [{ name: 'daily', args: '', description: null }];
  await seed.plugin(project, { name: 'digest', type: 'UTILITY', commands });
});

const runsOfEach = async (environmentId: string): Promise<number[]> => {
  const rows = await app.app.store.prisma.job.findMany({
    where: { environmentId },
    select: { _count: { select: { runs: true } } },
  });
  return rows.map(({ _count }) => _count.runs);
};

const sum = ({ succeededCount, failedCount, skippedCount, pendingCount }: OperationFacts): number =>
  succeededCount + failedCount + skippedCount + pendingCount;

describe('a bulk operation', () => {
  test('is answered in as many statements for many objects as for one, and waits for a worker', async () => {
    const cost = async (number: number): Promise<number> => {
      const { environment } = await jobs(number);
      const { statements, result } = await app.counting(() =>
        submit(app, 'runJobs', { filter: { environment } }),
      );
      const operation = await readOperation(app, result);
      expect(operation).toMatchObject({ status: 'QUEUED', itemCount: number, pendingCount: number });
      expect(operation.items.nodes.map(({ position }) => position)).toEqual(
        Array.from({ length: Math.min(number, 100) }, (_, i) => i + 1),
      );
      await done(app, 'cancelBulkOperation', { id: result }, 'operation { id }');
      return statements.length;
    };
    expect(await cost(200)).toBe(await cost(1));
  });

  test('costs as many statements for each object, and progress reads none of them', async () => {
    const cost = async (number: number): Promise<number> => {
      const { environment } = await jobs(number);
      const id = await submit(app, 'runJobs', { filter: { environment } });
      const { statements } = await app.counting(async () => {
        const worker = carryOutBulk(app);
        await waitFor('The end', async () => (await app.app.store.bulk.byId(storeId(id)))?.endedAt);
        await worker.stop();
      });
      // How often a worker looks for operations depends on when it hears of them.
      const ofItems = statements.filter((text) => !text.includes('SKIP LOCKED'));
      return ofItems.filter((text) => text.includes('"BulkItem"') || text.includes('"Run"')).length;
    };
    const few = await cost(10);
    // Of each: which one it is, its run, its outcome; its place names neither table.
    expect((await cost(30)) - few).toBe(20 * 3);
    const id = await submit(app, 'runJobs', { filter: { environment: (await jobs(2)).environment } });
    const { statements } = await app.counting(() =>
      app.query('query ($id: ID!) { bulkOperation(id: $id) { status succeededCount pendingCount } }', { id }),
    );
    expect(statements).toHaveLength(1);
    expect(statements[0]).not.toContain('BulkItem');
    await done(app, 'cancelBulkOperation', { id }, 'operation { id }');
  });

  test('is refused when it is for more than 10,000 objects', async () => {
    const { environment, environmentId } = await jobs(0);
    await app.app.store.prisma.$executeRaw`
      INSERT INTO "Run" (id, "projectId", "environmentId", kind, status, command)
      SELECT gen_random_uuid(), ${project}::uuid, ${environmentId}::uuid, 'RUN', 'FAILED', n::text
      FROM generate_series(1, 10001) AS n`;
    const refusal = await refused(app, 'deleteRuns', { filter: { environment } });
    expect(refusal).toMatchObject({ __typename: 'LimitExceeded', limit: 10_000, path: ['input', 'filter'] });
    expect(refusal.message).toContain('at least 10001 objects');
    await app.app.store.prisma.run.deleteMany({ where: { environmentId, command: '1' } });
    const id = await submit(app, 'deleteRuns', { filter: { environment } });
    expect(await readOperation(app, id)).toMatchObject({ itemCount: 10_000 });
    await done(app, 'cancelBulkOperation', { id }, 'operation { id }');
    expect(await readOperation(app, id)).toMatchObject({ status: 'CANCELLED', skippedCount: 10_000 });
    await app.app.store.prisma.run.deleteMany({ where: { environmentId } });
  });

  test('is the same one for a repeated request, which starts nothing twice', async () => {
    const { environment, environmentId } = await jobs(3);
    const input = { filter: { environment }, clientRequestId: 'jobs once' };
    carryOutBulk(app);
    const ids = await Promise.all([1, 2, 3].map(() => submit(app, 'runJobs', input)));
    expect(new Set(ids).size).toBe(1);
    const { id } = await operationEnded(app, ids[0] ?? '');
    // There may be secrets among them.
    expect(await app.app.store.bulk.byId(storeId(id))).toMatchObject({ options: {} });
    expect(await submit(app, 'runJobs', input)).toBe(ids[0]);
    expect(await runsOfEach(environmentId)).toEqual([1, 1, 1]);
  });

  test('is carried out by one of many workers, each object once', async () => {
    const { environment, environmentId } = await jobs(60);
    for (const worker of ['a', 'b', 'c']) carryOutBulk(app, `here/${worker}`);
    const operation = await submitToEnd(app, 'runJobs', { filter: { environment } });
    expect(operation).toMatchObject({ status: 'SUCCEEDED', succeededCount: 60, pendingCount: 0 });
    expect(await runsOfEach(environmentId)).toEqual(Array(60).fill(1));
  });

  test('does not keep another one waiting', async () => {
    const [long, short] = [await jobs(200), await jobs(2)];
    carryOutBulk(app);
    const first = await submit(app, 'runJobs', { filter: { environment: long.environment } });
    expect(await submitToEnd(app, 'runJobs', { filter: { environment: short.environment } })).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect((await readOperation(app, first)).status).toBe('RUNNING');
    await done(app, 'cancelBulkOperation', { id: first }, 'operation { id }');
  });

  test('of a worker that stops is gone on with by another one, where it was', async () => {
    const { environment, environmentId } = await jobs(80);
    const worker = carryOutBulk(app);
    const id = await submit(app, 'runJobs', { filter: { environment } });
    await waitFor('Progress', async () => (await readOperation(app, id)).succeededCount > 5);
    await worker.stop();
    const given = await readOperation(app, id);
    expect(given.status).toBe('QUEUED');
    expect(given.pendingCount).toBeGreaterThan(0);
    expect(sum(given)).toBe(80);
    carryOutBulk(app, 'here/other');
    expect(await operationEnded(app, id)).toMatchObject({ succeededCount: 80, startedAt: given.startedAt });
    expect(await runsOfEach(environmentId)).toEqual(Array(80).fill(1));
  });

  test('of a worker that is silent for as long as the lease is taken over, and of one that is not is left to it', async () => {
    const { environment } = await jobs(2);
    const id = await submit(app, 'runJobs', { filter: { environment } });
    const { prisma } = app.app.store;
    const silent = (seconds: number): Promise<unknown> =>
      prisma.bulkOperation.update({
        where: { id: storeId(id) },
        data: {
          ...{ status: 'RUNNING', workerId: 'there/dead', startedAt: new Date() },
          heartbeatAt: new Date(Date.now() - 1000 * seconds),
        },
      });
    await silent(20);
    const worker = carryOutBulk(app);
    const other = await submitToEnd(app, 'runJobs', { filter: { environment } });
    expect(other.status).toBe('SUCCEEDED');
    expect((await readOperation(app, id)).succeededCount).toBe(0);
    await silent(49);
    worker.look();
    expect(await operationEnded(app, id)).toMatchObject({ status: 'SUCCEEDED', succeededCount: 2 });
  });

  test('goes on after an object at which something goes wrong inside', async () => {
    const { prisma } = app.app.store;
    const environmentId = await seed.environment(project, { name: 'odd' });
    for (const name of ['a', 'broken', 'c']) await seed.schedule(environmentId, { name });
    // A sequence counts also what is rolled back.
    await prisma.$executeRaw`CREATE SEQUENCE tries`;
    await prisma.$executeRaw`ALTER TABLE "Schedule" ADD CONSTRAINT odd
      CHECK (CASE WHEN name = 'broken' AND NOT "isEnabled" THEN nextval('tries') < 0 ELSE true END)`;
    carryOutBulk(app);
    const operation = await submitToEnd(app, 'pauseSchedules', { filter: { environment: 'alpha/odd' } });
    const [tries] = await prisma.$queryRaw<object[]>`SELECT last_value::int AS tries FROM tries`;
    await prisma.$executeRaw`ALTER TABLE "Schedule" DROP CONSTRAINT odd`;
    await prisma.$executeRaw`DROP SEQUENCE tries`;
    expect(tries).toEqual({ tries: 3 });
    expect(operation).toMatchObject({ status: 'FAILED', succeededCount: 2, failedCount: 1 });
    expect(operation.items.nodes[1]?.error).toEqual({
      ...{ __typename: 'InternalError', code: 'INTERNAL_SERVER_ERROR' },
      message: 'Something went wrong inside the gateway; its log says what.',
    });
    expect(app.logged.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { operationId: storeId(operation.id), position: 2 } },
    ]);
  });

  test('is removed 30 days after its end', async () => {
    const { store } = app.app;
    const day = 24 * 3600 * 1000;
    const ended = (days: number): Promise<string> =>
      seed.bulkOperation({ status: 'SUCCEEDED', itemCount: 1, endedAt: new Date(Date.now() - days * day) });
    const [old, recent, open] = [
      await ended(31),
      await ended(29),
      await seed.bulkOperation({ itemCount: 1 }),
    ];
    await seed.bulkItem(old, { position: 1, subjectType: 'Run', subjectId: old });
    await removeOldBulkOperations({ db: store });
    const rows = await store.prisma.bulkOperation.findMany({ where: { id: { in: [old, recent, open] } } });
    expect(rows.map(({ id }) => id).sort()).toEqual([recent, open].sort());
    expect(await store.prisma.bulkItem.count({ where: { operationId: old } })).toBe(0);
    await store.prisma.bulkOperation.delete({ where: { id: open } });
  });
});

describe('cancelBulkOperation', () => {
  const cancel = (operation: string): Promise<unknown> =>
    done(app, 'cancelBulkOperation', { id: operation }, 'operation { id }');

  test('leaves what is done as it is, and skips what is left', async () => {
    const { environment, environmentId } = await jobs(120);
    carryOutBulk(app);
    const id = await submit(app, 'runJobs', { filter: { environment } });
    await waitFor('Progress', async () => (await readOperation(app, id)).succeededCount > 5);
    await cancel(id);
    const operation = await readOperation(app, id);
    expect(operation).toMatchObject({ status: 'CANCELLED', pendingCount: 0 });
    expect(operation.skippedCount).toBeGreaterThan(0);
    expect(sum(operation)).toBe(120);
    const started = (await runsOfEach(environmentId)).filter((runs) => runs === 1).length;
    expect(started).toBe(operation.succeededCount);
    const { bulkOperation } = await app.query<{
      bulkOperation: { items: { nodes: object[]; totalCount: number } };
    }>(
      `query ($id: ID!) { bulkOperation(id: $id) {
        items(filter: { statuses: [SKIPPED] }, last: 1) { totalCount nodes { position status endedAt } }
      } }`,
      { id },
    );
    expect(bulkOperation.items).toEqual({
      ...{ totalCount: operation.skippedCount, nodes: [{ position: 120, status: 'SKIPPED', endedAt: null }] },
    });
    // Asking twice is no mistake.
    await cancel(id);
    expect(await readOperation(app, id)).toEqual(operation);
  });

  test('refuses one that has ended otherwise, and one that there is not', async () => {
    const { environment } = await jobs(0);
    const over = await submit(app, 'runJobs', { filter: { environment } });
    expect(await refused(app, 'cancelBulkOperation', { id: over })).toMatchObject({
      ...{
        __typename: 'WrongStatus',
        operationStatus: 'SUCCEEDED',
        runStatus: null,
        path: ['input', 'id'],
      },
    });
    const operation = encodeGlobalId({ type: 'BulkOperation', id: project });
    expect(await refused(app, 'cancelBulkOperation', { id: operation })).toMatchObject({
      __typename: 'NotFound',
    });
  });
});

describe('bulk operations', () => {
  test('are listed, the newest first, and by their status', async () => {
    const { environment } = await jobs(1);
    const over = await submit(app, 'runJobs', { filter: { environment, pattern: 'none' } });
    const open = await submit(app, 'runJobs', { filter: { environment } });
    const ids = async (args: string): Promise<string[]> => {
      const { bulkOperations } = await app.query<{ bulkOperations: { nodes: { id: string }[] } }>(
        `{ bulkOperations(${args}) { nodes { id } } }`,
      );
      return bulkOperations.nodes.map(({ id }) => id);
    };
    expect(await ids('first: 2')).toEqual([open, over]);
    expect(await ids('filter: { statuses: [QUEUED, RUNNING] }')).toEqual([open]);
    expect(await ids('first: 1, filter: { statuses: [SUCCEEDED] }')).toEqual([over]);
    await done(app, 'cancelBulkOperation', { id: open }, 'operation { id }');
    expect(await app.query('{ bulkOperation(id: "none") { id } }')).toEqual({ bulkOperation: null });
  });

  test('are followed until they end', async () => {
    const { environment } = await jobs(100);
    const id = await submit(app, 'runJobs', { filter: { environment } });
    type Event = { bulkOperationUpdated: { status: string; succeededCount: number } };
    const seen: Event['bulkOperationUpdated'][] = [];
    const subscription = `subscription { bulkOperationUpdated(id: "${id}") { status succeededCount } }`;
    for await (const { data } of subscribe<Event>(app.url, subscription)) {
      if (data) seen.push(data.bulkOperationUpdated);
      if (seen.length === 1) carryOutBulk(app);
    }
    expect(seen[0]).toEqual({ status: 'QUEUED', succeededCount: 0 });
    expect(seen.at(-1)).toEqual({ status: 'SUCCEEDED', succeededCount: 100 });
    const counts = seen.map(({ succeededCount }) => succeededCount);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    const unknown = subscription.replace(id, encodeGlobalId({ type: 'BulkOperation', id: project }));
    const answer = (await subscribe<Event>(app.url, unknown).next()).value as StreamEvent<Event> | undefined;
    expect(answer?.errors?.[0]?.extensions).toEqual({ code: 'NOT_FOUND' });
  });

  test('of a gateway that executes runs are carried out by itself, and what they start is executed at once', async () => {
    const working = await startTestApp({ projects: deskAndAnnex, slots: 2 });
    try {
      const filter = { environment: 'desk/dev' };
      const operation = await submitToEnd(working, 'runJobs', { filter });
      expect(operation).toMatchObject({ status: 'SUCCEEDED', itemCount: 2 });
      const ids = operation.items.nodes.map(({ result }) => storeId(result?.id ?? ''));
      // Before the recovery would find them.
      await waitFor(
        'The end of both runs',
        async () => (await working.app.store.runs.endedAmong(ids)).length === ids.length,
      );

      // Nobody says that another gateway has died.
      const { prisma } = working.app.store;
      const where = { id: storeId(operation.id) };
      await prisma.bulkItem.updateMany({
        where: { operationId: where.id },
        data: { status: 'PENDING', resultType: null, resultId: null, endedAt: null },
      });
      await prisma.bulkOperation.update({
        where,
        data: {
          ...{ status: 'RUNNING', workerId: 'there/dead', heartbeatAt: new Date(0), endedAt: null },
          succeededCount: 0,
        },
      });
      expect(await operationEnded(working, operation.id)).toMatchObject({ succeededCount: 2 });
    } finally {
      await working.stop();
    }
  });
});
