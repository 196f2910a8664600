import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { followBulkOperation } from '../../../src/domain/bulk/follow-bulk-operation.ts';
import { followChanges } from '../../../src/domain/changes/follow-changes.ts';
import { followLogs } from '../../../src/domain/runs/follow-logs.ts';
import { followRun } from '../../../src/domain/runs/follow-run.ts';
import { followService } from '../../../src/domain/services/follow-service.ts';
import type { Store } from '../../../src/store/index.ts';
import { ProgressFeed } from '../../../src/store/bulk/progress-feed.ts';
import { ChangeFeed } from '../../../src/store/changes/feed.ts';
import type { Notification } from '../../../src/store/database/notify.ts';
import { startBulkWorker } from '../../../src/worker/bulk/bulk-worker.ts';
import { runServices } from '../../../src/worker/run-services.ts';
import { supervise } from '../../../src/worker/supervise.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { operationEnded, readOperation, submit } from '../../kit/verbs/bulk.ts';
import { call, done } from '../../kit/verbs/call.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';
import { askService, readService, type ServiceFacts } from '../../kit/verbs/services.ts';
import { waitFor } from '../../kit/wait.ts';

// Whoever waits for notifications looks first. Here something happens, and its notification arrives, when a look has
// read and has not answered yet. Nobody looks from time to time, so that it is seen at once or never.
let app: TestApp;
let store: Store;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex, polls: false });
  ({ store } = app.app);
  for (const name of ['here/1', 'here/2', 'here/3']) await enrol(store, name);
});
afterAll(() => app.stop());

type Group = 'beats' | 'runs' | 'logs' | 'services' | 'serviceStarts' | 'bulk';

/** Does something, and waits until a notification of it has arrived. */
async function andHear(matches: (notification: Notification) => boolean, work: () => unknown): Promise<void> {
  let isHeard = false;
  const unsubscribe = store.notifications.subscribe((one) => (isHeard ||= matches(one)));
  await work();
  await waitFor('The notification', () => isHeard);
  unsubscribe();
}

/** The store, in which something happens during a look: after it has read, before it answers. */
function storeWith<Name extends Group>(
  group: Name,
  look: keyof Store[Name],
  happens: (count: number) => unknown,
): Store {
  let count = 0;
  const real = store[group][look] as (...args: unknown[]) => Promise<unknown>;
  const own = async (...args: unknown[]): Promise<unknown> => {
    const answer = await real.apply(store[group], args);
    await happens((count += 1));
    return answer;
  };
  return Object.create(store, { [group]: { value: { ...store[group], [look]: own } } }) as Store;
}

/** For the first look only. */
const once =
  (work: () => unknown) =>
  (count: number): unknown =>
    count === 1 ? work() : undefined;

const runs: string[] = [];
/** A run as a worker has it that has claimed it. */
async function claimedRun(): Promise<{ id: string; globalId: string; environmentId: string }> {
  const run = await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: `race-${runs.length}` });
  runs.push(run.id);
  const claimed = await store.claims.claimFree(storeId(run.id), 'here/1');
  return { id: storeId(run.id), globalId: run.id, environmentId: claimed?.environmentId ?? '' };
}

const end = {
  status: 'SUCCEEDED',
  endReason: 'COMPLETED',
  exitCode: 0,
  signal: null,
  errorMessage: null,
} as const;
const isObject = (one: Notification): boolean => one.topic === 'OBJECT';
const isChange = (id: string) => (one: Notification) => one.topic === 'CHANGE' && one.runId === id;

