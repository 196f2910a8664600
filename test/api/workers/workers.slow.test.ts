import { cp } from 'node:fs/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { newId } from '../../../src/lib/uuid.ts';
import type { Store } from '../../../src/store/index.ts';
import { joinWorkers, lostWorkerMs } from '../../../src/worker/membership/membership.ts';
import { servedProjects } from '../../../src/worker/membership/served-projects.ts';
import { recover } from '../../../src/worker/recovery/recover.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, deskAndAnnex, fixture } from '../../kit/data/projects.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';

// The gateway executes nothing: the tests do by hand what workers do.
let app: TestApp;
let store: Store;
let desk: string;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  desk = (await store.projects.byName('desk'))?.id ?? '';
});
afterAll(() => app.stop());

interface WorkerFacts {
  id: string;
  name: string;
  status: string;
  etag: string;
  drainingAt: string | null;
  isStopping: boolean;
  runs: { totalCount: number; nodes: { id: string }[] };
  projects: { nodes: { directory: string; project: { name: string } }[] };
}

const fields =
  'id name status etag drainingAt isStopping runs { totalCount nodes { id } } projects { nodes { directory project { name } } }';

async function readWorker(id: string): Promise<WorkerFacts | null> {
  const { worker } = await app.query<{ worker: WorkerFacts | null }>(
    `query ($id: ID!) { worker(id: $id) { ${fields} } }`,
    { id: encodeGlobalId({ type: 'Worker', id }) },
  );
  return worker;
}

let count = 0;
async function queuedRun(labels: string[] = []): Promise<string> {
  const input = { job: 'desk/dev/calls', stateIdSuffix: `w${(count += 1)}`, labels };
  return (await ask(app, 'runJob', input)).id;
}

const claim = async (id: string, name: string): Promise<boolean> =>
  (await store.claims.claimFree(storeId(id), name)) !== null;

/** The row of a worker that has the project in a directory, on a machine of its own. */
async function enrolWith(
  name: string,
  directory: string,
): Promise<{ id: string; look: () => Promise<boolean> }> {
  const id = await enrol(store, name);
  const served = servedProjects(
    store,
    { isAvailable: () => Promise.resolve(true) },
    {
      id,
      host: 'elsewhere',
      directories: new Map([['desk', directory]]),
    },
  );
  await served.look();
  return { id, look: served.look };
}

const facts = { version: '1', labels: ['gpu'], slots: 3, serviceSlots: 2, directories: null };

test('a worker has a row from its start to its end, with the projects whose directories it has', async () => {
  const id = newId();
  const host = hostname();
  const membership = await joinWorkers(
    executionOn(app, `${host}/${id}`),
    { id, host, ...facts },
    false,
    () => undefined,
  );
  const { worker } = await app.query<{ worker: object }>(
    `query ($id: ID!) { worker(id: $id) { name host status labels slots serviceSlots version processId drainingAt
       projects { nodes { directory filesDigest project { name } } } } }`,
    { id: encodeGlobalId({ type: 'Worker', id }) },
  );
  expect(worker).toEqual({
    ...{ name: `${host}/${id}`, host, status: 'ACTIVE', labels: ['gpu'], slots: 3, serviceSlots: 2 },
    ...{ drainingAt: null, version: '1', processId: process.pid },
    projects: {
      nodes: deskAndAnnex
        .toReversed()
        .map(({ name, directory }) => ({ directory, filesDigest: null, project: { name } })),
    },
  });
  await membership.leave();
  expect(await readWorker(id)).toBeNull();
});

test('a gateway that executes nothing has none', async () => {
  const other = await startTestApp({ slots: 0 });
  onTestFinished(other.stop);
  expect(await other.query('{ workers { nodes { id } } }')).toEqual({ workers: { nodes: [] } });
});

