import { keepAll } from '../../../src/domain/retention-limits.ts';
import { execute, parse } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { about } from '../../kit/data/about.ts';
import { plainVault } from '../../kit/data/plain-vault.ts';
import { encodeGlobalId, nodeTypes, type NodeType } from '../../../src/domain/naming/global-id.ts';
import { systemDatabases } from '../../../src/runner/system-database/system-databases.ts';
import { gatewayOf } from '../../../src/domain/gateway.ts';
import { createContext } from '../../../src/schema/context.ts';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { connections, everyField, readableFields, typeNamed } from '../../kit/schema-walk.ts';
import { seeder } from '../../kit/data/seed.ts';
import { seedGraph, type SeededGraph } from '../../kit/data/seed-graph.ts';

let app: TestApp;
let graph: SeededGraph;
const ids = {} as Record<NodeType, string[]>;

beforeAll(async () => {
  app = await startTestApp();
  graph = await seedGraph(seeder(app.app.store));
  for (const type of nodeTypes) {
    const rows = await app.app.store.prisma.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id FROM "${type}" ORDER BY id`,
    );
    ids[type] = rows.map(({ id }) => encodeGlobalId({ type, id }));
  }
});
afterAll(() => app.stop());

function walk(type: NodeType, pageSize: number): string {
  const run = `id: "${encodeGlobalId({ type: 'Run', id: graph.run })}"`;
  const given = {
    'Project.environment': 'name: "dev"',
    'Project.plugin': 'type: EXTRACTOR, name: "tap-one"',
    'Plugin.catalog': 'environment: "alpha/dev"',
    'Environment.job': 'name: "daily"',
    'Environment.schedule': 'name: "at-noon"',
    'Environment.service': 'name: "docs"',
    'Environment.state': 'stateId: "free"',
    'Project.file': 'path: "a.sql"',
    'Project.webhook': 'name: "alerts"',
    'Environment.run': run,
    'Job.run': run,
  };
  return `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${type} { ${everyField(typeNamed(type), pageSize, given)} } } }`;
}

// Fields that were seen, with whether they were null and whether they were not.
const seen = new Map<string, { null: boolean; value: boolean }>();
function see(value: unknown): void {
  if (Array.isArray(value)) value.forEach(see);
  if (typeof value !== 'object' || value === null || !('__typename' in value)) return;
  for (const [field, content] of Object.entries(value)) {
    const key = `${value.__typename as string}.${field}`;
    const entry = seen.get(key) ?? { null: false, value: false };
    seen.set(key, entry);
    entry[content === null ? 'null' : 'value'] = true;
    see(content);
  }
}

// One statement for the rows with all that lies below them; and one for what is no field of theirs: who has the leases for
// which runs wait, those runs, what queued runs wait for and the runs among that, the progress of runs and the blocks that it names,
// the statistics of jobs and their series, the documents of an export, those that versions are compared with, what had the names and paths of look-ups that find nothing, the schedules whose jobs are all gone;
// of each type, the objects of bulk operations, the runs that were in their way among them. Manifests take three: the
// projects, their rows and their texts; the storage of projects two: what the database keeps, and what is whose.
const costs: Partial<Record<NodeType, number>> = {
  Project: 7,
  Environment: 3,
  Plugin: 2,
  Job: 3,
  Schedule: 2,
  Run: 7,
  StateVersion: 2,
  BulkOperation: 5,
};
/** An answer without the numbers that change by themselves: of what is running, and of what PostgreSQL tidies up. */
const still = (answer: object): unknown =>
  JSON.parse(
    JSON.stringify(answer, (name, value: unknown) =>
      ['elapsedSeconds', 'recordsPerSecond', 'storage'].includes(name) ? typeof value : value,
    ),
  );
const costOf = (type: NodeType): number => costs[type] ?? 1;

/** Whether a field is null only for more than these few rows, or for other arguments: other tests see it so. */
const isNullForMany = (name: string): boolean =>
  ['Environment.stateExport', 'Plugin.settings', 'Job.statistics'].includes(name) ||
  name.endsWith('Connection.totalCount');

describe('every field of every type', () => {
  test.each(nodeTypes)('%s is read in as many statements for many rows as for a few', async (type) => {
    expect(ids[type].length, 'rows to compare with').toBeGreaterThan(2);
    const few = await app.counting(() =>
      app.query<{ nodes: unknown }>(walk(type, 1), { ids: ids[type].slice(0, 2) }),
    );
    const many = await app.counting(() => app.query<{ nodes: unknown }>(walk(type, 100), { ids: ids[type] }));
    see(few.result.nodes);
    see(many.result.nodes);
    // The runs that have leases and those of reasons are read together when both are known at the same time.
    const spared = type === 'Run' ? [0, 1] : [0];
    expect(spared.map((count) => costOf(type) - count)).toContain(many.statements.length);
  });

  test.each(nodeTypes)('%s is the same as when it is interpreted, and read level by level', async (type) => {
    const variables = { ids: ids[type] };
    // The second time it is compiled.
    const first = still(await app.query(walk(type, 3), variables));
    const compiled = still(await app.query(walk(type, 3), variables));
    expect(compiled).toEqual(first);
    const interpreted = await execute({
      schema,
      document: parse(walk(type, 3)),
      variableValues: variables,
      contextValue: createContext(
        app.app.store,
        gatewayOf(app.app.store, {
          about,
          log: pino({ enabled: false }),
          retention: keepAll,
          deletedRetentionMs: 30 * 24 * 3600 * 1000,
          allowEnv: [],
          gitProtocols: [],
          webhookAddresses: { hosts: new Set(), ranges: [] },
          systemDatabases: systemDatabases({ meltano: '', env: {}, servers: new Map() }),
          vault: plainVault,
          projectsDirectory: '/nonexistent',
          manifestSchema: null,
          isStopping: () => false,
        }),
        false,
      ),
    });
    expect(still(interpreted)).toEqual({ data: compiled });
  });

  test('of the lists of Query is read in one statement', async () => {
    for (const { parent, field, node } of connections()) {
      if (parent !== 'Query') continue;
      const operation = `{ ${field}(first: 2) { ${everyField(typeNamed(`${node}Connection`), 2, {})} } }`;
      const { statements, result } = await app.counting(() => app.query<Record<string, unknown>>(operation));
      see(result[field]);
      expect(statements).toHaveLength(1);
    }
  });

  test('of the storage is read in one statement', async () => {
    const operation = `{ storage { ${everyField(typeNamed('Storage'), 2, {})} } }`;
    const { statements, result } = await app.counting(() => app.query<{ storage: unknown }>(operation));
    see(result.storage);
    expect(statements).toHaveLength(1);
  });

  test('was read, and was null and not null where it may be either', () => {
    const wanting = readableFields().flatMap(({ name, nullable }) => {
      // Of these the program itself knows everything.
      if (name.startsWith('Gateway')) return [];
      const { null: empty, value } = seen.get(name) ?? { null: false, value: false };
      return value && empty === (nullable && !isNullForMany(name))
        ? []
        : [`${name}: null ${empty}, value ${value}`];
    });
    expect(wanting).toEqual([]);
  });
});

test('the values of sensitive variables are not shown', async () => {
  const { node } = await app.query<{ node: { env: unknown } }>(
    `query ($id: ID!) { node(id: $id) { ... on Run { env { name value isSensitive } } } }`,
    { id: encodeGlobalId({ type: 'Run', id: graph.run }) },
  );
  expect(node.env).toEqual([
    { name: 'MODE', value: 'fast', isSensitive: false },
    { name: 'TAP_PASSWORD', value: null, isSensitive: true },
  ]);
});

test('four levels of lists under many parents take one statement', async () => {
  const tree = (first: number): string => `{
    projects(first: ${first}) { nodes { name
      plugins(first: ${first}) { nodes { name } }
      environments(first: ${first}) { totalCount nodes { name
        jobs(first: ${first}, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { name
          runs(last: ${first}, filter: {statuses: [FAILED, QUEUED]}) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes { status } }
          schedules(first: ${first}) { nodes { name } }
          states(first: ${first}) { nodes { stateId } }
        } }
      } }
    } }
  }`;
  const one = await app.counting(() => app.query(tree(1)));
  const many = await app.counting(() => app.query<{ projects: { nodes: unknown[] } }>(tree(8)));
  expect(many.result.projects.nodes).toHaveLength(3);
  expect(one.statements).toHaveLength(1);
  expect(many.statements).toHaveLength(1);
});

test('the paths of a list are read along with it', async () => {
  const { statements, result } = await app.counting(() =>
    app.query<{ projects: { nodes: { environments: { nodes: { jobs: { nodes: unknown } }[] } }[] } }>(
      `{ projects { nodes { environments { nodes { jobs { nodes { path } } } } } } }`,
    ),
  );
  const paths = result.projects.nodes[0]?.environments.nodes[0]?.jobs.nodes;
  expect(paths).toEqual(['daily', 'hourly', 'weekly'].map((name) => ({ path: `alpha/dev/${name}` })));
  expect(statements).toHaveLength(1);
});

test('aliases of one list with different arguments share a statement', async () => {
  type Page = { nodes: { status: string }[]; totalCount?: number };
  const { statements, result } = await app.counting(() =>
    app.query<{ node: Record<string, Page> }>(
      `query ($id: ID!) { node(id: $id) { ... on Job {
        newest: runs(first: 2) { nodes { status } }
        oldest: runs(last: 2) { nodes { status } }
        failed: runs(filter: {statuses: [FAILED]}) { totalCount nodes { status } }
        same: runs(filter: {statuses: [FAILED]}) { totalCount nodes { status } }
        none: runs(first: 0) { totalCount nodes { status } }
      } } }`,
      { id: encodeGlobalId({ type: 'Job', id: graph.job }) },
    ),
  );
  expect(statements).toHaveLength(1);
  const { newest, oldest, failed, same, none } = result.node;
  expect(newest?.nodes.map(({ status }) => status)).toEqual(['SUCCEEDED', 'RUNNING']);
  expect(oldest?.nodes.map(({ status }) => status)).toEqual(['QUEUED', 'FAILED']);
  expect(failed).toEqual({ totalCount: 2, nodes: [{ status: 'FAILED' }, { status: 'FAILED' }] });
  expect(same).toEqual(failed);
  expect(none).toEqual({ totalCount: 6, nodes: [] });
});

test('a list of which next to nothing is asked takes any arguments', async () => {
  const { node } = await app.query<{ node: Record<string, unknown> }>(
    `query ($id: ID!) { node(id: $id) { ... on Job {
      cursor: runs(first: 1) { pageInfo { endCursor } }
      kind: runs(filter: {statuses: [FAILED], createdSince: "2020-01-01T00:00:00Z"}) { __typename }
    } } }`,
    { id: encodeGlobalId({ type: 'Job', id: graph.job }) },
  );
  expect(node.kind).toEqual({ __typename: 'RunConnection' });
  const { endCursor } = (node.cursor as { pageInfo: { endCursor: string } }).pageInfo;
  const counted = await app.counting(() =>
    app.query<{ node: unknown }>(
      `query ($id: ID!, $after: String!) { node(id: $id) { ... on Job {
        all: runs(after: $after) { totalCount }
        some: runs(after: $after, filter: {statuses: [FAILED]}) { totalCount pageInfo { hasPreviousPage } }
      } } }`,
      { id: encodeGlobalId({ type: 'Job', id: graph.job }), after: endCursor },
    ),
  );
  expect(counted.result.node).toEqual({
    all: { totalCount: 6 },
    some: { totalCount: 2, pageInfo: { hasPreviousPage: false } },
  });
  // It was not read a second time, level by level, because of an error.
  expect(counted.statements).toHaveLength(1);
});

test('aliases of one field of Query with the same arguments all get the answer', async () => {
  const { statements, result } = await app.counting(() =>
    app.query<Record<string, unknown>>(`{
      a: projects(first: 1) { nodes { name } }
      b: projects(first: 1) { nodes { name } }
      c: project(ref: "beta") { name }
      d: project(ref: "beta") { name }
    }`),
  );
  const page = { nodes: [{ name: 'alpha' }] };
  expect(result).toEqual({ a: page, b: page, c: { name: 'beta' }, d: { name: 'beta' } });
  expect(statements).toHaveLength(1);
});
