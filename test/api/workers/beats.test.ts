import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newId } from '../../../src/lib/uuid.ts';
import type { Store } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

// The gateway executes nothing: the tests report by hand, as a worker does.
let app: TestApp;
let store: Store;
let worker: { id: string; name: string };
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  const name = `here/${newId()}`;
  worker = { id: await enrol(store, name), name };
});

const longAgo = new Date(0);
const report = (...ids: string[]) =>
  store.beats.report(
    worker,
    ids.map((id) => ({ id, processId: 4711 })),
  );
const beatOf = async (id: string): Promise<Date | null | undefined> =>
  (await store.runs.byId(id))?.heartbeatAt;

/** Runs of the worker that were silent for a long time. */
async function silentRuns(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const id = storeId((await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: newId() })).id);
    await store.claims.claimFree(id, worker.name);
    ids.push(id);
  }
  await store.prisma.run.updateMany({ where: { id: { in: ids } }, data: { heartbeatAt: longAgo } });
  await store.prisma.worker.update({ where: { id: worker.id }, data: { heartbeatAt: longAgo } });
  return ids;
}

test('a worker reports itself and all of its runs as alive in one statement, however many they are', async () => {
  const ids = await silentRuns(7);
  const reported = ids.slice(0, 6);
  const { statements, result } = await app.counting(() => report(...reported));
  expect(statements).toHaveLength(1);
  const { orders, runs } = result;
  expect(orders).toEqual({ drainingAt: null, isStopping: false });
  expect(runs.map(({ id }) => id).sort()).toEqual([...reported].sort());
  expect(runs.map(({ status, silentMs }) => [status, silentMs])).toEqual(reported.map(() => ['RUNNING', 0]));
  for (const id of reported) {
    expect(await beatOf(id)).not.toEqual(longAgo);
    expect((await store.runs.byId(id))?.processId).toBe(4711);
  }
  // The lease of a run that was given up ends.
  expect(await beatOf(ids[6] ?? '')).toEqual(longAgo);
  expect((await store.workers.byId(worker.id))?.heartbeatAt).not.toEqual(longAgo);
  expect((await report()).runs).toEqual([]);
});

test('of a run that another worker has, that has ended, or that is not there, a worker renews nothing and hears so', async () => {
  const [own = '', taken = '', ended = ''] = await silentRuns(3);
  await store.prisma.run.update({ where: { id: taken }, data: { workerId: 'elsewhere/1' } });
  await store.prisma.run.update({ where: { id: ended }, data: { status: 'LOST', endedAt: new Date() } });
  const gone = newId();
  const { runs } = await report(own, taken, ended, gone);
  expect(new Map(runs.map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      [own, 'RUNNING'],
      [taken, null],
      [ended, null],
      [gone, null],
    ]),
  );
  for (const id of [taken, ended]) expect(await beatOf(id)).toEqual(longAgo);
});

test('a worker hears that a run is to be cancelled, that it is to drain, and that its row is gone', async () => {
  const [id = ''] = await silentRuns(1);
  await store.runs.requestCancel(id);
  await store.workers.drain(worker.id, { isStopping: true });
  const { orders, runs } = await report(id);
  expect(runs).toMatchObject([{ id, status: 'CANCELLING' }]);
  expect(orders).toMatchObject({ drainingAt: expect.any(Date) as Date, isStopping: true });
  await store.workers.leave(worker.id);
  expect((await report(id)).orders).toBeNull();
});