describe('what happens between a look and the wait after it is seen at once by who follows', () => {
  test('the lines of a run', async () => {
    const { id } = await claimedRun();
    const line = {
      timestamp: new Date(),
      level: 'INFO',
      plugin: null,
      message: 'a line',
      fields: null,
    } as const;
    const batch = { runId: id, workerId: 'here/1', lines: [line], metrics: [], blocks: new Map() };
    const lined = (first: number) =>
      andHear(
        (n) => n.topic === 'LOG',
        () => store.logs.store({ ...batch, first }),
      );
    const racing = storeWith('logs', 'after', (count) => {
      if (count <= 2) return lined(count);
      return count === 3 ? andHear(isChange(id), () => store.runs.end(id, 'here/1', end)) : undefined;
    });
    const lines: number[] = [];
    for await (const { sequence } of followLogs(racing, id, 0)) lines.push(sequence);
    expect(lines).toEqual([1, 2]);
  });

  test('the end of a run', async () => {
    const { id } = await claimedRun();
    const ends = once(() => andHear(isChange(id), () => store.runs.end(id, 'here/1', end)));
    const events = [];
    for await (const event of await followRun(storeWith('runs', 'byId', ends), id)) events.push(event);
    expect(events).toHaveLength(2);
  });

  test('the runs of an environment', async () => {
    const { id, environmentId } = await claimedRun();
    let looks = 0;
    const since: Store['changes']['since'] = async (...from) => {
      const delta = await store.changes.since(...from);
      if ((looks += 1) === 1) await andHear(isObject, () => store.runs.end(id, 'here/1', end));
      return delta;
    };
    const feed = new ChangeFeed({ since }, store.notifications, false);
    const racing = Object.create(store, { feed: { value: feed } }) as Store;
    const events = await followChanges(racing, { environmentId, isOfStatus: true }, null);
    expect((await events.next()).value).toMatchObject({ changes: [] });
    expect((await events.next()).value).toMatchObject({ changes: [{ objectId: id }] });
    await events.return(undefined);
  });

  test('a bulk operation', async () => {
    const filter = { ids: [(await claimedRun()).globalId] };
    const operation = await submit(app, 'cancelRuns', { filter });
    const cancel = () => done(app, 'cancelBulkOperation', { id: operation }, 'operation { id }');
    let looks = 0;
    const of: Store['progress']['of'] = async (ids) => {
      const progress = await store.progress.of(ids);
      if ((looks += 1) === 1) await andHear((n) => n.topic === 'BULK', cancel);
      return progress;
    };
    const progressFeed = new ProgressFeed({ of }, store.notifications, false);
    const statuses = [];
    for await (const { status } of await followBulkOperation({ progressFeed }, storeId(operation)))
      statuses.push(status);
    expect(statuses).toEqual(['QUEUED', 'CANCELLED']);
  });
});

let services = 0;
function createService(input: object = {}): Promise<ServiceFacts> {
  const name = `service-${(services += 1)}`;
  return askService(app, 'createService', {
    environment: 'desk/dev',
    name,
    command: 'digest:daily',
    ...input,
  });
}

describe('who follows a service sees at once that it', () => {
  /** Follows a service to which something happens after each event. @returns the number of events */
  async function follow(service: ServiceFacts, ...happenings: (() => Promise<unknown>)[]): Promise<number> {
    const row = await store.services.byId(storeId(service.id));
    if (!row) throw new Error('There is no such service.');
    let count = 0;
    for await (const { objectId } of await followService(store, row)) {
      expect(objectId).toBe(row.id);
      await happenings[count]?.();
      count += 1;
    }
    return count;
  }
  const remove = (service: ServiceFacts) => () =>
    done(app, 'deleteService', { service: service.id }, '__typename');

  test('is changed, and deleted', async () => {
    const service = await createService();
    const update = () => askService(app, 'updateService', { service: service.id, args: ['--loud'] });
    expect(await follow(service, update, remove(service))).toBe(2);
  });

  test('is moved to another environment, and changed there', async () => {
    const service = await createService();
    const move = () =>
      done(
        app,
        'moveResource',
        { resource: { service: service.id }, to: { environment: 'desk/prod' } },
        '__typename',
      );
    const start = () => askService(app, 'startService', { service: service.id });
    const stop = () => askService(app, 'stopService', { service: service.id });
    // A move is a change of the path, which is none of the service's own.
    expect(await follow(service, move, start, stop, remove(service))).toBeGreaterThanOrEqual(3);
  });

  test.each(['deleteEnvironment', 'deleteProject'])('is deleted with all around it by %s', async (verb) => {
    const name = `of-${verb.toLowerCase()}`;
    const text =
      'environments: [{ name: dev }]\nplugins: { utilities: [{ name: digest, namespace: digest, commands: { daily: x } }] }';
    await done(app, 'createProject', { name, text }, 'project { id }');
    const service = await createService({ environment: `${name}/dev` });
    const input = verb === 'deleteProject' ? { project: name } : { environment: `${name}/dev` };
    await follow(service, () => done(app, verb, { ...input, force: true }, '__typename'));
  });

  test('is gone with an environment that the files of its project do not have any more', async () => {
    const name = 'of-files';
    const plugins = 'plugins: { utilities: [{ name: digest, namespace: digest, commands: { daily: x } }] }';
    const text = `environments: [{ name: dev }, { name: qa }]\n${plugins}`;
    await done(app, 'createProject', { name, text }, 'project { id }');
    const service = await createService({ environment: `${name}/qa` });
    const less = { project: name, prune: true, text: `environments: [{ name: dev }]\n${plugins}` };
    await follow(service, async () => {
      const { plan } = await done<{ plan: { etag: string } }>(app, 'planProject', less, 'plan { etag }');
      return done(app, 'applyProject', { ...less, planEtag: plan.etag }, '__typename');
    });
  });
});

