import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RunToExecute } from '../../../src/store/runs/runs.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';

// Nobody executes anything here but the tests.
let app: TestApp;
let here: Execution;
/** The runs that workers are told of. */
const woken: string[] = [];
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  const { store } = app.app;
  await enrol(store, 'here/1');
  const queue = { ...store.queue, wake: (ids: readonly string[]) => void woken.push(...ids) };
  here = executionOn(app, 'here/1', { store: { ...store, queue } });
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.app.store.prisma.run.deleteMany({});
  woken.length = 0;
});

interface Asked {
  labels?: string[];
  priority?: string;
  job?: string;
}

/** Requests a run that needs the same lease as all others. @returns its id in the API */
const request = async ({ job = 'calls', ...asked }: Asked = {}): Promise<string> =>
  (await ask(app, 'runJob', { job: `desk/dev/${job}`, ...asked })).id;
const claim = (id: string): Promise<RunToExecute | null> => claimRun(here, storeId(id));
async function claimed(id: string): Promise<RunToExecute> {
  const run = await claim(id);
  if (!run) throw new Error('The run was not claimed.');
  return run;
}
const end = (run: RunToExecute): Promise<void> =>
  endRun(here, run, 'here/1', {
    ...{ status: 'SUCCEEDED', endReason: 'COMPLETED', exitCode: 0, signal: null, errorMessage: null },
  });
/** For which run each of the runs waits; null for none. */
const holders = async (ids: readonly string[]): Promise<(string | null)[]> => {
  const runs = await Promise.all(ids.map((id) => readRun(app, id)));
  return runs.map(({ waitingFor }) => waitingFor?.run.id ?? null);
};

test('of all that wait for a lease, the end of its run wakes the one whose turn it is', async () => {
  const [first, low, normal, high] = [
    await request(),
    await request({ priority: 'LOW' }),
    await request(),
    await request({ priority: 'HIGH' }),
  ];
  let run = await claimed(first);
  const others = [low, normal, high];
  for (const id of others) expect(await claim(id)).toBeNull();
  expect(await holders(others)).toEqual([first, first, first]);

  await end(run);
  expect(woken).toEqual([storeId(high)]);
  // Nobody has the lease now.
  expect(await holders(others)).toEqual([null, null, null]);
  run = await claimed(high);
  expect(await holders(others)).toEqual([high, high, null]);
  expect((await readRun(app, low)).waitingFor).toMatchObject({ stateId: 'dev:tap-calls-to-target-desk' });

  await end(run);
  await end(await claimed(normal));
  await end(await claimed(low));
  expect(woken).toEqual([high, normal, low].map(storeId));
});

test('the end of a run reads and wakes as many with a thousand that wait as with a few', async () => {
  const first = await request();
  const run = await claimed(first);
  const waiting = await request();
  expect(await claim(waiting)).toBeNull();
  const { prisma } = app.app.store;
  const row = await prisma.run.findUniqueOrThrow({ where: { id: storeId(waiting) } });
  const { projectId, environmentId, jobId, waitingForRunId, waitingForKey, leaseKeys } = row;
  await prisma.$executeRawUnsafe(
    `INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", kind, command, status, "waitingForRunId", "waitingForKey", "leaseKeys")
     SELECT gen_random_uuid(), '${projectId}', '${environmentId}', '${jobId}', 'RUN', 'calls', 'QUEUED', '${waitingForRunId}', $1, $2
     FROM generate_series(1, 1000)`,
    waitingForKey,
    leaseKeys,
  );
  const { statements } = await app.counting(() => end(run));
  expect(statements.length).toBeLessThan(20);
  expect(woken).toHaveLength(1);
  expect(await prisma.run.count({ where: { waitingForKey } })).toBe(1000);
});

test('a worker may have the labels of one that waits behind others', async () => {
  const first = await request();
  const labelled = await request({ labels: ['gpu'] });
  const plain = await request();
  const run = await claimed(first);
  const { prisma } = app.app.store;
  // As if a worker with the label had met it.
  const held = { waitingForRunId: run.id, waitingForKey: run.leaseKeys[0] ?? null };
  await prisma.run.update({ where: { id: storeId(labelled) }, data: held });
  expect(await claim(plain)).toBeNull();
  await end(run);
  expect(woken.toSorted()).toEqual([labelled, plain].map(storeId).toSorted());
  expect(await claim(labelled)).toBeNull();
  await end(await claimed(plain));
});

test('one whose turn it is, and that a limit holds back, lets the next one have the lease', async () => {
  const [first, second, third] = [await request(), await request(), await request()];
  const run = await claimed(first);
  for (const id of [second, third]) expect(await claim(id)).toBeNull();
  await done(app, 'setRunLimit', { label: 'slow', maxRuns: 1 }, 'limit { maxRuns }');
  const { prisma } = app.app.store;
  await prisma.run.update({ where: { id: storeId(second) }, data: { labels: ['slow'] } });
  await prisma.runLimit.updateMany({ data: { maxRuns: 0 } });
  await end(run);
  woken.length = 0;
  await enrol(app.app.store, 'here/2', ['slow']);
  const slow = executionOn(app, 'here/2', { store: here.store });
  expect(await claimRun(slow, storeId(second))).toBeNull();
  expect(woken).toEqual([]);
  expect(await prisma.run.findUnique({ where: { id: storeId(third) } })).toMatchObject({
    waitingForKey: null,
  });
  await end(await claimed(third));
  await done(app, 'setRunLimit', { label: 'slow', maxRuns: null }, 'limit { maxRuns }');
});

test('when the one whose turn it was is cancelled, the next look wakes the one behind it', async () => {
  const [first, second, third] = [await request(), await request(), await request()];
  const run = await claimed(first);
  for (const id of [second, third]) expect(await claim(id)).toBeNull();
  await end(run);
  await done(app, 'cancelRun', { run: second }, 'run { status }');
  expect(await here.store.waits.endStranded()).toEqual([storeId(third)]);
  expect(await here.store.waits.endStranded()).toEqual([]);
  await end(await claimed(third));
});

test('the next look wakes the first of those that wait for what a mutation has had for a moment', async () => {
  const [first, second] = [await request(), await request()];
  const { leases, prisma } = app.app.store;
  const { projectId, leaseKeys } = await prisma.run.findUniqueOrThrow({ where: { id: storeId(first) } });
  await leases.take(projectId, leaseKeys, null);
  for (const id of [first, second]) expect(await claim(id)).toBeNull();
  expect(await holders([first, second])).toEqual([null, null]);
  expect(await here.store.waits.endStranded()).toEqual([]);
  await leases.release(projectId, leaseKeys);
  expect(await here.store.waits.endStranded()).toEqual([storeId(first)]);
  await end(await claimed(first));
});
