import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId, nodeTypes, type NodeType } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { idAt, seeder } from '../../kit/data/seed.ts';
import { seedGraph, type SeededGraph } from '../../kit/data/seed-graph.ts';

let app: TestApp;
let graph: SeededGraph;
beforeAll(async () => {
  app = await startTestApp();
  graph = await seedGraph(seeder(app.app.store));
});
afterAll(() => app.stop());

const globalId = (type: NodeType, id: string): string => encodeGlobalId({ type, id });

/** One row of each type. */
function rows(): Record<NodeType, string> {
  const { project, dev, plugin, job, schedule, service, run, block, state, stateVersion } = graph;
  const { bulkOperation, worker, webhook, webhookDelivery } = graph;
  return {
    Project: project,
    Environment: dev,
    Plugin: plugin,
    Job: job,
    Schedule: schedule,
    Service: service,
    Run: run,
    RunBlock: block,
    State: state,
    StateVersion: stateVersion,
    BulkOperation: bulkOperation,
    Worker: worker,
    Webhook: webhook,
    WebhookDelivery: webhookDelivery,
  };
}

describe('node', () => {
  test.each(nodeTypes)('finds a %s by its id, in one statement', async (type) => {
    const id = globalId(type, rows()[type]);
    const { statements, result } = await app.counting(() =>
      app.query(`query ($id: ID!) { node(id: $id) { __typename id } }`, { id }),
    );
    expect(result).toEqual({ node: { __typename: type, id } });
    expect(statements).toHaveLength(1);
  });

  test('gives null for an id that nothing has, or that something of another type has', async () => {
    const unknown = globalId('Run', idAt(Date.UTC(2030, 0, 1)));
    const other = globalId('Job', graph.run);
    const result = await app.query(
      `query ($unknown: ID!, $other: ID!) { unknown: node(id: $unknown) { id } other: node(id: $other) { id } }`,
      { unknown, other },
    );
    expect(result).toEqual({ unknown: null, other: null });
  });

  const text = (value: string): string => Buffer.from(value).toString('base64url');
  test.each([
    ['', 'nothing'],
    ['x', 'a text'],
    ['demo/dev/daily', 'a path'],
    [idAt(0), 'a UUID'],
    [text('Run:1'), 'a type without a UUID'],
    [text(`Run:${idAt(0xabc).toUpperCase()}`), 'a UUID in capitals'],
    [text(`Nobody:${idAt(0)}`), 'an unknown type'],
    [text(`RunLog:${idAt(0)}`), 'a type without ids'],
    [text(`Run:${idAt(0)}:1`), 'an id with something after it'],
    [`${text(`Run:${idAt(0)}`)}!`, 'an id with another sign'],
  ])('"%s", which is %s, is null in its place, and harms nothing else', async (id) => {
    const known = globalId('Project', graph.project);
    expect(
      await app.query(
        `query ($id: ID!, $known: ID!) {
          node(id: $id) { id }
          nodes(ids: [$known, $id, $known]) { id }
          bulkOperation(id: $id) { id }
          project(ref: "alpha") { environment(name: "dev") { run(id: $id) { id } } }
        }`,
        { id, known },
      ),
    ).toEqual({
      node: null,
      nodes: [{ id: known }, null, { id: known }],
      bulkOperation: null,
      project: { environment: { run: null } },
    });
  });

  test('finds what was deleted, since runs still lead to it, and says when it was', async () => {
    for (const [type, id] of [
      ['Project', graph.deleted.project],
      ['Environment', graph.deleted.environment],
      ['Plugin', graph.deleted.plugin],
      ['Job', graph.deleted.job],
      ['Schedule', graph.deleted.schedule],
    ] as const) {
      const { node } = await app.query<{ node: { deletedAt: string } }>(
        `query ($id: ID!) { node(id: $id) { ... on ${type} { deletedAt } } }`,
        { id: globalId(type, id) },
      );
      expect(node.deletedAt).toBe('2025-03-01T12:00:00.123Z');
    }
  });
});

