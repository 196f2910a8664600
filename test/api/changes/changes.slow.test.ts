import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeGlobalId, type NodeType } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';
import { openEvents, type StreamEvent } from '../../kit/events.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { done } from '../../kit/verbs/call.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
let seed: ReturnType<typeof seeder>;
beforeAll(async () => {
  app = await startTestApp({ polls: false });
  seed = seeder(app.app.store);
});
afterAll(() => app.stop());

interface Change {
  kind: string;
  type: string;
  objectId: string;
  etag: string | null;
  node: { name?: string; etag?: string; status?: string } | null;
}
interface Changes {
  nodes: Change[];
  isRefetchNeeded: boolean;
  cursor: string;
}
type Events = AsyncGenerator<StreamEvent<{ changes: Changes }>>;

const document = (args: string): string =>
  `subscription { changes${args} { cursor isRefetchNeeded nodes { kind type objectId etag
     node { ... on Job { name etag } ... on Run { status } ... on Project { name } } } } }`;
const follow = (args = ''): Promise<Events> => openEvents(app.url, document(args));

async function next(events: Events): Promise<Changes> {
  const { value } = (await events.next()) as { value?: StreamEvent<{ changes: Changes }> };
  if (!value?.data) throw new Error(JSON.stringify(value));
  return value.data.changes;
}

/** The changes up to the first one of an object, which is the last one that was made. */
async function until(events: Events, id: string): Promise<Change[]> {
  const seen: Change[] = [];
  for (;;) {
    seen.push(...(await next(events)).nodes);
    if (seen.some(({ objectId }) => objectId === id)) return seen;
  }
}

const idOf = (type: NodeType, id: string): string => encodeGlobalId({ type, id });

let projects = 0;
/** A project of its own with an environment, for each test. */
let place: { project: string; projectId: string; environmentId: string };
beforeEach(async () => {
  const project = `project-${(projects += 1)}`;
  const projectId = await seed.project({ name: project, manifestMode: 'MANAGED' });
  const environmentId = await seed.environment(projectId, { name: 'dev' });
  place = { project, projectId, environmentId };
  const { workers } = app.app.store;
  await workers.removeAll();
  await enrol(app.app.store, 'here/1');
});

const job = async (name: string): Promise<string> =>
  idOf('Job', await seed.job(place.environmentId, { name }));