describe('a worker claims a run', () => {
  test('of a project that it has, and shows it among its runs', async () => {
    const worker = await enrol(store, 'here/claims');
    const id = await queuedRun();
    expect(await claim(id, 'here/claims')).toBe(true);
    expect(await readWorker(worker)).toMatchObject({ runs: { totalCount: 1, nodes: [{ id }] } });
    expect(await readRun(app, id)).toMatchObject({ status: 'RUNNING', workerId: 'here/claims' });
  });

  test('only when it has the files of the project that were imported, wherever they are', async () => {
    const copy = await copyOf('desk');
    await writeFile(join(copy.directory, '.env'), 'ONLY_HERE=1\n');
    const { id: worker, look } = await enrolWith('elsewhere/files', copy.directory);
    expect((await readWorker(worker))?.projects.nodes).toEqual([
      { directory: copy.directory, project: { name: 'desk' } },
    ]);
    expect(await claim(await queuedRun(), 'elsewhere/files')).toBe(true);

    await copy.edit('tap-calls==1.0', 'tap-calls==1.1');
    expect(await look()).toBe(true);
    const waits = await queuedRun();
    expect(await claim(waits, 'elsewhere/files')).toBe(false);
    expect(await store.claims.view(storeId(waits), 'elsewhere/files')).toMatchObject({
      ...{ isQueued: true, isServed: false },
    });
    await copy.restore();
    await look();
    expect(await claim(waits, 'elsewhere/files')).toBe(true);
  });

  test('not of a project that it was not given, that is not there, or that cannot be read', async () => {
    const copy = await copyOf('desk');
    const { look, id } = await enrolWith('elsewhere/none', '/nowhere');
    const run = await queuedRun();
    expect(await claim(run, 'elsewhere/none')).toBe(false);
    expect((await readWorker(id))?.projects.nodes).toEqual([]);
    await copy.edit('default_environment: dev', 'default_environment: [');
    const broken = await enrolWith('elsewhere/broken', copy.directory);
    expect(await claim(run, 'elsewhere/broken')).toBe(false);
    expect(await broken.look()).toBe(false);
    expect(await look()).toBe(false);
  });

  test('of files that were edited where they were imported', async () => {
    const copy = await copyOf('shop', 'edited');
    const place = { projects: [{ name: 'edited', directory: copy.directory }] };
    const other = await startTestApp(place);
    onTestFinished(other.stop);
    const { store: own } = other.app;
    const id = await enrol(own, `${hostname()}/1`);
    await servedProjects(
      own,
      { isAvailable: () => Promise.resolve(true) },
      { id, host: hostname(), directories: null },
    ).look();
    await writeFile(join(copy.directory, 'meltano.yml'), 'version: 1\n');
    const project = await own.projects.byName('edited');
    const environment = await own.prisma.environment.findFirstOrThrow({
      where: { projectId: project?.id ?? '' },
    });
    const run = await own.prisma.run.create({
      data: {
        ...{ projectId: project?.id ?? '', environmentId: environment.id, kind: 'RUN', status: 'QUEUED' },
        command: 'x',
      },
    });
    expect(await own.claims.claimFree(run.id, `${hostname()}/1`)).not.toBeNull();
  });

  test('only with all labels that the run asks for', async () => {
    await enrol(store, 'here/gpu', ['gpu', 'large']);
    await enrol(store, 'here/plain');
    const [both, other] = [await queuedRun(['gpu', 'large']), await queuedRun(['gpu', 'small'])];
    expect(await claim(both, 'here/plain')).toBe(false);
    expect(await claim(other, 'here/gpu')).toBe(false);
    expect(await claim(both, 'here/gpu')).toBe(true);
    expect(await claim(await queuedRun(), 'here/gpu')).toBe(true);
  });

  test('that it finds by itself: the oldest ones of its projects', async () => {
    await enrol(store, 'here/finds');
    const { id: other } = await enrolWith('elsewhere/finds', '/nowhere');
    expect(other).not.toBe('');
    const queued = await store.prisma.run.findMany({
      where: { projectId: desk, status: 'QUEUED', waitingForRunId: null, labels: { isEmpty: true } },
      orderBy: { id: 'asc' },
    });
    const mine = [...queued.map(({ id }) => id), storeId(await queuedRun()), storeId(await queuedRun())];
    expect(await store.claims.ready('here/finds', 100)).toEqual(mine);
    expect(await store.claims.ready('here/finds', 1)).toEqual(mine.slice(0, 1));
    expect(await store.claims.ready('elsewhere/finds', 100)).toEqual([]);
  });

  test('in one statement, whatever there is in the store', async () => {
    await enrol(store, 'here/one');
    const id = await queuedRun();
    const { statements } = await app.counting(() => claim(id, 'here/one'));
    expect(statements).toHaveLength(1);
  });
});

describe('the labels of a run', () => {
  const labelsOf = async (id: string): Promise<string[]> =>
    (
      await app.query<{ node: { labels: string[] } }>(
        'query ($id: ID!) { node(id: $id) { ... on Run { labels } } }',
        { id },
      )
    ).node.labels;

  test('are those that were asked for, each once, and stay in a retry', async () => {
    const id = await queuedRun(['gpu', 'zone=eu/1', 'gpu']);
    expect(await labelsOf(id)).toEqual(['gpu', 'zone=eu/1']);
    await ask(app, 'cancelRun', { run: id });
    expect(await labelsOf((await ask(app, 'retryRun', { run: id })).id)).toEqual(['gpu', 'zone=eu/1']);
    expect(await labelsOf(await queuedRun())).toEqual([]);
  });

  test('are refused when none could be a label of a worker', async () => {
    for (const label of ['', 'a b', '-x', 'ü', 'a,b'])
      expect(
        mistakes(await refused(app, 'runJob', { job: 'desk/dev/calls', labels: ['fine', label] })),
      ).toEqual(['input.labels: BAD_NAME']);
  });
});

