import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../../src/domain/naming/global-id.ts';
import type { RunStatus } from '../../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { idAt, seeder, type Seeder } from '../../../kit/data/seed.ts';

interface Progress {
  elapsedSeconds: number;
  blockCount: number;
  succeededBlockCount: number;
  blockNumber: number | null;
  block: { command: string; status: string } | null;
  streamCount: number;
  streams: { stream: string; extractedRecords: number | null; loadedRecords: number | null }[];
  extractedRecords: number | null;
  loadedRecords: number | null;
  recordsPerSecond: number | null;
  expectedSeconds: number | null;
  remainingSeconds: number | null;
}

let app: TestApp;
let seed: Seeder;
let project: string;
let environmentId: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'shop' });
  environmentId = await seed.environment(project, { name: 'dev' });
});
afterAll(() => app.stop());

const selection = `progress {
  elapsedSeconds blockCount succeededBlockCount blockNumber block { command status } streamCount
  streams { stream extractedRecords loadedRecords } extractedRecords loadedRecords recordsPerSecond
  expectedSeconds remainingSeconds
}`;

async function progressOf(id: string): Promise<Progress | null> {
  const { run } = await app.query<{ run: { progress: Progress | null } }>(
    `query ($id: ID!) { run(ref: $id) { ${selection} } }`,
    { id: encodeGlobalId({ type: 'Run', id }) },
  );
  return run.progress;
}

let jobs = 0;
const newJob = (): Promise<string> => seed.job(environmentId, { name: `job-${(jobs += 1)}` });

const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

/** A run of a job that took, or has taken up to now, some seconds. */
function runOf(jobId: string, status: RunStatus, seconds: number, others: object = {}): Promise<string> {
  const endedAt = status === 'RUNNING' ? {} : { endedAt: ago(0) };
  const started = { startedAt: ago(seconds), ...endedAt };
  return seed.run(project, { environmentId, jobId, status, ...started, ...others });
}

test('a run that has not started has none', async () => {
  const jobId = await newJob();
  expect(await progressOf(await seed.run(project, { environmentId, jobId, status: 'QUEUED' }))).toBeNull();
  const cancelled = { status: 'CANCELLED', endedAt: ago(0) } as const;
  expect(await progressOf(await seed.run(project, { environmentId, jobId, ...cancelled }))).toBeNull();
});

test('a run that has just started knows its blocks, and no more', async () => {
  const run = await runOf(await newJob(), 'RUNNING', 0);
  await seed.block(run, { position: 0 });
  expect(await progressOf(run)).toEqual({
    elapsedSeconds: expect.any(Number) as number,
    ...{ blockCount: 1, succeededBlockCount: 0, blockNumber: null, block: null, streamCount: 0, streams: [] },
    ...{ extractedRecords: null, loadedRecords: null, recordsPerSecond: null },
    ...{ expectedSeconds: null, remainingSeconds: null },
  });
});

test('a run is at a block, and counts the records of each stream on both sides', async () => {
  const run = await runOf(await newJob(), 'RUNNING', 100);
  const pair = { kind: 'EXTRACT_LOAD', extractor: 'tap-a', loader: 'target' } as const;
  const first = { ...pair, command: 'tap-a target', status: 'SUCCEEDED', startedAt: ago(100) } as const;
  await seed.block(run, { position: 0, ...first, endedAt: ago(90) });
  const second = { ...pair, extractor: 'tap-b', command: 'tap-b target', status: 'RUNNING' } as const;
  await seed.block(run, { position: 1, ...second, startedAt: ago(90) });
  await seed.block(run, { position: 2 });
  const count = (plugin: string, stream: string, value: number, name = 'record_count'): Promise<void> =>
    seed.metric(run, { plugin, stream, value, name });
  await count('tap-a', 'orders', 600);
  await count('tap-b', 'orders', 100);
  await count('tap-b', 'people', 300);
  await count('target', 'orders', 500);
  await count('target', 'orders', 7, 'batch_processing_time');
  await count('a-mapper', 'orders', 9);
  const progress = await progressOf(run);
  expect(progress).toMatchObject({
    ...{ blockCount: 3, succeededBlockCount: 1, blockNumber: 2 },
    block: { command: 'tap-b target', status: 'RUNNING' },
    streamCount: 2,
    streams: [
      { stream: 'orders', extractedRecords: 700, loadedRecords: 500 },
      { stream: 'people', extractedRecords: 300, loadedRecords: null },
    ],
    ...{ extractedRecords: 1000, loadedRecords: 500 },
  });
  const { elapsedSeconds = 0, recordsPerSecond } = progress ?? {};
  expect(elapsedSeconds).toBeGreaterThanOrEqual(100);
  expect(elapsedSeconds).toBeLessThan(200);
  expect(recordsPerSecond).toBeLessThanOrEqual(10);
  expect(recordsPerSecond).toBeGreaterThan(5);
});

