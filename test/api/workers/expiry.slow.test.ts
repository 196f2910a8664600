import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { Run, Store } from '../../../src/store/index.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import { recover } from '../../../src/worker/recovery/recover.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
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

const job = 'desk/dev/calls';
let count = 0;
const request = async (input: object = {}): Promise<string> =>
  storeId((await ask(app, 'runJob', { job, stateIdSuffix: `e${(count += 1)}`, ...input })).id);
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const claim = (id: string): Promise<unknown> => store.claims.claimFree(id, worker);
/** What each worker does every five seconds. */
const look = (): Promise<void> =>
  recover(
    executionOn(app, worker),
    () => Promise.resolve([]),
    () => false,
  );
/** The time of some runs comes. */
async function expire(...ids: string[]): Promise<void> {
  const data = { expiresAt: new Date(Date.now() - 1000) };
  await store.prisma.run.updateMany({ where: { id: { in: ids } }, data });
}
const secondsBetween = (from: Date, to: Date | null): number =>
  ((to?.getTime() ?? 0) - from.getTime()) / 1000;

const query = `query ($id: ID!) { run(ref: $id) {
  status endReason errorMessage expiresAfterSeconds startedAt blocks { nodes { status } } waitReasons { code } env { value }
} }`;
const shown = async (id: string): Promise<object> =>
  (await app.query<{ run: object }>(query, { id: encodeGlobalId({ type: 'Run', id }) })).run;

test('a run that has not started in time ends, says why, and is never taken', async () => {
  const env = [{ name: 'TAP_CALLS_PASSWORD', value: 'hunter2' }];
  const before = await store.now();
  const id = await request({ expiresAfterSeconds: 600, env });
  const left = secondsBetween(before, (await rowOf(id)).expiresAt);
  expect(left).toBeGreaterThanOrEqual(600);
  expect(left).toBeLessThan(660);
  await look();
  expect(await store.claims.ready(worker, 10)).toEqual([id]);
  await expire(id);
  // Nobody has looked yet.
  expect(await store.claims.ready(worker, 10)).toEqual([]);
  expect(await claim(id)).toBeNull();
  await look();
  expect(await shown(id)).toEqual({
    ...{ status: 'CANCELLED', endReason: 'EXPIRED', expiresAfterSeconds: 600, startedAt: null },
    errorMessage: 'It had not started by the time at which it expires.',
    blocks: { nodes: [{ status: 'ABANDONED' }] },
    ...{ waitReasons: [], env: [{ value: null }] },
  });
  expect(await claim(id)).toBeNull();
});

test('it ends whatever it waits for, and no policy repeats it', async () => {
  const retryPolicy = { maxAttempts: 3 };
  const options = { expiresAfterSeconds: 60, retryPolicy };
  const holder = await request({ stateIdSuffix: 'held', ...options });
  expect(await claim(holder)).not.toBeNull();
  const ofState = await request({ stateIdSuffix: 'held', ...options });
  const inTransaction = async (id: string): Promise<void> =>
    store.transaction(async (tx) => {
      const run = await tx.runs.claim(id, worker);
      const other = run && (await tx.leases.take(run.projectId, run.leaseKeys, id));
      if (other) await tx.waits.begin(id, other);
    });
  await inTransaction(ofState);
  const ofLimit = await request(options);
  await store.limits.wait(ofLimit, 'limit:label:none');
  const ofTime = await request({ ...options, delaySeconds: 3600 });
  const endless = await request({ retryPolicy });
  expect(await rowOf(ofState)).toMatchObject({ waitingForRunId: holder });
  await expire(holder, ofState, ofLimit, ofTime);
  await look();
  for (const id of [ofState, ofLimit, ofTime]) {
    expect(await rowOf(id)).toMatchObject({
      ...{ status: 'CANCELLED', endReason: 'EXPIRED', waitingForKey: null, waitingForRunId: null },
    });
    expect(await store.prisma.run.count({ where: { retryOfId: id } })).toBe(0);
  }
  // It has started, or has all the time.
  expect(await rowOf(holder)).toMatchObject({ status: 'RUNNING' });
  expect(await rowOf(endless)).toMatchObject({ status: 'QUEUED', expiresAt: null });
});

test('its time begins when it may start, and anew with each further attempt', async () => {
  const later = await rowOf(await request({ expiresAfterSeconds: 60, delaySeconds: 3600 }));
  expect(secondsBetween(later.runAt ?? new Date(0), later.expiresAt)).toBe(60);
  const retryPolicy = { maxAttempts: 2, initialDelaySeconds: 900 };
  const id = await request({ expiresAfterSeconds: 60, retryPolicy });
  await claim(id);
  const failure = {
    status: 'FAILED',
    endReason: 'EXITED',
    exitCode: 1,
    signal: null,
    errorMessage: 'It failed.',
  };
  await endRun(executionOn(app, worker), await rowOf(id), worker, failure as never);
  const [retry] = await store.prisma.run.findMany({ where: { retryOfId: id } });
  expect(secondsBetween(retry?.runAt ?? new Date(0), retry?.expiresAt ?? null)).toBe(60);
  const again = await ask(app, 'retryRun', { run: encodeGlobalId({ type: 'Run', id }) });
  expect(await shown(storeId(again.id))).toMatchObject({ status: 'QUEUED', expiresAfterSeconds: 60 });
});

test('statistics count it among the cancelled runs', async () => {
  const name = 'counted';
  await done(
    app,
    'createJob',
    { environment: 'desk/dev', name, tasks: [{ blocks: ['digest:daily'] }] },
    'job { id }',
  );
  const id = await request({ job: `desk/dev/${name}`, expiresAfterSeconds: 60 });
  await expire(id);
  await look();
  const { job: found } = await app.query<{ job: { statistics: { total: object } } }>(
    `{ job(ref: "desk/dev/${name}") { statistics { total { cancelledCount failedCount queuedSeconds { count } } } } }`,
  );
  expect(found.statistics.total).toEqual({ cancelledCount: 1, failedCount: 0, queuedSeconds: null });
});

test('a time that makes no sense is refused', async () => {
  for (const expiresAfterSeconds of [0, 31_536_001]) {
    for (const [verb, input] of [
      ['runJob', { job }],
      ['runCommand', { environment: 'desk/dev', command: 'digest:daily' }],
      ['runJobs', { filter: { environment: 'desk/dev' } }],
    ] as const)
      expect(mistakes(await refused(app, verb, { ...input, expiresAfterSeconds }))).toEqual([
        'input.expiresAfterSeconds: OUT_OF_RANGE',
      ]);
  }
});