describe('a worker', () => {
  test('takes nothing while it is drained, and takes runs again afterwards', async () => {
    const worker = await enrol(store, 'here/drained');
    const id = encodeGlobalId({ type: 'Worker', id: worker });
    const before = await readWorker(worker);
    await done(app, 'drainWorker', { id, ifMatch: before?.etag }, 'worker { status }');
    const drained = await readWorker(worker);
    expect(drained).toMatchObject({ status: 'DRAINING', isStopping: false });
    expect(drained?.etag).not.toBe(before?.etag);
    const run = await queuedRun();
    expect(await claim(run, 'here/drained')).toBe(false);
    expect(await store.claims.ready('here/drained', 1)).toEqual([]);
    // Since when it drains stays.
    await done(app, 'drainWorker', { id }, 'worker { status }');
    expect(await readWorker(worker)).toEqual(drained);
    const resumed = await done<{ worker: object }>(
      app,
      'resumeWorker',
      { id },
      'worker { status drainingAt }',
    );
    expect(resumed.worker).toEqual({ status: 'ACTIVE', drainingAt: null });
    expect(await claim(run, 'here/drained')).toBe(true);
  });

  test('that was asked to end cannot be resumed', async () => {
    const worker = await enrol(store, 'here/ending');
    await store.workers.drain(worker, { isStopping: true });
    const refusal = await refused(app, 'resumeWorker', {
      id: encodeGlobalId({ type: 'Worker', id: worker }),
    });
    expect(refusal).toMatchObject({ __typename: 'Conflict', path: ['input', 'id'] });
    expect(await readWorker(worker)).toMatchObject({ status: 'DRAINING', isStopping: true });
  });

  test('that is unknown is refused', async () => {
    for (const id of [
      encodeGlobalId({ type: 'Worker', id: newId() }),
      encodeGlobalId({ type: 'Run', id: newId() }),
      'x',
    ])
      for (const verb of ['drainWorker', 'resumeWorker'])
        expect(await refused(app, verb, { id })).toMatchObject({
          __typename: 'NotFound',
          path: ['input', 'id'],
        });
  });

  test('is SUSPECT, LOST and at last gone by the clock of the database', async () => {
    const worker = await enrol(store, 'here/silent');
    const silentFor = (ms: number): Promise<number> =>
      store.prisma.$executeRawUnsafe(
        `UPDATE "Worker" SET "heartbeatAt" = now() - interval '${ms} milliseconds' WHERE id = '${worker}'`,
      );
    for (const [ms, status] of [
      [10_000, 'ACTIVE'],
      [20_000, 'SUSPECT'],
      [50_000, 'LOST'],
    ] as const) {
      await silentFor(ms);
      expect(await readWorker(worker)).toMatchObject({ status });
    }
    const execution = executionOn(app, 'here/recovers');
    const recoverAll = (): Promise<void> =>
      recover(
        execution,
        () => Promise.resolve([]),
        () => false,
      );
    await recoverAll();
    expect(await readWorker(worker)).not.toBeNull();
    await silentFor(lostWorkerMs + 1000);
    await recoverAll();
    expect(await readWorker(worker)).toBeNull();
  });

  test('hears what it is to do when it reports that it is alive, and comes back when its row is gone', async () => {
    const id = newId();
    const orders: boolean[] = [];
    const membership = await joinWorkers(
      executionOn(app, `here/${id}`),
      { id, host: 'here', ...facts },
      false,
      (takes) => orders.push(takes),
    );
    const node = encodeGlobalId({ type: 'Worker', id });
    await done(app, 'drainWorker', { id: node }, '__typename');
    await waitFor('The order', () => orders.length === 1);
    await done(app, 'resumeWorker', { id: node }, '__typename');
    await waitFor('The other order', () => orders.length === 2);
    expect(orders).toEqual([false, true]);

    await store.workers.leave(id);
    await store.prisma.$executeRawUnsafe(
      `SELECT pg_notify('meltano_graphql', '{"topic":"WORKER","workerId":"${id}"}')::text`,
    );
    await waitFor('Its row', async () => (await readWorker(id)) !== null);
    await membership.leave();
    expect(await readWorker(id)).toBeNull();
  });
});

test('the digest of files is the same in every directory, and another one for other files', async () => {
  const copies = [await copyOf('desk'), await copyOf('desk', 'other-name')];
  for (const { directory } of copies) await cp(fixture('desk'), directory, { recursive: true });
  const digests = async (): Promise<(string | null)[]> => {
    const found: (string | null)[] = [];
    for (const { directory } of copies) {
      const id = await enrol(store, `elsewhere/${newId()}`);
      await servedProjects(
        store,
        { isAvailable: () => Promise.resolve(true) },
        {
          id,
          host: 'elsewhere',
          directories: new Map([['desk', directory]]),
        },
      ).look();
      const row = await store.prisma.workerProject.findFirst({ where: { workerId: id, projectId: desk } });
      found.push(row?.filesDigest ?? null);
    }
    return found;
  };
  const imported = (await store.projects.byName('desk'))?.filesDigest;
  expect(await digests()).toEqual([imported, imported]);
  await copies[1]?.edit('tap-calls==1.0', 'tap-calls==1.1');
  const [same, other] = await digests();
  expect(same).toBe(imported);
  expect(other).not.toBe(imported);
});