describe('changes', () => {
  test('tells of what is created, changed, deleted and brought back, with the etag of the object', async () => {
    const events = await follow();
    expect(await next(events)).toMatchObject({ nodes: [], isRefetchNeeded: false });
    const id = await job('sales');
    const [created] = (await next(events)).nodes;
    expect(created).toMatchObject({ kind: 'CREATED', type: 'JOB', objectId: id, node: { name: 'sales' } });
    expect(created?.etag).toBe(created?.node?.etag);
    await app.app.store.prisma.job.updateMany({ data: { pairs: ['a-to-b'] } });
    const [changed] = (await next(events)).nodes;
    expect(changed).toMatchObject({ kind: 'UPDATED', objectId: id });
    expect(changed?.etag).not.toBe(created?.etag);
    await app.app.store.prisma.job.updateMany({ data: { deletedAt: new Date() } });
    expect((await next(events)).nodes).toMatchObject([{ kind: 'DELETED', objectId: id, etag: null }]);
    await app.app.store.prisma.job.updateMany({ data: { deletedAt: null } });
    expect((await next(events)).nodes).toMatchObject([
      { kind: 'CREATED', objectId: id, node: { name: 'sales' } },
    ]);
    await app.app.store.prisma.job.deleteMany();
    expect((await next(events)).nodes).toMatchObject([
      { kind: 'DELETED', objectId: id, etag: null, node: null },
    ]);
    await events.return(undefined);
  });

  test('tells of every type, and of nothing that changes nothing', async () => {
    const { projectId, environmentId } = place;
    const events = await follow();
    await next(events);
    const plugin = await seed.plugin(projectId, { name: 'tap' });
    const schedule = await seed.schedule(environmentId, { name: 'daily' });
    const service = await seed.service(environmentId, { name: 'docs' });
    const run = await seed.run(projectId, { environmentId, status: 'QUEUED' });
    await done(
      app,
      'setState',
      {
        environment: `${place.project}/dev`,
        stateId: 'dev:a-to-b',
        document: { text: '{"singer_state":{}}' },
      },
      '__typename',
    );
    const { prisma } = app.app.store;
    await prisma.environment.update({ where: { id: environmentId }, data: { name: 'dev' } });
    await prisma.run.update({ where: { id: run }, data: { logCount: 7, heartbeatAt: new Date() } });
    await prisma.environment.update({ where: { id: environmentId }, data: { envNames: ['ONE'] } });
    await prisma.project.update({ where: { id: projectId }, data: { envNames: ['ONE'] } });
    const seen = await until(events, idOf('Project', projectId));
    const kinds = seen.map(({ kind, type, objectId }) => [kind, type, objectId]);
    expect(kinds).toEqual([
      ['CREATED', 'PLUGIN', idOf('Plugin', plugin)],
      ['CREATED', 'SCHEDULE', idOf('Schedule', schedule)],
      ['CREATED', 'SERVICE', idOf('Service', service)],
      ['CREATED', 'RUN', idOf('Run', run)],
      ['CREATED', 'STATE', expect.any(String)],
      ['UPDATED', 'ENVIRONMENT', idOf('Environment', environmentId)],
      ['UPDATED', 'PROJECT', idOf('Project', projectId)],
    ]);
    await events.return(undefined);
  });

  test('leaves out what is elsewhere and of other types', async () => {
    const { project, projectId, environmentId } = place;
    const other = await seed.environment(projectId, { name: 'other' });
    const scopes = {
      project: await follow(`(project: "${project}")`),
      environment: await follow(`(environment: "${project}/dev", types: [JOB, RUN])`),
      types: await follow('(types: [RUN])'),
      none: await follow('(types: [])'),
    };
    for (const events of Object.values(scopes)) await next(events);
    const elsewhere = await seed.project({ name: `${project}-elsewhere` });
    const ids = {
      otherJob: idOf('Job', await seed.job(other, { name: 'one' })),
      schedule: idOf('Schedule', await seed.schedule(environmentId, { name: 'daily' })),
      job: idOf('Job', await seed.job(environmentId, { name: 'one' })),
      outside: idOf('Run', await seed.run(elsewhere, {})),
      run: idOf('Run', await seed.run(projectId, { environmentId })),
    };
    const seenBy = async (events: Events): Promise<string[]> =>
      (await until(events, ids.run)).map(({ objectId }) => objectId);
    expect(await seenBy(scopes.project)).toEqual([ids.otherJob, ids.schedule, ids.job, ids.run]);
    expect(await seenBy(scopes.environment)).toEqual([ids.job, ids.run]);
    expect(await seenBy(scopes.types)).toEqual([ids.outside, ids.run]);
    for (const events of Object.values(scopes)) await events.return(undefined);
  });

  test('tells both environments of what goes from one to the other', async () => {
    const { project, projectId, environmentId } = place;
    const other = await seed.environment(projectId, { name: 'other' });
    const id = await job('sales');
    const both = [
      await follow(`(environment: "${project}/dev")`),
      await follow(`(environment: "${project}/other")`),
    ];
    for (const events of both) await next(events);
    await app.app.store.prisma.job.updateMany({ where: { environmentId }, data: { environmentId: other } });
    for (const events of both) {
      expect((await next(events)).nodes).toMatchObject([{ kind: 'UPDATED', objectId: id }]);
      await events.return(undefined);
    }
  });

  test('says nothing of what is rolled back', async () => {
    const events = await follow();
    await next(events);
    const { store } = app.app;
    await store.transaction((tx) =>
      tx.withoutEffect(() => tx.jobs.create({ environmentId: place.environmentId, name: 'gone', tasks: [] })),
    );
    const id = await job('kept');
    expect((await next(events)).nodes).toMatchObject([{ objectId: id }]);
    await events.return(undefined);
  });
});

