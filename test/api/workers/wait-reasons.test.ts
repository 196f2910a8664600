import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

interface Reason {
  code: string;
  message: string;
  run: { id: string } | null;
  stateId: string | null;
  ahead: number | null;
}

// Nobody executes anything here but the tests.
let app: TestApp;
let store: Store;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await store.workers.removeAll();
  await store.prisma.runLease.deleteMany({});
  await store.prisma.run.deleteMany({});
});

const selection = 'waitReasons { code message run { id } stateId ahead }';

async function reasonsOf(id: string): Promise<Reason[]> {
  const { run } = await app.query<{ run: { waitReasons: Reason[] } }>(
    `query ($id: ID!) { run(ref: $id) { ${selection} } }`,
    { id },
  );
  return run.waitReasons;
}
const codesOf = async (id: string): Promise<string[]> => (await reasonsOf(id)).map(({ code }) => code);

let count = 0;
/** A queued run, of a state id of its own unless one is given. */
async function queued(stateIdSuffix = `q${(count += 1)}`): Promise<string> {
  return (await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix })).id;
}
const claim = (id: string, name: string): Promise<unknown> => store.claims.claimFree(storeId(id), name);

test('a run waits for a worker, and is told what is missing', async () => {
  const id = await queued();
  const missing = async (text: string): Promise<void> => {
    const [reason, ...others] = await reasonsOf(id);
    expect(others).toEqual([]);
    expect(reason).toMatchObject({ code: 'WORKER_MISSING', run: null, stateId: null, ahead: null });
    expect(reason?.message).toContain(text);
  };
  await missing('No worker is there');
  await enrol(store, 'here/1');
  await store.prisma.run.updateMany({ data: { labels: ['gpu', 'large'] } });
  await missing('No worker has all of the labels "gpu", "large"');
  const able = await enrol(store, 'here/2', ['gpu', 'large', 'more']);
  expect(await reasonsOf(id)).toEqual([]);
  await store.prisma.workerProject.updateMany({ where: { workerId: able }, data: { filesDigest: 'other' } });
  await missing('have other files');
  await store.workers.serve(able, []);
  await missing("No worker has the project's directory");
  await enrol(store, 'here/3', ['gpu', 'large']);
  expect(await reasonsOf(id)).toEqual([]);
  await store.prisma.worker.updateMany({ data: { drainingAt: new Date() } });
  await missing('No worker is there');
  await store.prisma.worker.updateMany({
    data: { drainingAt: null, heartbeatAt: new Date(Date.now() - 20_000) },
  });
  await missing('No worker is there');
});

test('a run waits for a slot, and knows its place', async () => {
  await enrol(store, 'here/1');
  for (let i = 0; i < 4; i++) await claim(await queued(), 'here/1');
  const [first, second, third] = [await queued(), await queued(), await queued()];
  expect(await codesOf(first)).toEqual(['SLOTS']);
  expect((await reasonsOf(second))[1]).toMatchObject({ code: 'POSITION', ahead: 1 });
  expect((await reasonsOf(third))[1]).toMatchObject({ code: 'POSITION', ahead: 2 });
  await enrol(store, 'here/2');
  expect(await reasonsOf(third)).toEqual([]);
  expect(await claim(third, 'here/2')).not.toBeNull();
});

test('a run waits for a state, or for the plugins, and names the run that has it', async () => {
  await enrol(store, 'here/1');
  const [holder, waits] = [await queued('same'), await queued('same')];
  await claim(holder, 'here/1');
  expect(await reasonsOf(waits)).toEqual([
    {
      ...{
        code: 'STATE_HELD',
        run: { id: holder },
        stateId: 'dev:tap-calls-to-target-desk:same',
        ahead: null,
      },
      message: expect.stringContaining('dev:tap-calls-to-target-desk:same') as string,
    },
  ]);
  expect(await claim(waits, 'here/1')).toBeNull();
  const installs = { project: 'desk', plugins: ['desk/extractors/tap-calls'] };
  const [first, second] = [
    await ask(app, 'installPlugins', installs),
    await ask(app, 'installPlugins', installs),
  ];
  await claim(first.id, 'here/1');
  expect(await reasonsOf(second.id)).toMatchObject([{ code: 'PLUGINS_HELD', run: { id: first.id } }]);
  await store.leases.releaseAllOf(storeId(first.id));
  expect(await reasonsOf(second.id)).toEqual([]);
});

test('the reasons of a page are one statement, and a run that does not wait needs none', async () => {
  await enrol(store, 'here/1');
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await queued(i % 2 === 0 ? 'page' : undefined));
  await claim(ids[0] as string, 'here/1');
  const read = (first: number) =>
    app.counting(() => app.query<object>(`{ runs(first: ${first}) { nodes { ${selection} } } }`));
  const few = (await read(2)).statements;
  expect(few).toHaveLength(3);
  expect((await read(5)).statements).toHaveLength(few.length);
  const { statements, result } = await app.counting(() => reasonsOf(ids[0] as string));
  expect(result).toEqual([]);
  expect(statements).toHaveLength(1);
});
