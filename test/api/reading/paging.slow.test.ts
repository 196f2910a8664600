import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { connections, type Connection } from '../../kit/schema-walk.ts';
import { seeder } from '../../kit/data/seed.ts';
import { seedGraph, type SeededGraph } from '../../kit/data/seed-graph.ts';

let app: TestApp;
/** The parent of each list in the seeded graph, by its type; by the list where that has another one. */
let parents: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  const graph: SeededGraph = await seedGraph(seeder(app.app.store));
  parents = {
    Project: encodeGlobalId({ type: 'Project', id: graph.project }),
    Environment: encodeGlobalId({ type: 'Environment', id: graph.dev }),
    Job: encodeGlobalId({ type: 'Job', id: graph.job }),
    Schedule: encodeGlobalId({ type: 'Schedule', id: graph.schedule }),
    'Schedule.afterJobs': encodeGlobalId({ type: 'Schedule', id: graph.follower }),
    Service: encodeGlobalId({ type: 'Service', id: graph.service }),
    Run: encodeGlobalId({ type: 'Run', id: graph.run }),
    // What has no id of its own is found below what has.
    Catalog: encodeGlobalId({ type: 'Plugin', id: graph.plugin }),
    State: encodeGlobalId({ type: 'State', id: graph.state }),
    BulkOperation: encodeGlobalId({ type: 'BulkOperation', id: graph.bulkOperation }),
    Worker: encodeGlobalId({ type: 'Worker', id: graph.worker }),
    Webhook: encodeGlobalId({ type: 'Webhook', id: graph.webhook }),
  };
});
afterAll(() => app.stop());