describe('after a lost connection, changes', () => {
  test('go on after a cursor, each object once', async () => {
    const events = await follow();
    await next(events);
    const first = await job('first');
    const { cursor, nodes } = await next(events);
    expect(nodes).toMatchObject([{ objectId: first }]);
    await events.return(undefined);
    const second = await job('second');
    await app.app.store.prisma.job.updateMany({ data: { pairs: ['a-to-b'] } });
    const later = await follow(`(after: "${cursor}")`);
    const missed = await next(later);
    expect(missed.isRefetchNeeded).toBe(false);
    const own = missed.nodes.filter(({ objectId }) => [first, second].includes(objectId));
    expect(own).toMatchObject([
      { kind: 'UPDATED', objectId: first },
      { kind: 'CREATED', objectId: second },
    ]);
    const third = await job('third');
    expect((await next(later)).nodes).toMatchObject([{ objectId: third }]);
    await later.return(undefined);
    const nothing = await follow(`(after: "${missed.cursor}", types: [STATE])`);
    expect(await next(nothing)).toMatchObject({ nodes: [], isRefetchNeeded: false });
    await nothing.return(undefined);
  });

  test.each([
    ['changes', document('')],
    ['runsUpdated', 'subscription { runsUpdated { nodes { id } } }'],
  ])('go on by the id of the last event, as browsers ask: %s', async (_field, query) => {
    const address = new URL(app.url);
    address.searchParams.set('query', query);
    const firstText = async (headers: Record<string, string>): Promise<string> => {
      const abort = new AbortController();
      const { body } = await fetch(address, {
        headers: { accept: 'text/event-stream', ...headers },
        signal: abort.signal,
      });
      let text = '';
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        if (text.includes('data:')) break;
      }
      abort.abort();
      return text;
    };
    const [, id = ''] = /^id: (.*)$/m.exec(await firstText({})) ?? [];
    const made = idOf('Run', await seed.run(place.projectId, { environmentId: place.environmentId }));
    expect(await firstText({ 'last-event-id': id })).toContain(made);
  });

  test.each([
    ['nonsense', 'nonsense'],
    ['a cursor of another list', 'eyJpZCI6IjEifQ'],
    ['numbers that are not in order', Buffer.from('9:3:').toString('base64url')],
    ['a transaction under way that had not begun', Buffer.from('3:9:4,9').toString('base64url')],
    ['transactions that are not in order', Buffer.from('3:9:5,4').toString('base64url')],
  ])('refuse %s', async (_what, after) => {
    const events = await follow(`(after: "${after}")`);
    expect(await events.next()).toMatchObject({
      value: { errors: [{ extensions: { code: 'BAD_CURSOR' } }] },
    });
  });

  test('say that all must be read again when they are forgotten, or are those of another database', async () => {
    const events = await follow();
    const { cursor } = await next(events);
    await events.return(undefined);
    await job('sales');
    // On a server, transactions of others may be under way.
    const { changes, prisma } = app.app.store;
    await waitFor('Nothing is kept', async () => {
      await changes.forget(0, 20_000);
      return (await prisma.objectChange.count()) === 0;
    });
    for (const after of [cursor, Buffer.from('900000000:900000000:').toString('base64url')]) {
      const later = await follow(`(after: "${after}")`);
      const first = await next(later);
      expect(first).toMatchObject({ nodes: [], isRefetchNeeded: true });
      const id = await job(`after-${after.length}`);
      expect(await next(later)).toMatchObject({ nodes: [{ objectId: id }], isRefetchNeeded: false });
      await later.return(undefined);
      const complete = await follow(`(after: "${first.cursor}")`);
      expect(await next(complete)).toMatchObject({ nodes: [{ objectId: id }], isRefetchNeeded: false });
      await complete.return(undefined);
    }
  });

  test('say so when they are more than a client is told, missed or at once', async () => {
    const live = await follow();
    const { cursor } = await next(live);
    const rows = Array.from({ length: 501 }, (_, i) => ({
      environmentId: place.environmentId,
      name: `job-${i}`,
      tasks: [],
      pairs: [],
    }));
    await app.app.store.prisma.job.createMany({ data: rows });
    expect(await next(live)).toMatchObject({ nodes: [], isRefetchNeeded: true });
    const id = await job('next');
    expect(await next(live)).toMatchObject({ nodes: [{ objectId: id }], isRefetchNeeded: false });
    await live.return(undefined);
    const later = await follow(`(after: "${cursor}")`);
    expect(await next(later)).toMatchObject({ nodes: [], isRefetchNeeded: true });
    await later.return(undefined);
    // The oldest are forgotten first, and no more than are too many.
    expect(await app.app.store.changes.forget(3600_000, 100)).toBe(false);
    expect(await app.app.store.prisma.objectChange.count()).toBeGreaterThanOrEqual(100);
  });
});

