import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../../src/store/index.ts';
import type { RunEnd, RunToExecute } from '../../../src/store/runs/runs.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { endLostRuns } from '../../../src/worker/recovery/lost-runs.ts';
import { recover } from '../../../src/worker/recovery/recover.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

// Ten workers of which each step is done by hand. No message and no notification reaches them.
let app: TestApp;
let store: Store;
let workers: Execution[];
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  workers = [];
  for (let i = 0; i < 10; i++) {
    await enrol(store, `here/${i}`, ['gpu', 'large']);
    workers.push(executionOn(app, `here/${i}`));
  }
});
afterAll(() => app.stop());
beforeEach(async () => {
  await store.prisma.runLease.deleteMany({});
  await store.prisma.run.deleteMany({});
  await store.prisma.runLimit.deleteMany({});
});

const end: RunEnd = {
  status: 'SUCCEEDED',
  endReason: 'COMPLETED',
  exitCode: 0,
  signal: null,
  errorMessage: null,
};
const [job, environment, project] = ['desk/dev/calls', 'desk/dev', 'desk'];

let count = 0;
const request = async (input: object = {}): Promise<string> =>
  storeId((await ask(app, 'runJob', { job, stateIdSuffix: `l${(count += 1)}`, ...input })).id);
const requests = async (number: number, input: object = {}): Promise<string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < number; i++) ids.push(await request(input));
  return ids;
};
const limit = (input: object): Promise<unknown> => done(app, 'setRunLimit', input, 'limit { maxRuns }');
/** Every worker tries to take every run, all at the same time. */
async function claimAll(ids: readonly string[]): Promise<RunToExecute[]> {
  const claimed = await Promise.all(ids.map((id, i) => claimRun(workers[i % 10] as Execution, id)));
  return claimed.filter((run) => run !== null);
}
const finish = (run: RunToExecute): Promise<void> => endRun(workers[0] as Execution, run, run.workerId, end);
const ready = (): Promise<string[]> => store.claims.ready('here/0', 100);
const reasonsOf = async (id: string): Promise<{ code: string; message: string }[]> => {
  const { nodes } = (
    await app.query<{ runs: { nodes: { id: string; waitReasons: { code: string; message: string }[] }[] } }>(
      '{ runs(first: 100) { nodes { id waitReasons { code message } } } }',
    )
  ).runs;
  return nodes.find((run) => storeId(run.id) === id)?.waitReasons ?? [];
};

test('a limit of one lets many queued runs be executed one after the other by ten workers, without a message', async () => {
  await limit({ job, maxRuns: 1 });
  const ids = await requests(20);
  const order: string[] = [];
  for (let waiting = ids; waiting.length > 0; waiting = await ready()) {
    const claimed = await claimAll(waiting);
    expect(claimed).toHaveLength(1);
    const [run] = claimed as [RunToExecute];
    order.push(run.id);
    await finish(run);
  }
  expect(order.toSorted()).toEqual(ids.toSorted());
});

test('a run that waits for a limit says so, and is not looked at until a place is free', async () => {
  await limit({ job, maxRuns: 2 });
  const [first, second, third, fourth] = (await requests(4)) as [string, string, string, string];
  const running = await claimAll([first, second]);
  expect(running).toHaveLength(2);
  expect(await claimAll([third, fourth])).toEqual([]);
  expect(await ready()).toEqual([]);
  expect(await reasonsOf(third)).toEqual([
    { code: 'LIMIT', message: 'As many runs of its job are executed as the limit allows, which is 2.' },
  ]);
  await finish(running[0] as RunToExecute);
  // The oldest one.
  expect(await ready()).toEqual([third]);
  expect(await reasonsOf(third)).toEqual([]);
});

