import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { explain } from '../../kit/explain.ts';
import { seeder } from '../../kit/data/seed.ts';

const count = 50_000;
/** One run in so many has failed. */
const failedEvery = 1000;
const firstTime = Date.UTC(2026, 0, 1);

let app: TestApp;
let run: string;
const cursors = {} as Record<'deep' | 'deepFailed' | 'deepLine', string>;

beforeAll(async () => {
  app = await startTestApp();
  const { prisma } = app.app.store;
  const seed = seeder(app.app.store);
  const project = await seed.project({ name: 'big' });
  const dev = await seed.environment(project, { name: 'dev' });
  const job = await seed.job(dev, { name: 'often' });
  const other = await seed.job(dev, { name: 'other' });
  // Runs of the other job lie before and after, so that an index that is not the job's reads too much.
  await prisma.$executeRaw`
    INSERT INTO "Run" (id, "projectId", "environmentId", "jobId", kind, trigger, attempt, "startedAt", "endedAt", status, command)
    SELECT (lpad(to_hex(${firstTime}::bigint + n * 1000), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
      ${project}::uuid, ${dev}::uuid,
      CASE WHEN n BETWEEN 1 AND ${count} THEN ${job}::uuid ELSE ${other}::uuid END,
      (CASE WHEN n % 900 = 1 THEN 'TEST' ELSE 'RUN' END)::"RunKind",
      (CASE WHEN n % 900 = 2 THEN 'BULK' WHEN n % 900 = 3 THEN 'RETRY' ELSE 'API' END)::"RunTrigger",
      CASE WHEN n % 900 = 3 THEN 2 ELSE 1 END,
      to_timestamp(${firstTime / 1000}::bigint + n), to_timestamp(${firstTime / 1000}::bigint + n + abs(n) % 977),
      (CASE WHEN n % ${failedEvery} = 0 THEN 'FAILED' WHEN n % 700 = 0 THEN 'LOST' ELSE 'SUCCEEDED' END)::"RunStatus",
      'tap target'
    FROM generate_series(-2999, ${count + 3000}) AS n`;
  run = await seed.run(project, { environmentId: dev, jobId: other, logCount: count });
  await prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, timestamp, level, plugin, message)
    SELECT ${run}::uuid, n, now(), (CASE WHEN n % ${failedEvery} = 0 THEN 'ERROR' ELSE 'INFO' END)::"LogLevel", 'tap', 'a line'
    FROM generate_series(1, ${count}) AS n`;
  await prisma.$executeRaw`ANALYZE`;
  const middle = new Date(firstTime + (count / 2) * 1000).toISOString();
  const { project: read } = await app.query<{
    project: { environment: { job: Record<'deep' | 'deepFailed', { pageInfo: { endCursor: string } }> } };
  }>(`{ project(ref: "big") { environment(name: "dev") { job(name: "often") {
    deep: runs(first: 1, filter: {createdBefore: "${middle}"}) { pageInfo { endCursor } }
    deepFailed: runs(first: 1, filter: {createdBefore: "${middle}", statuses: [FAILED]}) { pageInfo { endCursor } }
  } } } }`);
  cursors.deep = read.environment.job.deep.pageInfo.endCursor;
  cursors.deepFailed = read.environment.job.deepFailed.pageInfo.endCursor;
  const { node } = await app.query<{ node: { logs: { pageInfo: { endCursor: string } } } }>(
    `{ node(id: "${globalId()}") { ... on Run { logs(first: 100) { pageInfo { endCursor } } } } }`,
  );
  cursors.deepLine = node.logs.pageInfo.endCursor;
});
afterAll(() => app.stop());

function globalId(): string {
  return encodeGlobalId({ type: 'Run', id: run });
}

const parents = {
  gateway: (list: string) => `{ ${list} }`,
  job: (list: string) =>
    `{ project(ref: "big") { environment(name: "dev") { job(name: "often") { ${list} } } } }`,
  environment: (list: string) => `{ project(ref: "big") { environment(name: "dev") { ${list} } } }`,
  project: (list: string) => `{ project(ref: "big") { ${list} } }`,
};
const size = 20;
/** What a page says about its far side, beside its rows. */
const info = (args: string): string =>
  `nodes { id status command } pageInfo { ${args.startsWith('last') ? 'hasPreviousPage' : 'hasNextPage'} endCursor }`;

/** Every row that a page reads comes from an index, and there are so many of them. */
async function reads(operation: string, table = 'Run') {
  const { reads, statements, result } = await explain(app, operation, table);
  for (const scan of reads.scans) expect(scan).toMatch(/^Index (Only )?Scan$/);
  expect(reads.scans.length).toBeGreaterThan(0);
  return { rows: reads.rows, statements, result: JSON.stringify(result) };
}

describe.each(['job', 'environment', 'project'] as const)('of 50,000 runs of a %s', (level) => {
  const page = parents[level];

  test.each([
    ['the first page', () => `first: ${size}`],
    ['the last page', () => `last: ${size}`],
    ['the first page, oldest first', () => `first: ${size}, orderBy: {field: CREATED_AT, direction: ASC}`],
    ['the last page, oldest first', () => `last: ${size}, orderBy: {field: CREATED_AT, direction: ASC}`],
    ['a page far from the start', () => `first: ${size}, after: "${cursors.deep}"`],
    ['a page far from the end', () => `last: ${size}, before: "${cursors.deep}"`],
    [
      'a page at a time far back',
      () =>
        `first: ${size}, filter: {createdBefore: "2026-01-01T10:00:00Z", createdSince: "2026-01-01T00:00:00Z"}`,
    ],
  ])('%s is read in one statement, with one row beyond it', async (_page, args) => {
    const { rows, statements, result } = await reads(page(`runs(${args()}) { ${info(args())} }`));
    expect(statements).toBe(1);
    expect(rows).toBe(size + 1);
    expect(result.match(/"status"/g)).toHaveLength(size);
  });

  test.each([
    ['the first page', () => `first: ${size}`],
    ['the last page', () => `last: ${size}`],
    ['a page far from the start', () => `first: ${size}, after: "${cursors.deepFailed}"`],
    ['a page far from the end', () => `last: ${size}, before: "${cursors.deepFailed}"`],
  ])('%s of those in one status reads no run of another', async (_page, args) => {
    const { rows, statements, result } = await reads(
      page(`runs(${args()}, filter: {statuses: [FAILED]}) { ${info(args())} }`),
    );
    expect(statements).toBe(1);
    expect(rows).toBe(size + 1);
    expect(result.match(/FAILED/g)).toHaveLength(size);
  });

  test.each([
    ['first', 'after'],
    ['last', 'before'],
  ])('a page (%s, %s) in three statuses reads at most a page of each', async (way, bound) => {
    const args = `${way}: ${size}, ${bound}: "${cursors.deep}", filter: {statuses: [FAILED, LOST, CANCELLED]}`;
    const { rows, statements, result } = await reads(page(`runs(${args}) { ${info(args)} }`));
    expect(statements).toBe(1);
    // Two of the statuses have runs.
    expect(rows).toBe(2 * (size + 1));
    expect(result.match(/"status"/g)).toHaveLength(size);
  });

  test('whether rows lie on the near side of a cursor takes one row', async () => {
    const { rows } = await reads(
      page(`runs(first: ${size}, after: "${cursors.deep}") { nodes { id } pageInfo { hasPreviousPage } }`),
    );
    expect(rows).toBe(size + 1);
  });

  test('the number of runs is not told when there are more than 1,000', async () => {
    const { rows, statements, result } = await reads(page('runs { totalCount }'));
    expect(statements).toBe(1);
    expect(rows).toBe(1001);
    expect(result).toContain('"totalCount":null');
  });

  test('a number below 1,000 is counted exactly', async () => {
    const { rows, result } = await reads(page('runs(filter: {statuses: [FAILED]}) { totalCount }'));
    const failed = level === 'job' ? count / failedEvery : (count + 6000) / failedEvery;
    expect(rows).toBe(failed);
    expect(result).toContain(`"totalCount":${failed}`);
  });
});

describe.each(['gateway', 'project', 'environment', 'job'] as const)('of all runs of a %s', (level) => {
  const orders = ['CREATED_AT', 'STARTED_AT', 'ENDED_AT', 'DURATION'] as const;
  const choices = [
    '',
    'statuses: [FAILED]',
    'statuses: [CANCELLED]',
    'kinds: [TEST]',
    'kinds: [DISCOVER]',
    'triggers: [BULK]',
    'triggers: [IMPORT]',
    'minAttempt: 2',
    'kinds: [RUN], triggers: [API, RETRY], statuses: [LOST, FAILED]',
  ];
  const bounds: Record<(typeof orders)[number], string[]> = {
    CREATED_AT: ['createdSince: "2026-01-01T10:00:00Z"', 'createdBefore: "2026-01-01T10:00:00Z"'],
    STARTED_AT: ['startedSince: "2026-01-01T10:00:00Z"', 'startedBefore: "2026-01-01T10:00:00Z"'],
    ENDED_AT: ['endedSince: "2026-01-01T10:00:00Z"', 'endedBefore: "2026-01-01T10:00:00Z"'],
    DURATION: ['minDurationSeconds: 500'],
  };
  const cases = orders.flatMap((order) => [
    ...choices.map((choice) => [order, choice] as const),
    ...bounds[order].map((bound) => [order, `${bound}, kinds: [RUN, DISCOVER]`] as const),
  ]);
  const possibleFacets = 65;
  let facets: number;
  beforeAll(async () => {
    facets = (await app.app.store.prisma.run.groupBy({ by: ['facet'] })).length;
  });

  test.each(cases)(
    'a page by %s of those with {%s} reads at most a page of each facet',
    async (order, filter) => {
      for (const direction of ['ASC', 'DESC']) {
        const args = `first: ${size}, orderBy: {field: ${order}, direction: ${direction}}, filter: {${filter}}`;
        const { rows, statements } = await reads(parents[level](`runs(${args}) { ${info(args)} }`));
        expect(statements).toBe(1);
        // PostgreSQL says how many rows a facet has on average, and rounds it.
        expect(rows).toBeLessThanOrEqual(facets * (size + 1) + possibleFacets / 2);
      }
    },
  );
});

test('a run is found by its id among 50,000 without reading another', async () => {
  const { rows } = await reads(parents.environment(`run(id: "${globalId()}") { command }`));
  expect(rows).toBe(1);
});

describe('of 50,000 log lines of a run', () => {
  const lines = (args: string): string =>
    `{ node(id: "${globalId()}") { ... on Run { logs(${args}) { nodes { sequence level message } pageInfo { hasNextPage } } } } }`;

  test.each([
    ['the first page', () => `first: ${size}`],
    ['the last page', () => `last: ${size}`],
    ['a page in between', () => `first: ${size}, after: "${cursors.deepLine}"`],
    ['a page of a severity that all have', () => `last: ${size}, filter: {minLevel: DEBUG}`],
    ['a page of a severity that most have', () => `first: ${size}, filter: {minLevel: INFO}`],
    ['a page of a severity that few have', () => `first: ${size}, filter: {minLevel: WARNING}`],
    ['the last page of a severity that few have', () => `last: ${size}, filter: {minLevel: ERROR}`],
  ])('%s is read in one statement, with a page for each severity at most', async (_page, args) => {
    const { rows, statements, result } = await reads(lines(args()), 'RunLog');
    expect(statements).toBe(1);
    expect(rows).toBeLessThanOrEqual(2 * (size + 1));
    expect(result.match(/"sequence"/g)).toHaveLength(size);
  });

  test('a severity that none have is found to be empty without reading a line', async () => {
    const { rows, result } = await reads(lines(`first: ${size}, filter: {minLevel: CRITICAL}`), 'RunLog');
    expect(rows).toBe(0);
    expect(result).toContain('"nodes":[]');
  });
});