interface Update {
  id: string;
  status: string;
}
interface Updates {
  nodes: Update[];
  isRefetchNeeded: boolean;
  cursor: string;
}
type RunEvents = AsyncGenerator<StreamEvent<{ runsUpdated: Updates }>>;

async function nextRuns(events: RunEvents): Promise<Updates> {
  const { value } = (await events.next()) as { value?: StreamEvent<{ runsUpdated: Updates }> };
  if (!value?.data) throw new Error(JSON.stringify(value));
  return value.data.runsUpdated;
}

/** Follows the runs of a project, and reads the first event. */
async function runsOf(project: string): Promise<RunEvents> {
  const events = await followRuns(`(project: "${project}")`);
  await nextRuns(events);
  return events;
}

const followRuns = (args: string): Promise<RunEvents> =>
  openEvents(app.url, `subscription { runsUpdated${args} { cursor isRefetchNeeded nodes { id status } } }`);

describe('after a lost connection, runsUpdated', () => {
  test('goes on after a cursor: no run is missing whose status has changed, and each comes once', async () => {
    const { project, projectId, environmentId } = place;
    const { store } = app.app;
    const jobId = await seed.job(environmentId, { name: 'sales' });
    const queued = { environmentId, status: 'QUEUED' } as const;
    const [one, other, gone] = [
      await seed.run(projectId, { ...queued, jobId }),
      await seed.run(projectId, queued),
      await seed.run(projectId, queued),
    ];
    const live = await followRuns(`(environment: "${project}/dev")`);
    const { cursor, nodes } = await nextRuns(live);
    expect(nodes).toEqual([]);
    await live.return(undefined);
    await store.runs.claim(one, 'here/1');
    await store.runs.requestCancel(gone);
    await store.prisma.run.delete({ where: { id: gone } });
    await store.runs.requestCancel(other);
    await store.runs.requestCancel(one);
    // No change of a status.
    await store.prisma.run.update({ where: { id: other }, data: { errorMessage: 'nobody ran it' } });
    const updates = [
      { id: idOf('Run', other), status: 'CANCELLED' },
      { id: idOf('Run', one), status: 'CANCELLING' },
    ];
    for (const [place, expected] of [
      ['', updates],
      [`project: "${project}", `, updates],
      [`job: "${project}/dev/sales", `, updates.slice(1)],
    ] as const) {
      const later = await followRuns(`(${place}after: "${cursor}")`);
      const missed = await nextRuns(later);
      expect(missed).toMatchObject({ nodes: expected, isRefetchNeeded: false });
      await later.return(undefined);
      const nothing = await followRuns(`(${place}after: "${missed.cursor}")`);
      expect(await nextRuns(nothing)).toMatchObject({ nodes: [], isRefetchNeeded: false });
      await nothing.return(undefined);
    }
  });

  test('refuses what is no cursor, and says when too much was missed', async () => {
    const { project, projectId, environmentId } = place;
    const refused = await followRuns('(after: "nonsense")');
    expect(await refused.next()).toMatchObject({
      value: { errors: [{ extensions: { code: 'BAD_CURSOR' } }] },
    });
    const live = await followRuns(`(project: "${project}")`);
    const { cursor } = await nextRuns(live);
    await live.return(undefined);
    await app.app.store.prisma.$executeRaw`
      INSERT INTO "Run" (id, "projectId", "environmentId", kind, status, command)
      SELECT gen_random_uuid(), ${projectId}::uuid, ${environmentId}::uuid, 'RUN', 'QUEUED', n::text
      FROM generate_series(1, 501) AS n`;
    const later = await followRuns(`(project: "${project}", after: "${cursor}")`);
    expect(await nextRuns(later)).toMatchObject({ nodes: [], isRefetchNeeded: true });
    await later.return(undefined);
  });
});

