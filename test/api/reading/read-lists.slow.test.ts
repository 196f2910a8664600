import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { idAt, seeder, type Seeder } from '../../kit/data/seed.ts';
import { seedGraph, type SeededGraph } from '../../kit/data/seed-graph.ts';

let app: TestApp;
let graph: SeededGraph;
let seed: Seeder;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  graph = await seedGraph(seed);
});
afterAll(() => app.stop());

/** Reads a list of the environment `dev`, whole. */
async function inDev<Node>(list: string, args: string, fields: string): Promise<Node[]> {
  const given = args === '' ? '' : `(${args})`;
  const { project } = await app.query<{
    project: { environment: Record<string, { nodes: Node[]; totalCount: number }> };
  }>(
    `{ project(ref: "alpha") { environment(name: "dev") { ${list}${given} { totalCount nodes { ${fields} } } } } }`,
  );
  const page = project.environment[list];
  if (!page) throw new Error(`There is no ${list}.`);
  expect(page.totalCount).toBe(page.nodes.length);
  return page.nodes;
}

describe('filters', () => {
  const statuses = async (filter: string): Promise<string[]> =>
    (await inDev<{ status: string }>('runs', `filter: {${filter}}`, 'status')).map(({ status }) => status);

  test('list runs in any of the statuses, newest first, each once', async () => {
    const unfiltered = await inDev<{ status: string }>('runs', '', 'status');
    expect(unfiltered).toHaveLength(9);
    expect(await statuses('statuses: [FAILED]')).toEqual(['FAILED', 'FAILED']);
    expect(await statuses('statuses: [RUNNING, FAILED, QUEUED]')).toEqual([
      'RUNNING',
      'FAILED',
      'QUEUED',
      'FAILED',
    ]);
    expect(await statuses('statuses: [FAILED, RUNNING, FAILED]')).toEqual(['RUNNING', 'FAILED', 'FAILED']);
    expect(await statuses('statuses: [LOST]')).toEqual([]);
    expect(await statuses('statuses: []')).toEqual([]);
    expect(await statuses('statuses: null')).toHaveLength(9);
  });

  test('list runs by the time at which they were asked for: from the first bound on, before the second', async () => {
    const runs = await inDev<{ createdAt: string; status: string }>('runs', '', 'createdAt status');
    const times = runs.map(({ createdAt }) => createdAt);
    const [since, before] = [times[5], times[2]] as [string, string];
    const created = async (filter: string): Promise<string[]> =>
      (await inDev<{ createdAt: string }>('runs', `filter: {${filter}}`, 'createdAt')).map(
        ({ createdAt }) => createdAt,
      );
    expect(await created(`createdSince: "${since}"`)).toEqual(times.slice(0, 6));
    expect(await created(`createdBefore: "${before}"`)).toEqual(times.slice(3));
    expect(await created(`createdSince: "${since}", createdBefore: "${before}"`)).toEqual(times.slice(3, 6));
    expect(await created(`createdSince: "${before}", createdBefore: "${since}"`)).toEqual([]);
    const newest = runs.find(({ status }) => status === 'FAILED')?.createdAt;
    const failed = await statuses(`statuses: [FAILED], createdSince: "${newest}"`);
    expect(failed).toEqual(['FAILED']);
  });

  test('take any time that can be written, long before and after all runs', async () => {
    expect(await statuses('createdSince: "0001-01-01T00:00:00Z"')).toHaveLength(9);
    expect(await statuses('createdBefore: "1969-12-31T23:59:59Z"')).toEqual([]);
    expect(await statuses('createdBefore: "9999-12-31T23:59:59.999Z"')).toHaveLength(9);
  });

  test('list log lines from a severity on, or of one plugin, in the order of the lines', async () => {
    const lines = async (filter: string): Promise<number[]> => {
      const { node } = await app.query<{
        node: { logs: { nodes: { sequence: number }[]; totalCount: number } };
      }>(
        `query ($id: ID!) { node(id: $id) { ... on Run { logs(filter: {${filter}}) { totalCount nodes { sequence } } } } }`,
        { id: encodeGlobalId({ type: 'Run', id: graph.run }) },
      );
      expect(node.logs.totalCount).toBe(node.logs.nodes.length);
      return node.logs.nodes.map(({ sequence }) => sequence);
    };
    // INFO, DEBUG, WARNING, INFO, ERROR, CRITICAL, INFO; the plugin wrote every other one.
    expect(await lines('minLevel: DEBUG')).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await lines('minLevel: INFO')).toEqual([1, 3, 4, 5, 6, 7]);
    expect(await lines('minLevel: WARNING')).toEqual([3, 5, 6]);
    expect(await lines('minLevel: ERROR')).toEqual([5, 6]);
    expect(await lines('minLevel: CRITICAL')).toEqual([6]);
    expect(await lines('pluginName: "tap-one"')).toEqual([1, 3, 5, 7]);
    expect(await lines('pluginName: "tap-one", minLevel: WARNING')).toEqual([3, 5]);
    expect(await lines('pluginName: "nobody"')).toEqual([]);
    expect(await lines('pluginName: "\\u0000"')).toEqual([]);
    expect(await lines('levels: [DEBUG, ERROR]')).toEqual([2, 5]);
    expect(await lines('levels: [ERROR, CRITICAL, ERROR]')).toEqual([5, 6]);
    expect(await lines('levels: [DEBUG, CRITICAL], minLevel: WARNING')).toEqual([6]);
    expect(await lines('levels: []')).toEqual([]);
  });

  test('list plugins of the types', async () => {
    const plugins = async (filter: string): Promise<string[]> => {
      const { project } = await app.query<{
        project: { plugins: { nodes: { type: string }[]; totalCount: number } };
      }>(`{ project(ref: "alpha") { plugins(filter: {${filter}}) { totalCount nodes { type } } } }`);
      expect(project.plugins.totalCount).toBe(project.plugins.nodes.length);
      return project.plugins.nodes.map(({ type }) => type);
    };
    expect(await plugins('types: [LOADER]')).toEqual(['LOADER']);
    expect(await plugins('types: [EXTRACTOR, LOADER, LOADER]')).toEqual(['EXTRACTOR', 'LOADER', 'EXTRACTOR']);
    expect(await plugins('types: []')).toEqual([]);
    expect(await plugins('')).toHaveLength(5);
  });

  test('list the states of a pair', async () => {
    const states = async (filter: string): Promise<string[]> =>
      (await inDev<{ stateId: string }>('states', `filter: {${filter}}`, 'stateId')).map(
        ({ stateId }) => stateId,
      );
    expect(await states('pair: "tap-one-to-target-one"')).toEqual([
      'dev:tap-one-to-target-one',
      'dev:tap-one-to-target-one:x',
      'dev:tap-one-to-target-one:y',
    ]);
    expect(await states('pair: "free"')).toEqual([]);
    expect(await states('pair: "a\\u0000b"')).toEqual([]);
    expect(await states('')).toHaveLength(5);
  });
});

