import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunContext } from '../../../src/store/runs/run-context.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { onServer } from '../../kit/database.ts';
import { copyOf, fixture, importAgain } from '../../kit/data/projects.ts';
import { ask, runEnded, storeId } from '../../kit/verbs/runs.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
const projects = [{ name: 'desk', directory: fixture('desk') }];
beforeAll(async () => {
  app = await startTestApp({ projects });
});
afterAll(() => app.stop());

const job = 'desk/dev/tickets';

describe('the statements that a submission sends', () => {
  const submit = async (verb: string, input: object): Promise<number> => {
    const { statements } = await app.counting(() => done(app, verb, input, 'run { id status }'));
    return statements.length;
  };

  test.each<[string, object]>([
    ['runJob', { job }],
    ['runJob', { job, env: [{ name: 'A', value: '1' }], timeoutSeconds: 9 }],
    ['runCommand', { environment: 'desk/dev', command: 'digest:daily' }],
    ['installPlugins', { project: 'desk' }],
  ])('of %s with %j are one that reads and one that writes', async (verb, input) => {
    expect(await submit(verb, input)).toBe(2);
    const keyed = { ...input, clientRequestId: `counted-${JSON.stringify(input)}`.slice(0, 200) };
    expect(await submit(verb, keyed)).toBe(2);
    // The second one reads the first run.
    expect(await submit(verb, keyed)).toBe(2);
  });

  test('are as many for a refusal as it takes to see the reason', async () => {
    const count = async (input: object): Promise<number> => {
      const { statements } = await app.counting(() =>
        app.query('mutation ($input: RunJobInput!) { runJob(input: $input) { __typename } }', { input }),
      );
      return statements.length;
    };
    expect(await count({ job: 'nonsense' })).toBe(0);
    // And to see that nothing has left that path of late.
    expect(await count({ job: 'desk/dev/none' })).toBe(2);
    expect(await count({ job, timeoutSeconds: 0 })).toBe(1);
  });
});

describe('a run is not stored when, after its place was read,', () => {
  const names = ['desk', 'dev', 'short-lived'];
  const request = { clientRequestId: 'raced', mutation: 'runJob', inputDigest: '' };

  async function makeJob(): Promise<RunContext> {
    const input = { environment: 'desk/dev', name: 'short-lived', tasks: [{ blocks: ['digest'] }] };
    await done(app, 'createJob', input, 'job { id }');
    return findJob(names);
  }
  async function findJob(path: readonly string[]): Promise<RunContext> {
    const options = { clientRequestId: null, withSettings: false };
    const { context: place } = await app.app.store.submissions.findContext(
      { type: 'Job', reference: { names: path } },
      options,
    );
    if (!place) throw new Error('There is no such job.');
    return place;
  }
  const store = (place: RunContext) =>
    app.app.store.submissions.store(
      place,
      {
        ...{ projectId: place.project.id, environmentId: place.environment?.id ?? null },
        ...{ jobId: place.job?.id ?? null, kind: 'RUN', command: 'digest', env: [], leaseKeys: [] },
        retryPolicy: null,
        ...{ fullRefresh: false, refreshCatalog: false, noStateUpdate: false },
        ...{
          stateIdSuffix: null,
          stateStrategy: 'AUTO',
          timeoutSeconds: null,
          expiresAfterSeconds: null,
          priority: null,
          labels: [],
          runAt: null,
          waitingForKey: null,
        },
        ...{ scheduleId: null, scheduledFor: null, backfillId: null, ownStateId: null, transform: null },
        ...{ retryOfId: null, attempt: 1, trigger: 'API' as const, traceparent: null },
      },
      [{ position: 0, kind: 'COMMAND', command: 'digest', extractor: null, loader: null }],
      request,
    );
  const deleteJob = () => done(app, 'deleteJob', { job: names.join('/') }, 'job { id }');

  test.each<[string, () => Promise<unknown>]>([
    ['the job was deleted', deleteJob],
    [
      'the job was given other tasks',
      () =>
        done(app, 'updateJob', { job: names.join('/'), tasks: [{ blocks: ['digest:daily'] }] }, 'job { id }'),
    ],
    [
      'the job was moved',
      async () => {
        const move = (from: string, name: string) =>
          done(app, 'moveResource', { resource: { job: from }, to: { name } }, '__typename');
        await move(names.join('/'), 'elsewhere');
        await move('desk/dev/elsewhere', 'short-lived');
      },
    ],
  ])('%s', async (_what, change) => {
    const place = await makeJob();
    await change();
    const before = await tableTexts(app.app.store);
    expect(await store(place)).toBeNull();
    expect(await tableTexts(app.app.store)).toEqual(before);
    await deleteJob().catch(() => undefined);
  });

  test('a plugin was changed by an import', async () => {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'changing');
    const place = await findJob(['changing', 'dev', 'tickets']);
    await copy.edit('--days 1', '--days 2');
    await importAgain(app, copy.directory);
    expect(await store(place)).toBeNull();
  });

  test('the key of its request was used', async () => {
    const place = await makeJob();
    const first = await store(place);
    expect(first).toMatchObject({ status: 'QUEUED', command: 'digest', logCount: 0 });
    const before = await tableTexts(app.app.store);
    expect(await store(await findJob(names))).toBeNull();
    expect(await tableTexts(app.app.store)).toEqual(before);
  });
});

test('a run that no message tells of is executed by a worker that looks for such', async () => {
  const worker = onServer()
    ? await startTestApp({ database: app.database, slots: 1 })
    : await startTestApp({ projects, slots: 1 });
  try {
    // As a gateway leaves it that dies between storing a run and sending its message.
    const { store } = worker.app;
    const wake = store.queue.wake;
    store.queue.wake = () => undefined;
    const { id } = await ask(worker, 'runJob', { job });
    store.queue.wake = wake;
    const messages = await store.prisma
      .$queryRaw`SELECT FROM pgboss.job WHERE data ->> 'runId' = ${storeId(id)}`;
    expect(messages).toEqual([]);
    expect(await runEnded(worker, id)).toMatchObject({ status: 'FAILED', endReason: 'NOT_STARTED' });
  } finally {
    await worker.stop();
  }
});
