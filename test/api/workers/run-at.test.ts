import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../src/store/index.ts';
import { recover } from '../../../src/worker/recovery/recover.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { mistakes, refused } from '../../kit/verbs/call.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';

// Nobody executes anything here but the tests.
let app: TestApp;
let store: Store;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  await enrol(store, 'here/1');
});
afterAll(() => app.stop());

interface Facts {
  runAt: string | null;
  waitReasons: { code: string; message: string }[];
}
const factsOf = async (id: string): Promise<Facts> =>
  (
    await app.query<{ node: Facts }>(
      'query ($id: ID!) { node(id: $id) { ... on Run { runAt waitReasons { code message } } } }',
      { id },
    )
  ).node;

let count = 0;
const request = async (input: object): Promise<string> =>
  (await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: `at${(count += 1)}`, ...input })).id;
const claim = (id: string): Promise<unknown> => store.claims.claimFree(storeId(id), 'here/1');
/** What each worker does every five seconds. */
const look = (): Promise<void> =>
  recover(
    executionOn(app, 'here/1'),
    () => Promise.resolve([]),
    () => false,
  );
const inHours = (hours: number): string => new Date(Date.now() + hours * 3600 * 1000).toISOString();

test('a run does not start before its time, says so, and is ready afterwards', async () => {
  const runAt = inHours(1);
  const id = await request({ runAt });
  expect(await factsOf(id)).toEqual({
    runAt,
    waitReasons: [{ code: 'NOT_BEFORE', message: `It is not to start before ${runAt}.` }],
  });
  await look();
  expect(await claim(id)).toBeNull();
  expect(await store.claims.ready('here/1', 100)).toEqual([]);
  // The time comes.
  await store.prisma.run.update({ where: { id: storeId(id) }, data: { runAt: new Date(Date.now() - 1000) } });
  await look();
  expect(await store.claims.ready('here/1', 100)).toEqual([storeId(id)]);
  expect((await factsOf(id)).waitReasons).toEqual([]);
  expect(await claim(id)).not.toBeNull();
});

test('a delay counts from the request, by the clock of the database', async () => {
  const before = await store.now();
  const { runAt } = await factsOf(await request({ delaySeconds: 600 }));
  const ms = Date.parse(runAt ?? '') - before.getTime();
  expect(ms).toBeGreaterThan(599_000);
  expect(ms).toBeLessThan(660_000);
});

test('a time in the past and no delay are no condition', async () => {
  for (const input of [{ runAt: inHours(-1) }, { delaySeconds: 0 }, {}]) {
    const id = await request(input);
    expect(await factsOf(id)).toEqual({ runAt: null, waitReasons: [] });
    expect(await claim(id)).not.toBeNull();
  }
});

test('a run that waits for its time is cancelled as any other, and its retry starts at once', async () => {
  await enrol(store, 'here/2');
  const id = await request({ runAt: inHours(1) });
  await ask(app, 'cancelRun', { run: id });
  expect((await readRun(app, id)).status).toBe('CANCELLED');
  expect(await factsOf((await ask(app, 'retryRun', { run: id })).id)).toEqual({
    runAt: null,
    waitReasons: [],
  });
});

test('a time that is too far away, a delay below zero, and both together are refused', async () => {
  const wrong = async (input: object): Promise<string[]> =>
    mistakes(await refused(app, 'runJob', { job: 'desk/dev/calls', ...input }));
  expect(await wrong({ runAt: inHours(366 * 24) })).toEqual(['input.runAt: OUT_OF_RANGE']);
  for (const delaySeconds of [-1, 31_536_001])
    expect(await wrong({ delaySeconds })).toEqual(['input.delaySeconds: OUT_OF_RANGE']);
  expect(await wrong({ delaySeconds: 1, runAt: inHours(1) })).toEqual(['input.delaySeconds: ONE_OF']);
});