test('pages have 20 rows when no number is given, and at most 100', async () => {
  const project = await seed.project({ name: 'wide' });
  await app.app.store.prisma.plugin.createMany({
    data: Array.from({ length: 130 }, (_none, i) => ({
      id: idAt(Date.UTC(2025, 5, 1), i),
      projectId: project,
      type: 'UTILITY' as const,
      definition: 'CUSTOM' as const,
      name: `tool-${String(i).padStart(3, '0')}`,
      capabilities: [],
      mappings: [],
    })),
  });
  type Page = { nodes: { name: string }[]; pageInfo: object };
  const info = 'pageInfo { hasNextPage hasPreviousPage }';
  const result = await app.query<{ project: Record<'standard' | 'start' | 'end', Page> }>(`{
    project(ref: "wide") {
      standard: plugins { nodes { name } ${info} }
      start: plugins(first: 100) { nodes { name } ${info} }
      end: plugins(last: 100) { nodes { name } ${info} }
    }
  }`);
  const { standard, start, end } = result.project;
  expect(standard.nodes).toHaveLength(20);
  expect(start.nodes).toHaveLength(100);
  expect(start.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
  expect(end.nodes).toHaveLength(100);
  expect(end.nodes.at(0)).toEqual({ name: 'tool-030' });
  expect(end.nodes.at(-1)).toEqual({ name: 'tool-129' });
  expect(end.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
});

describe('arguments that make no sense are refused with a code', () => {
  const refusal = async (list: string): Promise<{ code: unknown; status: unknown }> => {
    const { data, errors } = await app.send<{ project: unknown }>(
      `{ project(ref: "alpha") { name environment(name: "dev") { ${list} { nodes { id } } } } }`,
    );
    expect(errors).toHaveLength(1);
    // A list is never null, so what is null is the nearest object that may be.
    return { code: errors?.[0]?.extensions?.code, status: data };
  };
  const untouched = { project: { name: 'alpha', environment: null } };
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const cursorOf = async (list: string): Promise<string> => {
    const { project } = await app.query<{
      project: { environment: { list: { pageInfo: { endCursor: string } } } };
    }>(`{ project(ref: "alpha") { environment(name: "dev") { list: ${list} { pageInfo { endCursor } } } } }`);
    return project.environment.list.pageInfo.endCursor;
  };

  test.each([
    'first: 101',
    'last: 101',
    'first: -1',
    'last: -1',
    'first: 1, last: 1',
    'first: 1000',
    'first: -2147483648',
  ])('%s', async (args) => {
    expect(await refusal(`runs(${args})`)).toEqual({ code: 'BAD_PAGE', status: untouched });
  });

  const id = idAt(0);
  test.each([
    ['a text that is nothing', 'x'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['another kind of JSON', encode('x')],
    ['null', encode(null)],
    ['no values', encode([])],
    ['no named values', encode({})],
    ['too many values', encode({ updatedAt: '2025-01-01T00:00:00.000Z', id, name: 'x' })],
    ['no time', encode({ updatedAt: 'x', id })],
    ['a time that only JavaScript reads', encode({ updatedAt: '1', id })],
    ['a day that does not exist', encode({ updatedAt: '2025-02-30T00:00:00.000Z', id })],
    ['a year that PostgreSQL does not know', encode({ updatedAt: '0000-01-01T00:00:00.000Z', id })],
    ['a time that is no text', encode({ updatedAt: 1, id })],
    ['no UUID', encode({ updatedAt: '2025-01-01T00:00:00.000Z', id: 'x' })],
    ['a list in place of a value', encode({ updatedAt: '2025-01-01T00:00:00.000Z', id: [id] })],
  ])('a cursor that is %s', async (_what, cursor) => {
    for (const bound of ['after', 'before']) {
      const list = `states(orderBy: {field: UPDATED_AT, direction: ASC}, ${bound}: "${cursor}")`;
      expect(await refusal(list)).toEqual({ code: 'BAD_CURSOR', status: untouched });
    }
  });

  test.each([
    ['a text', { stateId: 'a\0b', id }],
    ['a number', { stateId: 1, id }],
    ['a whole number', { stateId: null, id }],
  ])('a cursor whose text is not %s', async (_what, values) => {
    expect(await refusal(`states(after: "${encode(values)}")`)).toEqual({
      code: 'BAD_CURSOR',
      status: untouched,
    });
  });

  test('a cursor of another order', async () => {
    const orders = { states: ['STATE_ID', 'UPDATED_AT'], jobs: ['NAME', 'CREATED_AT'] };
    for (const [list, [one, other]] of Object.entries(orders) as [string, [string, string]][]) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const cursor = await cursorOf(`${list}(orderBy: {field: ${from}, direction: ASC})`);
        expect(await refusal(`${list}(orderBy: {field: ${to}, direction: ASC}, after: "${cursor}")`)).toEqual(
          { code: 'BAD_CURSOR', status: untouched },
        );
      }
    }
  });

  test('one refused list leaves the others alone', async () => {
    const { data, errors } = await app.send<unknown>(`{
      good: project(ref: "alpha") { name }
      bad: project(ref: "alpha") { plugins(first: 1000) { nodes { name } } }
    }`);
    expect(data).toEqual({ good: { name: 'alpha' }, bad: null });
    expect(errors?.map(({ path, extensions }) => ({ path, code: extensions?.code }))).toEqual([
      { path: ['bad', 'plugins'], code: 'BAD_PAGE' },
    ]);
  });

  test('and nothing of it is taken for a fault of the gateway', () => {
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe.each([
  ['forward', 'first', 'after', 'endCursor', 'hasNextPage'],
  ['backward', 'last', 'before', 'startCursor', 'hasPreviousPage'],
] as const)('while rows come and go, a walk %s', (way, size, bound, end, more) => {
  test.each(['ASC', 'DESC'])(
    'in the order NAME %s visits each row that stays exactly once',
    async (order) => {
      const { prisma } = app.app.store;
      const environment = await seed.environment(graph.project, { name: `moving-${way}-${order}` });
      const name = (n: number): string => `job-${String(n).padStart(3, '0')}`;
      for (let n = 0; n < 40; n += 2) await seed.job(environment, { name: name(n) });
      const visited: string[] = [];
      const deleted: string[] = [];
      let from: string | null = null;
      for (let next = true, step = 0; next; step++) {
        const at = from === null ? '' : `, ${bound}: "${from}"`;
        const { node } = await app.query<{
          node: { jobs: { nodes: { name: string }[]; pageInfo: Record<string, never> } };
        }>(
          `query ($id: ID!) { node(id: $id) { ... on Environment {
          jobs(${size}: 3, orderBy: {field: NAME, direction: ${order}}${at}) {
            nodes { name } pageInfo { ${end} ${more} }
          }
        } } }`,
          { id: encodeGlobalId({ type: 'Environment', id: environment }) },
        );
        const names = node.jobs.nodes.map((job) => job.name);
        visited.push(...(way === 'forward' ? names : names.reverse()));
        from = node.jobs.pageInfo[end] as unknown as string;
        next = node.jobs.pageInfo[more] as unknown as boolean;
        // The row that the cursor is of goes away, another somewhere, and new ones come on either side.
        const last = visited.at(-1) as string;
        const gone = [last, name((step * 14) % 40)];
        await prisma.job.updateMany({
          where: { environmentId: environment, name: { in: gone } },
          data: { deletedAt: new Date() },
        });
        deleted.push(...gone);
        await seed.job(environment, { name: name(2 * step + 1) });
        await seed.job(environment, { name: name(39 - 2 * step) });
        expect(step).toBeLessThan(30);
      }
      expect(new Set(visited).size).toBe(visited.length);
      const sorted = visited.toSorted();
      expect(visited).toEqual((order === 'ASC') === (way === 'forward') ? sorted : sorted.reverse());
      const stayed = Array.from({ length: 20 }, (_none, i) => name(2 * i)).filter(
        (n) => !deleted.includes(n),
      );
      expect(stayed.length).toBeGreaterThan(4);
      expect(visited).toEqual(expect.arrayContaining(stayed));
    },
  );
});

test('whether there are rows on the near side of a cursor is found out, and not guessed', async () => {
  const environment = await seed.environment(graph.project, { name: 'near' });
  const first = await seed.job(environment, { name: 'a' });
  await seed.job(environment, { name: 'b' });
  await seed.job(environment, { name: 'c' });
  const near = async (args: string) => {
    const { node } = await app.query<{
      node: { jobs: { edges: { cursor: string }[]; pageInfo: Record<string, boolean> } };
    }>(
      `query ($id: ID!) { node(id: $id) { ... on Environment { jobs(${args}) {
        edges { cursor } pageInfo { hasNextPage hasPreviousPage }
      } } } }`,
      { id: encodeGlobalId({ type: 'Environment', id: environment }) },
    );
    return node.jobs;
  };
  const cursor = (await near('first: 1')).edges[0]?.cursor ?? '';
  expect((await near(`after: "${cursor}"`)).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
  await app.app.store.prisma.job.update({ where: { id: first }, data: { deletedAt: new Date() } });
  expect((await near(`after: "${cursor}"`)).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false });
  expect((await near(`last: 5, before: "${cursor}"`)).pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
  });
});

test.each(['first: 2', 'last: 2'])(
  'an empty list has no other pages, whatever lies below it: %s',
  async (size) => {
    const project = await seed.project({ name: `empty lists ${size}` });
    for (const name of ['one', 'two']) await seed.environment(project, { name });
    const info = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
    const { node } = await app.query<{ node: unknown }>(
      `query ($id: ID!) { node(id: $id) { ... on Project { environments { nodes { name
      schedules(${size}) { nodes { id } ${info} }
      jobs(${size}) { nodes { id runs { nodes { id } } } ${info} }
    } } } } }`,
      { id: encodeGlobalId({ type: 'Project', id: project }) },
    );
    const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
    const empty = { nodes: [], pageInfo };
    const nodes = ['one', 'two'].map((name) => ({ name, schedules: empty, jobs: empty }));
    expect(node).toEqual({ environments: { nodes } });
  },
);