describe('what happens between a look of a worker and the wait after it is done at once', () => {
  test('the start of a service', async () => {
    const service = await createService({ restartPolicy: 'NEVER' });
    const start = once(() =>
      andHear(
        (n) => n.topic === 'SERVICE',
        () => askService(app, 'startService', { service: service.id }),
      ),
    );
    const keeper = runServices(
      executionOn(app, 'here/2', { store: storeWith('serviceStarts', 'startDue', start) }),
      1,
    );
    onTestFinished(() => keeper.stop());
    await waitFor('The end of its run', async () => (await readService(app, service.id)).status === 'FAILED');
  });

  test('the return of a service that is to run', async () => {
    const service = await createService({ restartPolicy: 'NEVER', start: true });
    await done(app, 'deleteService', { service: service.id, force: true }, '__typename');
    await store.prisma.service.update({
      where: { id: storeId(service.id) },
      data: { desiredStatus: 'RUNNING', status: 'STARTING', nextStartAt: new Date(0) },
    });
    const restore = once(() =>
      andHear(
        (n) => n.topic === 'SERVICE',
        () => done(app, 'undelete', { id: service.id }, '__typename'),
      ),
    );
    const keeper = runServices(
      executionOn(app, 'here/3', { store: storeWith('serviceStarts', 'startDue', restore) }),
      1,
    );
    onTestFinished(() => keeper.stop());
    await waitFor('The end of its run', async () => (await readService(app, service.id)).status === 'FAILED');
  });

  test('a bulk operation', async () => {
    const { globalId } = await claimedRun();
    let operation = '';
    const ask = once(() =>
      andHear(
        (n) => n.topic === 'BULK',
        async () => (operation = await submit(app, 'cancelRuns', { filter: { ids: [globalId] } })),
      ),
    );
    const worker = startBulkWorker(
      executionOn(app, 'here/4', { store: storeWith('bulk', 'claim', ask) }),
      false,
    );
    onTestFinished(() => worker.stop());
    await waitFor('The operation', () => operation !== '');
    await operationEnded(app, operation);
    expect((await readOperation(app, operation)).status).toBe('SUCCEEDED');
    expect((await readRun(app, globalId)).status).toBe('CANCELLING');
  });

  test('the request to cancel a run', async () => {
    const { id, globalId } = await claimedRun();
    const cancel = once(() =>
      andHear(isChange(id), () => call(app, 'cancelRun', { run: globalId }, '__typename')),
    );
    const run = await store.runs.toExecute(id);
    if (!run) throw new Error('There is no such run.');
    const supervision = supervise(
      executionOn(app, 'here/1', { store: storeWith('beats', 'report', cancel) }),
      run,
    );
    onTestFinished(() => supervision.close());
    supervision.attach({
      pid: () => null,
      stop: () => Promise.resolve(),
      outcome: new Promise(() => undefined),
    });
    await waitFor('The stop', () => supervision.reason() === 'CANCEL_REQUESTED');
  });
});