test('a limit that is lowered stops nothing, and one that is raised or removed takes effect at once', async () => {
  const running = await claimAll(await requests(3));
  expect(running).toHaveLength(3);
  await limit({ job, maxRuns: 1 });
  const waiting = await requests(4);
  expect(await claimAll(waiting)).toEqual([]);
  await finish(running[0] as RunToExecute);
  await finish(running[1] as RunToExecute);
  expect(await ready()).toEqual([]);
  await limit({ job, maxRuns: 3 });
  expect(await ready()).toEqual(waiting.slice(0, 2));
  expect(await claimAll(await ready())).toHaveLength(2);
  await limit({ job, maxRuns: null });
  expect(await ready()).toEqual(waiting.slice(2));
  expect(await app.query('{ runLimits { nodes { key } } }')).toEqual({ runLimits: { nodes: [] } });
});

test('a lost run frees its place, and so does a place that nobody has told of', async () => {
  await limit({ job, maxRuns: 1 });
  const [first, second, third] = (await requests(3)) as [string, string, string];
  const [run] = (await claimAll([first])) as [RunToExecute];
  expect(await claimAll([second, third])).toEqual([]);
  await endLostRuns(workers[1] as Execution, [run]);
  expect(await ready()).toEqual([second]);
  await claimAll([second]);
  // As when its worker dies after the end is stored.
  await store.prisma.run.update({ where: { id: second }, data: { status: 'FAILED', endedAt: new Date() } });
  await store.prisma.runLease.deleteMany({});
  expect(await ready()).toEqual([]);
  await recover(
    workers[2] as Execution,
    () => Promise.resolve([]),
    () => false,
  );
  expect(await ready()).toEqual([third]);
});

test('limits are for a project, an environment, a job or a label, and each must allow a run', async () => {
  await limit({ project, maxRuns: 3 });
  await limit({ environment, maxRuns: 2 });
  await limit({ label: 'gpu', maxRuns: 1 });
  const both = await requests(2, { labels: ['gpu', 'large'] });
  const [taken] = (await claimAll(both)) as [RunToExecute];
  const otherGpu = both.find((id) => id !== taken.id) ?? '';
  expect((await reasonsOf(otherGpu)).map(({ message }) => message)).toEqual([
    'As many runs of its label "gpu" are executed as the limit allows, which is 1.',
  ]);
  const plain = await requests(2);
  expect(await claimAll(plain)).toHaveLength(1);
  const other = await requests(2, { job: 'desk/prod/calls' });
  expect(await claimAll(other)).toHaveLength(1);
  // Of another project.
  expect(await claimAll(await requests(2, { job: 'annex/dev/calls' }))).toHaveLength(2);
});

test('a limit of 0 lets none start, and one of a job that is deleted for good is gone with it', async () => {
  await limit({ job, maxRuns: 0 });
  const id = await request();
  expect(await claimAll([id])).toEqual([]);
  const { runLimits } = await app.query<{ runLimits: { nodes: object[] } }>(
    '{ runLimits { nodes { scope label maxRuns project { name } environment { name } job { path } } } }',
  );
  expect(runLimits.nodes).toEqual([
    { scope: 'JOB', label: null, maxRuns: 0, project: null, environment: null, job: { path: job } },
  ]);
});

test('a run without a limit is claimed in one statement, whatever limits others have', async () => {
  await limit({ label: 'gpu', maxRuns: 1 });
  const id = await request();
  const { statements } = await app.counting(() => claimAll([id]));
  expect(statements).toHaveLength(1);
});

test('what is no limit is refused', async () => {
  const wrong = async (input: object): Promise<string[]> =>
    mistakes(await refused(app, 'setRunLimit', input));
  expect(await wrong({ maxRuns: 1 })).toEqual(['input.project: ONE_OF']);
  expect(await wrong({ job, project, maxRuns: 1 })).toEqual(['input.project: ONE_OF']);
  expect(await wrong({ label: 'a b', maxRuns: 1 })).toEqual(['input.label: BAD_NAME']);
  for (const maxRuns of [-1, 10_001])
    expect(await wrong({ job, maxRuns })).toEqual(['input.maxRuns: OUT_OF_RANGE']);
  expect(await refused(app, 'setRunLimit', { job: 'desk/dev/none', maxRuns: 1 })).toMatchObject({
    ...{ __typename: 'NotFound', path: ['input', 'job'] },
  });
});