test('a run that has ended stays as it was, and nothing remains', async () => {
  const jobId = await newJob();
  await runOf(jobId, 'SUCCEEDED', 30);
  const startedAt = new Date('2026-01-01T00:00:00Z');
  const after = (seconds: number): Date => new Date(startedAt.getTime() + seconds * 1000);
  const times = { startedAt, endedAt: after(50) };
  const run = await seed.run(project, { environmentId, jobId, status: 'FAILED', ...times });
  const pair = { kind: 'EXTRACT_LOAD', extractor: 'tap', loader: 'target' } as const;
  // Its worker was lost: nobody has said when the block ended.
  await seed.block(run, { position: 0, ...pair, status: 'ABANDONED', startedAt: after(10) });
  await seed.block(run, { position: 1, status: 'ABANDONED' });
  await seed.metric(run, { plugin: 'target', stream: 'orders', value: 80 });
  expect(await progressOf(run)).toMatchObject({
    ...{ elapsedSeconds: 50, blockCount: 2, succeededBlockCount: 0, blockNumber: 1 },
    ...{ block: { status: 'ABANDONED' }, extractedRecords: null, loadedRecords: 80, recordsPerSecond: 2 },
    ...{ expectedSeconds: null, remainingSeconds: 0 },
  });
});

test('what remains is estimated from the last successful runs of the job that did the same', async () => {
  const jobId = await newJob();
  const took = (seconds: number, others: object = {}): Promise<string> => {
    const startedAt = new Date('2026-01-01T00:00:00Z');
    const endedAt = new Date(startedAt.getTime() + seconds * 1000);
    return runOf(jobId, 'SUCCEEDED', 0, { startedAt, endedAt, ...others });
  };
  // Too long ago to count.
  for (let i = 0; i < 10; i++) await took(9000);
  for (const seconds of [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]) await took(seconds);
  await took(7, { fullRefresh: true });
  await took(8, { command: 'tap other' });
  await took(9, { status: 'FAILED' });
  const young = await progressOf(await runOf(jobId, 'RUNNING', 0));
  expect(young?.expectedSeconds).toBe(550);
  expect(young?.remainingSeconds).toBeGreaterThan(450);
  expect(young?.remainingSeconds).toBeLessThanOrEqual(550);
  // The three that took longer say what to expect of one that has taken 750 seconds.
  const late = await progressOf(await runOf(jobId, 'RUNNING', 750));
  expect(late?.expectedSeconds).toBe(550);
  expect(late?.remainingSeconds).toBeGreaterThan(80);
  expect(late?.remainingSeconds).toBeLessThanOrEqual(150);
  const later = await progressOf(await runOf(jobId, 'RUNNING', 2000));
  expect(later).toMatchObject({ expectedSeconds: 550, remainingSeconds: null });
  const refresh = await progressOf(await runOf(jobId, 'RUNNING', 0, { fullRefresh: true }));
  expect(refresh?.expectedSeconds).toBe(7);
  const other = await progressOf(await runOf(await newJob(), 'RUNNING', 0));
  expect(other?.expectedSeconds).toBeNull();
});

test('of many streams those with the most records are listed', async () => {
  const run = await runOf(await newJob(), 'RUNNING', 10);
  await seed.block(run, { position: 0, kind: 'EXTRACT_LOAD', extractor: 'tap', loader: 'target' });
  await app.app.store.prisma.runMetric.createMany({
    data: Array.from({ length: 150 }, (_, i) => ({
      ...{ runId: run, plugin: 'tap', name: 'record_count', stream: `s${i}`, value: i + 1 },
    })),
  });
  const progress = await progressOf(run);
  expect(progress).toMatchObject({ streamCount: 150, extractedRecords: (150 * 151) / 2 });
  expect(progress?.streams).toHaveLength(100);
  expect(progress?.streams[0]).toMatchObject({ stream: 's149', extractedRecords: 150 });
});

test('the progress of all runs of lists in lists is one statement, and reads a few runs of a long history', async () => {
  const jobId = await newJob();
  const day = Date.UTC(2025, 5, 1);
  await app.app.store.prisma.run.createMany({
    data: Array.from({ length: 200 }, (_, i) => ({
      ...{ id: idAt(day + i), projectId: project, environmentId, jobId, command: 'tap target' },
      ...{ status: 'SUCCEEDED' as const, kind: 'RUN' as const, startedAt: new Date(day) },
      endedAt: new Date(day + 1000),
    })),
  });
  for (let i = 0; i < 3; i++) await runOf(jobId, 'RUNNING', 1);
  await app.app.store.prisma.$executeRaw`ANALYZE "Run"`;
  const fields = 'progress { elapsedSeconds expectedSeconds }';
  const runs = `runs(first: 5, filter: {statuses: [RUNNING]}) { nodes { ${fields} } }`;
  const read = `{ projects { nodes { environments { nodes { jobs { nodes { ${runs} } } } } } } }`;
  const { statements, params, result } = await app.counting(() => app.query<object>(read));
  expect(statements).toHaveLength(2);
  expect(JSON.stringify(result)).toContain('"expectedSeconds":1');
  const [plan] = await app.app.store.prisma.$queryRawUnsafe<{ 'QUERY PLAN': unknown }[]>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${statements[1]}`,
    ...(JSON.parse(params[1] ?? '[]') as unknown[]),
  );
  const rows = [...JSON.stringify(plan).matchAll(/"Relation Name":"Run",.*?"Actual Rows":(\d+)/g)];
  expect(Math.max(...rows.map(([, count]) => Number(count)))).toBeLessThanOrEqual(50);
  const without = await app.counting(() => app.query<object>(read.replace(fields, 'id')));
  expect(without.statements).toHaveLength(1);
});