interface Page {
  edges: { cursor: string; node: Record<string, unknown> }[];
  nodes: Record<string, unknown>[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number | null;
}

// What lists of a type are ordered by, where callers cannot choose.
const only: Record<string, { by: string; direction: 'ASC' | 'DESC' }> = {
  RunBlock: { by: 'POSITION', direction: 'ASC' },
  RunLog: { by: 'SEQUENCE', direction: 'ASC' },
  RunMetric: { by: 'PLUGIN', direction: 'ASC' },
  StateVersion: { by: 'VERSION', direction: 'DESC' },
  Stream: { by: 'NAME', direction: 'ASC' },
  BulkItem: { by: 'POSITION', direction: 'ASC' },
  ScheduleTick: { by: 'DUE_AT', direction: 'DESC' },
  BulkOperation: { by: 'CREATED_AT', direction: 'DESC' },
  Worker: { by: 'CREATED_AT', direction: 'DESC' },
  RunLimit: { by: 'KEY', direction: 'ASC' },
  WorkerProject: { by: 'DIRECTORY', direction: 'ASC' },
  ProjectFile: { by: 'PATH', direction: 'ASC' },
  ProjectVariable: { by: 'NAME', direction: 'ASC' },
  Run: { by: 'CREATED_AT', direction: 'DESC' },
  WebhookDelivery: { by: 'CREATED_AT', direction: 'DESC' },
};

// What tells rows of a type apart, beside what the list is ordered by.
const keys: Record<string, string> = {
  RunLog: 'sequence',
  RunMetric: 'plugin stream name',
  Stream: 'name',
  BulkItem: 'position',
  ScheduleTick: 'dueAt',
  WorkerProject: 'directory',
  ProjectFile: 'path',
  ProjectVariable: 'name updatedAt',
  RunLimit: 'key',
};

/** Reads several pages of one list in one request, and counts the statements. The cursors are `$c0`, `$c1` and so on. */
async function readPages(
  { parent, field, node }: Connection,
  order: string,
  pages: readonly string[],
  cursors: readonly (string | null)[] = [],
): Promise<{ pages: Page[]; statements: number }> {
  const fields = `${keys[node] ?? 'id'} ${fieldOf(order)}`;
  const lists = pages
    .map(
      (args, i) => `p${i}: ${field}(${args}) {
        edges { cursor node { ${fields} } } nodes { ${fields} } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }`,
    )
    .join('\n');
  const id = parents[`${parent}.${field}`] ?? parents[parent];
  const variables = Object.fromEntries(cursors.map((cursor, i) => [`c${i}`, cursor]));
  const declared = Object.keys(variables).map((name) => `$${name}: String`);
  const selection =
    id === undefined
      ? `{ ${lists} }`
      : parent === 'Catalog'
        ? `{ node(id: "${id}") { ... on Plugin { node: catalog(environment: "${parents.Environment}") { ${lists} } } } }`
        : `{ node(id: "${id}") { ... on ${parent} { ${lists} } } }`;
  const operation = declared.length === 0 ? selection : `query (${declared.join()}) ${selection}`;
  const { statements, result } = await app.counting(() =>
    app.query<Record<string, Page> & { node?: Record<string, Page> & { node?: Record<string, Page> } }>(
      operation,
      variables,
    ),
  );
  const read = result.node?.node ?? result.node ?? result;
  return { pages: pages.map((_args, i) => read[`p${i}`] as Page), statements: statements.length };
}

/** The field that an order is by: `CREATED_AT` orders by `createdAt`. */
function fieldOf(order: string): string {
  if (order === 'DURATION') return 'durationSeconds';
  return order.toLowerCase().replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
}

// Numbers that look random and are the same each time (a linear congruential generator).
function* numbers(): Generator<number, never> {
  for (let state = 1; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state;
  }
}

interface Asked {
  first?: number;
  last?: number;
  after?: number;
  before?: number;
}

/** What the Relay specification says about a page of a list, whose rows are given by their cursors. */
function expectedPage(all: readonly string[], { first, last, after, before }: Asked) {
  const start = after === undefined ? 0 : after + 1;
  const end = before ?? all.length;
  const between = all.slice(start, Math.max(start, end));
  const rows =
    last === undefined ? between.slice(0, first) : between.slice(Math.max(0, between.length - last));
  const more = rows.length < between.length;
  return {
    rows,
    hasNextPage: last === undefined ? more : before !== undefined,
    hasPreviousPage: last === undefined ? after !== undefined : more,
  };
}

// By a time that is no field of its rows: `test/api/schedules/firing.slow.test.ts` reads its pages.
const elsewhere = 'Query.upcomingRuns';

const cases = connections().flatMap((connection) => {
  const name = `${connection.parent}.${connection.field}`;
  if (name === elsewhere) return [];
  if (connection.orders.length === 0) {
    const { by, direction } = only[connection.node] as (typeof only)[string];
    return [{ name, connection, order: by, direction, orderBy: '' }];
  }
  return connection.orders.flatMap((order) =>
    (['ASC', 'DESC'] as const).map((direction) => ({
      name: `${name} by ${order} ${direction}`,
      connection,
      order,
      direction,
      orderBy: `orderBy: {field: ${order}, direction: ${direction}}`,
    })),
  );
});

describe.each(cases)('$name', ({ connection, order, direction, orderBy }) => {
  // Every list but the root's takes a statement for its parent.

  test('is in order, and the other direction is its reverse', async () => {
    const other = `orderBy: {field: ${order}, direction: ${direction === 'ASC' ? 'DESC' : 'ASC'}}`;
    const hasOther = orderBy !== '';
    const { pages, statements } = await readPages(connection, order, [
      `first: 100, ${orderBy}`,
      hasOther ? `first: 100, ${other}` : 'last: 100',
    ]);
    const [page, reversed] = pages as [Page, Page];
    expect(statements).toBe(1);
    expect(page.nodes.length, 'rows to order').toBeGreaterThan(2);
    expect(page.totalCount).toBe(page.nodes.length);
    expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
    expect(page.nodes).toEqual(hasOther ? reversed.nodes.toReversed() : reversed.nodes);
    const values = page.nodes.map((row) => row[fieldOf(order)] as string | number);
    const ascending = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
    expect(values).toEqual(direction === 'ASC' ? ascending : ascending.reverse());
    const cursors = page.edges.map(({ cursor }) => cursor);
    expect(new Set(cursors).size).toBe(cursors.length);
    const again = reversed.edges.map(({ cursor }) => cursor);
    expect(cursors).toEqual(hasOther ? again.reverse() : again);
  });

  test('visits every row exactly once, by pages of any size, forward and backward', async () => {
    const all = await readPages(connection, order, [`first: 100, ${orderBy}`]);
    const rows = all.pages[0]?.edges.map(({ cursor }) => cursor) as string[];
    // All ways through the list, each page after or before the one that was read last.
    const ways = [1, 2, 3].flatMap((size) => [
      { size, backward: false },
      { size, backward: true },
    ]);
    const visits = ways.map((way) => ({
      ...way,
      visited: [] as string[],
      from: null as string | null,
      more: true,
    }));
    const pagesOf = ways.map(({ size, backward }, i) =>
      backward ? `${orderBy}, last: ${size}, before: $c${i}` : `${orderBy}, first: ${size}, after: $c${i}`,
    );
    while (visits.some(({ more }) => more)) {
      const cursors = visits.map(({ from }) => from);
      const { pages } = await readPages(connection, order, pagesOf, cursors);
      for (const [i, visit] of visits.entries()) {
        if (!visit.more) continue;
        const { edges, pageInfo } = pages[i] as Page;
        const read = edges.map(({ cursor }) => cursor);
        expect(pageInfo.startCursor).toBe(read[0]);
        expect(pageInfo.endCursor).toBe(read.at(-1));
        if (visit.backward) visit.visited.unshift(...read);
        else visit.visited.push(...read);
        expect(visit.visited.length).toBeLessThanOrEqual(rows.length);
        visit.from = visit.backward ? pageInfo.startCursor : pageInfo.endCursor;
        visit.more = visit.backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
      }
    }
    for (const { visited } of visits) expect(visited).toEqual(rows);
  });

  test('gives what the Relay specification says for any arguments', async () => {
    const all = await readPages(connection, order, [`first: 100, ${orderBy}`]);
    const rows = all.pages[0]?.edges.map(({ cursor }) => cursor) as string[];
    const random = numbers();
    const pick = (below: number): number => random.next().value % below;
    const asked = Array.from({ length: 40 }, (): Asked => {
      const size = pick(rows.length + 2);
      return {
        ...(pick(2) === 0 ? { first: size } : { last: size }),
        ...(pick(2) === 0 ? { after: pick(rows.length) } : {}),
        ...(pick(2) === 0 ? { before: pick(rows.length) } : {}),
      };
    });
    const { pages, statements } = await readPages(
      connection,
      order,
      asked.map(({ first, last, after, before }) =>
        [
          orderBy,
          first === undefined ? `last: ${last ?? 0}` : `first: ${first}`,
          after === undefined ? '' : `after: "${rows[after]}"`,
          before === undefined ? '' : `before: "${rows[before]}"`,
        ].join(' '),
      ),
    );
    expect(statements).toBe(1);
    const got = pages.map(({ edges, pageInfo: { hasNextPage, hasPreviousPage } }, i) => ({
      asked: asked[i],
      rows: edges.map(({ cursor }) => cursor),
      hasNextPage,
      hasPreviousPage,
    }));
    expect(got).toEqual(asked.map((one) => ({ asked: one, ...expectedPage(rows, one) })));
    for (const { totalCount } of pages) expect(totalCount).toBe(rows.length);
  });
});