describe('followers', () => {
  /** Follows by many clients at once, and reads their first events. */
  async function many<Data>(query: string): Promise<AsyncGenerator<StreamEvent<Data>>[]> {
    return Promise.all(Array.from({ length: 50 }, () => openEvents<Data>(app.url, query)));
  }

  test('share the statements of a change, whatever their number', async () => {
    const { projectId, environmentId } = place;
    const run = await seed.run(projectId, { environmentId, status: 'QUEUED' });
    const everyone = [
      ...(await many('subscription { runsUpdated { nodes { status project { name } } } }')),
      ...(await many(
        `subscription { runsUpdated(environment: "${place.project}/dev") { nodes { status } } }`,
      )),
      ...(await many(document(''))),
    ];
    await Promise.all(everyone.map((events) => events.next()));
    const { statements } = await app.counting(async () => {
      await app.app.store.runs.claim(run, 'here/1');
      await Promise.all(everyone.map((events) => events.next()));
    });
    const reads = statements.filter(
      (text) => text.trimStart().startsWith('SELECT') && !text.includes('pg_notify'),
    );
    const looks = reads.filter((text) => text.includes('FROM "ObjectChange"'));
    // The notification of the run's creation may come late.
    expect(looks.length).toBeLessThanOrEqual(2);
    // One for each of the three documents.
    expect(reads.filter((text) => !looks.includes(text))).toHaveLength(3);
    await Promise.all(everyone.map((events) => events.return(undefined)));
  });

  test('share the statements of the progress of a bulk operation', async () => {
    const { bulk, notifications } = app.app.store;
    const { subscribers } = notifications;
    const operation = await seed.bulkOperation({ itemCount: 3 });
    for (const position of [1, 2, 3]) {
      await seed.bulkItem(operation, { position, subjectType: 'Run', subjectId: operation });
    }
    const query = `subscription { bulkOperationUpdated(id: "${idOf('BulkOperation', operation)}") { status succeededCount } }`;
    type Progress = { bulkOperationUpdated: { status: string; succeededCount: number } };
    const everyone = await many<Progress>(query);
    const all = async () => {
      const read = await Promise.all(everyone.map((events) => events.next()));
      const shown = read.map(({ value }) => (value as StreamEvent<Progress>).data?.bulkOperationUpdated);
      return { first: shown[0], differ: new Set(shown.map((one) => JSON.stringify(one))).size > 1 };
    };
    expect(await all()).toEqual({ first: { status: 'QUEUED', succeededCount: 0 }, differ: false });
    const { statements } = await app.counting(async () => {
      await bulk.claim('here/1', 60_000, []);
      expect(await all()).toEqual({ first: { status: 'RUNNING', succeededCount: 0 }, differ: false });
      for (const position of [1, 2, 3]) {
        await bulk.endItem(operation, 'here/1', position, { status: 'SUCCEEDED', result: null });
      }
      expect(await all()).toEqual({ first: { status: 'RUNNING', succeededCount: 3 }, differ: false });
    });
    // Of each progress: one look, and one reading of what the clients have selected.
    const reads = statements.filter((text) => /^\s*SELECT/.test(text) && !text.includes('pg_notify'));
    expect(reads).toHaveLength(4);
    await bulk.end(operation);
    expect(await all()).toEqual({ first: { status: 'SUCCEEDED', succeededCount: 3 }, differ: false });
    const ends = await Promise.all(everyone.map((events) => events.next()));
    expect(ends.every(({ done }) => done === true)).toBe(true);
    await waitFor('The end of the subscriptions', () => notifications.subscribers <= subscribers);
  });

  test('share the statements of lines', async () => {
    const { projectId, environmentId } = place;
    const run = await seed.run(projectId, { environmentId, status: 'RUNNING', workerId: 'here/1' });
    const id = idOf('Run', run);
    const everyone = [
      ...(await many(`subscription { runLogs(run: "${id}") { node { message } } }`)),
      ...(await many(`subscription { runLogLines(run: "${id}") { nodes { message } } }`)),
    ];
    const line = {
      timestamp: new Date(),
      level: 'INFO',
      plugin: null,
      message: 'a line',
      fields: null,
    } as const;
    const { statements } = await app.counting(async () => {
      await app.app.store.logs.store({
        ...{ runId: run, workerId: 'here/1', first: 1, metrics: [], blocks: new Map() },
        lines: Array.from({ length: 30 }, () => line),
      });
      await Promise.all(everyone.map((events) => events.next()));
    });
    // One for all, and their first look, which may come late.
    const looks = statements.filter((text) => text.includes('FROM "RunLog"'));
    expect(looks.length).toBeLessThanOrEqual(3);
    await Promise.all(everyone.map((events) => events.return(undefined)));
  });

  test('hear of a change once, though its notification comes again, or late', async () => {
    const { projectId, environmentId } = place;
    const run = await seed.run(projectId, { environmentId, status: 'QUEUED' });
    const other = await seed.run(projectId, { environmentId, status: 'QUEUED' });
    const events = await runsOf(place.project);
    const { store } = app.app;
    // The change is committed, and its notification is on its way.
    await store.prisma.$executeRawUnsafe('ALTER TABLE "Run" DISABLE TRIGGER "Run_noteChange"');
    await store.prisma.run.update({ where: { id: run }, data: { status: 'SUCCEEDED', endedAt: new Date() } });
    await store.prisma.$executeRawUnsafe('ALTER TABLE "Run" ENABLE TRIGGER "Run_noteChange"');
    await store.prisma.$executeRawUnsafe(
      `INSERT INTO "ObjectChange" (transaction, "madeAt", type, "objectId", kind, "projectId", "environmentId", status)
       VALUES (pg_current_xact_id()::text::bigint, now(), 'Run', '${run}', 'UPDATED', '${projectId}', '${environmentId}', 'SUCCEEDED')`,
    );
    await store.runs.claim(other, 'here/1');
    const seen: Update[] = [];
    while (seen.length < 2) seen.push(...(await nextRuns(events)).nodes);
    expect(seen).toEqual([
      { id: idOf('Run', run), status: 'SUCCEEDED' },
      { id: idOf('Run', other), status: 'RUNNING' },
    ]);
    await store.prisma.$executeRawUnsafe(`SELECT pg_notify('meltano_graphql', '{"topic":"OBJECT"}')`);
    await store.runs.requestCancel(other);
    expect((await nextRuns(events)).nodes).toEqual([{ id: idOf('Run', other), status: 'CANCELLING' }]);
    await events.return(undefined);
  });

  test('of one run get no event about what has changed again meanwhile, but the next one', async () => {
    const { projectId, environmentId } = place;
    const run = await seed.run(projectId, { environmentId, status: 'QUEUED' });
    const query = `subscription { runUpdated(run: "${idOf('Run', run)}") { status } }`;
    type One = { runUpdated: { status: string } };
    const events = await openEvents<One>(app.url, query);
    const status = async (): Promise<string | undefined> =>
      ((await events.next()) as { value: StreamEvent<One> }).value.data?.runUpdated.status;
    expect(await status()).toBe('QUEUED');
    const { store } = app.app;
    // What a reader would find who is late.
    await store.prisma.$executeRawUnsafe(
      `INSERT INTO "ObjectChange" (transaction, "madeAt", type, "objectId", kind, "projectId", "environmentId", status)
       VALUES (pg_current_xact_id()::text::bigint, now(), 'Run', '${run}', 'UPDATED', '${projectId}', '${environmentId}', 'RUNNING')`,
    );
    await store.prisma.$executeRawUnsafe(`SELECT pg_notify('meltano_graphql', '{"topic":"OBJECT"}')`);
    await store.feed.catchUp();
    await store.runs.requestCancel(run);
    expect(await status()).toBe('CANCELLED');
    await events.return(undefined);
  });
});