describe('nodes', () => {
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) {
    __typename id
    ... on Run { status job { name } ...Times }
    ... on Job { name ...Times }
    ... on State { stateId }
    ... on Plugin { name type }
  } }
  fragment Times on Node { ... on Run { createdAt } ... on Job { createdAt environment { name } } }`;

  test('gives every type in the order of the ids, with one statement for each type', async () => {
    const { run, waitingRun, job, otherJob, state, plugin } = graph;
    const ids = [
      globalId('Job', otherJob),
      globalId('Run', waitingRun),
      globalId('State', state),
      globalId('Run', idAt(0)),
      globalId('Job', job),
      globalId('Plugin', plugin),
      globalId('Run', run),
      globalId('Job', otherJob),
    ];
    const { statements, result } = await app.counting(() =>
      app.query<{ nodes: (Record<string, unknown> | null)[] }>(query, { ids }),
    );
    expect(result.nodes.map((node) => node?.id ?? null)).toEqual(ids.map((id, i) => (i === 3 ? null : id)));
    expect(result.nodes[0]).toEqual({
      __typename: 'Job',
      id: ids[0],
      name: 'hourly',
      createdAt: expect.stringMatching(/^2025-01-01T/) as string,
      environment: { name: 'dev' },
    });
    expect(result.nodes[6]).toMatchObject({ __typename: 'Run', status: 'FAILED', job: { name: 'daily' } });
    expect(result.nodes[2]).toMatchObject({ stateId: 'dev:tap-one-to-target-one' });
    expect(result.nodes[5]).toMatchObject({ name: 'tap-one', type: 'EXTRACTOR' });
    // Runs, jobs, states and plugins, each with what they lead to.
    expect(statements).toHaveLength(4);
  });

  test('gives an empty list for no ids, without a statement', async () => {
    const { statements, result } = await app.counting(() => app.query(query, { ids: [] }));
    expect(result).toEqual({ nodes: [] });
    expect(statements).toHaveLength(0);
  });

  test('takes 100 ids and refuses 101', async () => {
    const ids = Array.from({ length: 101 }, () => globalId('Job', graph.job));
    const { nodes } = await app.query<{ nodes: unknown[] }>(query, { ids: ids.slice(1) });
    expect(nodes).toHaveLength(100);
    const { errors } = await app.send<unknown>(query, { ids });
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['TOO_MANY']);
  });
});

describe('natural names', () => {
  test('lead from the project down to a run, in one statement', async () => {
    const { statements, result } = await app.counting(() =>
      app.query(
        `query ($run: ID!) { project(ref: "alpha") { path environment(name: "dev") { path
          job(name: "daily") { path run(id: $run) { status command } }
          run(id: $run) { status }
          schedule(name: "at-noon") { path job { name } }
          state(stateId: "dev:tap-one-to-target-one") { path merged { json text } }
        } } }`,
        { run: globalId('Run', graph.run) },
      ),
    );
    expect(result).toEqual({
      project: {
        path: 'alpha',
        environment: {
          path: 'alpha/dev',
          job: { path: 'alpha/dev/daily', run: { status: 'FAILED', command: 'tap target' } },
          run: { status: 'FAILED' },
          schedule: { path: 'alpha/dev/at-noon', job: { name: 'daily' } },
          state: {
            path: 'alpha/dev/dev:tap-one-to-target-one',
            merged: {
              json: { singer_state: { bookmarks: { a: 1, b: { c: 2, d: 3 } } } },
              text: '{"singer_state":{"bookmarks":{"a":1,"b":{"c":2,"d":3}}}}',
            },
          },
        },
      },
    });
    expect(statements).toHaveLength(1);
  });

  test('that nothing has lead to null, and so does a text that no name can be', async () => {
    for (const name of [
      'nobody',
      '',
      'ALPHA',
      'alpha ',
      'a\0b',
      "' OR 1 = 1 --",
      '\ud800',
      'x'.repeat(10_000),
    ]) {
      const result = await app.query(
        `query ($name: String!, $ref: ID!) { none: project(ref: $ref) { id }
          project(ref: "alpha") { none: environment(name: $name) { id }
            environment(name: "dev") { job(name: $name) { id } schedule(name: $name) { id } state(stateId: $name) { id } } } }`,
        { name, ref: name },
      );
      const environment = { job: null, schedule: null, state: null };
      expect(result).toEqual({ none: null, project: { none: null, environment } });
    }
  });

  test('lead to nothing in another environment', async () => {
    const result = await app.query(`{ project(ref: "alpha") { environment(name: "prod") {
      job(name: "hourly") { id } schedule(name: "at-noon") { id } state(stateId: "free") { id }
    } } }`);
    expect(result).toEqual({ project: { environment: { job: null, schedule: null, state: null } } });
  });

  test('a run is found where it belongs and nowhere else', async () => {
    const runs = { own: graph.run, adHoc: graph.adHocRun, other: graph.otherJobRun, prod: graph.prodRun };
    const ids = Object.fromEntries(
      Object.entries({ ...runs, install: graph.installRun }).map(([name, id]) => [name, globalId('Run', id)]),
    );
    const looks = Object.entries({ ...ids, job: globalId('Job', graph.job), none: 'x' })
      .map(([name, id]) => `${name}: run(id: "${id}") { id }`)
      .join(' ');
    const { project } = await app.query<{ project: Record<string, unknown> }>(
      `{ project(ref: "alpha") { environment(name: "dev") { ${looks} daily: job(name: "daily") { ${looks} } } } }`,
    );
    const none = { install: null, job: null, none: null, prod: null };
    expect(project.environment).toEqual({
      ...none,
      own: { id: ids.own },
      adHoc: { id: ids.adHoc },
      other: { id: ids.other },
      daily: { ...none, own: { id: ids.own }, adHoc: null, other: null },
    });
  });

  test('lead past what was deleted, to what has the name now', async () => {
    const { project } = await app.query<{ project: { environment: { id: string; job: { id: string } } } }>(
      `{ project(ref: "alpha") { environment(name: "dev") { id job(name: "daily") { id } gone: schedule(name: "gone") { id } } } }`,
    );
    expect(project.environment).toEqual({
      id: globalId('Environment', graph.dev),
      job: { id: globalId('Job', graph.job) },
      gone: null,
    });
  });
});

test('no list shows what was deleted', async () => {
  type Names = { totalCount: number; nodes: { id: string }[] };
  const list = '{ totalCount nodes { id } }';
  const { project } = await app.query<{
    project: Record<'environments' | 'plugins', Names> & {
      environment: Record<'jobs' | 'schedules', Names> & { job: { schedules: Names } };
    };
  }>(`{ project(ref: "alpha") { environments ${list} plugins ${list}
    environment(name: "dev") { jobs ${list} schedules ${list} job(name: "daily") { schedules ${list} } } } }`);
  const { environments, plugins, environment } = project;
  const counts = [
    environments,
    plugins,
    environment.jobs,
    environment.schedules,
    environment.job.schedules,
  ].map(({ totalCount, nodes }) => {
    expect(nodes).toHaveLength(totalCount);
    return totalCount;
  });
  expect(counts).toEqual([3, 5, 3, 4, 3]);
});
