import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { idAt, seeder, type Seeder } from '../../kit/data/seed.ts';

interface Distribution {
  count: number;
  total: number;
  min: number;
  max: number;
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

interface Part {
  endedSince: string;
  endedBefore: string;
  runCount: number;
  succeededCount: number;
  failedCount: number;
  cancelledCount: number;
  timedOutCount: number;
  lostCount: number;
  successRate: number | null;
  durationSeconds: Distribution | null;
  queuedSeconds: Distribution | null;
  records: Distribution | null;
}

interface Statistics {
  total: Part;
  series: Part[];
}

let app: TestApp;
let seed: Seeder;
let projectId: string;
let environmentId: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  projectId = await seed.project({ name: 'shop' });
  environmentId = await seed.environment(projectId, { name: 'dev' });
});
afterAll(() => app.stop());

let made = 0;
const newJob = (): Promise<string> => seed.job(environmentId, { name: `job-${(made += 1)}` });

/** A run that ended at a time, after it had waited and run for some seconds. */
function endedRun(
  jobId: string,
  end: string | number,
  { seconds = 10, waited = 2, status = 'SUCCEEDED', ...others } = {},
): { id: string; projectId: string; command: string; kind: 'RUN' } & Record<string, unknown> {
  const endedAt = new Date(end);
  const startedAt = new Date(endedAt.getTime() - seconds * 1000);
  const id = idAt(startedAt.getTime() - waited * 1000, (made += 1));
  const where = { projectId, environmentId, jobId, command: 'tap target', kind: 'RUN' as const };
  return { id, ...where, status, startedAt, endedAt, ...others };
}
const store = async (...runs: ReturnType<typeof endedRun>[]): Promise<void> => {
  await app.app.store.prisma.run.createMany({ data: runs as never });
};

const distribution = 'count total min max mean p50 p90 p95 p99';
const part = `endedSince endedBefore runCount succeededCount failedCount cancelledCount timedOutCount lostCount successRate
  durationSeconds { ${distribution} } queuedSeconds { ${distribution} } records { ${distribution} }`;

async function statisticsOf(jobId: string, args: string): Promise<Statistics> {
  const { job } = await app.query<{ job: { statistics: Statistics } }>(
    `query ($id: ID!) { job(ref: $id) { statistics(${args}) { total { ${part} } series { ${part} } } } }`,
    { id: encodeGlobalId({ type: 'Job', id: jobId }) },
  );
  return job.statistics;
}
const may = 'endedSince: "2026-05-01T00:00:00Z", endedBefore: "2026-06-01T00:00:00Z"';

test('runs are counted by outcome when they end, by whatever ends them', async () => {
  const job = await newJob();
  const statuses = [
    'SUCCEEDED',
    'SUCCEEDED',
    'SUCCEEDED',
    'FAILED',
    'TIMED_OUT',
    'LOST',
    'CANCELLED',
  ] as const;
  await store(...statuses.map((status, i) => endedRun(job, `2026-05-0${i + 1}T12:00:00Z`, { status })));
  const open = await seed.run(projectId, { environmentId, jobId: job, status: 'RUNNING' });
  await store({ ...endedRun(job, '2026-05-03T00:00:00Z'), kind: 'TEST' as never });
  const before = await statisticsOf(job, may);
  expect(before.total).toMatchObject({
    ...{ endedSince: '2026-05-01T00:00:00.000Z', endedBefore: '2026-06-01T00:00:00.000Z' },
    ...{ runCount: 7, succeededCount: 3, failedCount: 1, timedOutCount: 1, lostCount: 1, cancelledCount: 1 },
    successRate: 0.5,
  });
  expect(before.total.durationSeconds?.count).toBe(3);
  expect(before.total.queuedSeconds?.count).toBe(7);
  const { prisma } = app.app.store;
  const ended = { status: 'FAILED', endedAt: new Date('2026-05-31T23:59:59.999Z') } as const;
  await prisma.run.update({ where: { id: open }, data: ended });
  // What is written to a run after its end counts it no second time.
  await prisma.run.update({ where: { id: open }, data: { ...ended, exitCode: 1 } });
  const after = await statisticsOf(job, may);
  expect(after.total).toMatchObject({ runCount: 8, failedCount: 2 });
  expect(after.series).toHaveLength(31);
  expect(after.series.map(({ runCount }) => runCount)).toEqual([
    ...statuses.map(() => 1),
    ...Array.from({ length: 23 }, () => 0),
    1,
  ]);
});

test('runs that are stored together count as each of them that ends alone', async () => {
  const { prisma } = app.app.store;
  const [together, alone, other] = [await newJob(), await newJob(), await newJob()];
  const runsOf = (job: string): ReturnType<typeof endedRun>[] =>
    Array.from({ length: 40 }, (_, i) =>
      endedRun(job, Date.UTC(2026, 4, 1 + (i % 2), 12, 7 * (i % 5)), {
        ...{ seconds: 3 * (i % 9) ** 3, waited: i % 7, status: i % 4 === 0 ? 'FAILED' : 'SUCCEEDED' },
      }),
    );
  const runs = runsOf(together);
  // Those of two jobs in one statement, and then more of the same days.
  await store(...runs.slice(0, 25), ...runsOf(other));
  await store(...runs.slice(25));
  for (const { endedAt, status, ...run } of runsOf(alone)) {
    await prisma.run.create({ data: { ...run, status: 'RUNNING' } });
    await prisma.run.update({ where: { id: run.id }, data: { endedAt, status } as never });
  }
  const rollupsOf = (job: string): Promise<object[]> =>
    prisma.$queryRaw`
      SELECT to_jsonb(r) - 'jobId' - '{durations,queued,records}'::text[] AS row, durations::text, queued::text, records::text
      FROM "RunRollup" AS r WHERE "jobId" = ${job}::uuid ORDER BY minutes, "startsAt"`;
  const counted = await rollupsOf(alone);
  expect(counted).toHaveLength(6);
  expect(await rollupsOf(together)).toEqual(counted);
  expect(await rollupsOf(other)).toEqual(counted);
});

test('the runs of a job of which none has ended are none', async () => {
  const { total, series } = await statisticsOf(await newJob(), 'interval: DAY');
  const none = { runCount: 0, successRate: null, durationSeconds: null, queuedSeconds: null, records: null };
  expect(total).toMatchObject(none);
  expect(series).toHaveLength(8);
  expect(series[0]).toMatchObject(none);
  const cancelled = await newJob();
  await store(endedRun(cancelled, '2026-05-05T00:00:00Z', { status: 'CANCELLED', ...{ startedAt: null } }));
  const onlyCancelled = { runCount: 1, cancelledCount: 1, successRate: null, queuedSeconds: null };
  expect((await statisticsOf(cancelled, may)).total).toMatchObject(onlyCancelled);
});

test('percentiles are at most 2 % off, and the rest is exact', async () => {
  const job = await newJob();
  const durations = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 400) / 4 + 0.25);
  await store(
    ...durations.map((seconds, i) => {
      const end = Date.UTC(2026, 4, 1) + i * 5_000_000;
      return endedRun(job, end, { seconds, waited: (i % 10) / 10 });
    }),
  );
  const { total, series } = await statisticsOf(job, may);
  const found = total.durationSeconds as Distribution;
  expect(found).toMatchObject({ count: 400, min: 0.25, max: 100 });
  expect(found.total).toBeCloseTo(20_050, 6);
  expect(found.mean).toBeCloseTo(50.125, 6);
  for (const [percentile, exact] of [
    ['p50', 50],
    ['p90', 90],
    ['p95', 95],
    ['p99', 99],
  ] as const)
    expect(Math.abs(found[percentile] - exact) / exact).toBeLessThanOrEqual(0.02);
  expect(total.queuedSeconds).toMatchObject({ min: 0, max: 0.9 });
  expect(Math.abs((total.queuedSeconds?.p50 ?? 0) - 0.4) / 0.4).toBeLessThanOrEqual(0.02);
  const counts = series.map(({ durationSeconds }) => durationSeconds?.count ?? 0);
  expect(counts.reduce((sum, count) => sum + count)).toBe(400);
});

test('records are those of the extractors, or of the loaders where no extractor counts', async () => {
  const job = await newJob();
  for (const [extracted, loaded] of [
    [100, 90],
    [null, 300],
    [null, null],
  ] as const) {
    const startedAt = new Date('2026-05-05T12:00:00Z');
    const run = await seed.run(projectId, { environmentId, jobId: job, status: 'RUNNING', startedAt });
    await seed.block(run, { position: 0, kind: 'EXTRACT_LOAD', extractor: 'tap', loader: 'target' });
    if (extracted) await seed.metric(run, { plugin: 'tap', stream: 'orders', value: extracted });
    if (loaded) await seed.metric(run, { plugin: 'target', stream: 'orders', value: loaded });
    await seed.end(run, new Date('2026-05-05T12:01:00Z'));
  }
  const { total } = await statisticsOf(job, may);
  expect(total).toMatchObject({
    succeededCount: 3,
    records: { count: 2, total: 400, min: 100, max: 300, p99: 300 },
  });
});

test('a run that was to start later waits from then on', async () => {
  const job = await newJob();
  const late = endedRun(job, '2026-05-05T12:00:00Z', { waited: 3600 });
  await store({ ...late, runAt: new Date(Date.parse('2026-05-05T12:00:00Z') - 15_000) });
  expect((await statisticsOf(job, may)).total.queuedSeconds).toMatchObject({ count: 1, max: 5, p50: 5 });
});

test('hours, days and weeks begin where they do in the time zone', async () => {
  const job = await newJob();
  const ends = [
    '2026-03-28T22:59:59Z',
    '2026-03-28T23:00:00Z',
    '2026-03-29T21:59:00Z',
    '2026-03-29T22:00:00Z',
  ];
  await store(...ends.map((end) => endedRun(job, end)));
  const counted = async (args: string): Promise<[string, number][]> => {
    const { series, total } = await statisticsOf(job, args);
    expect(total.runCount).toBe(series.reduce((sum, { runCount }) => sum + runCount, 0));
    expect(total).toMatchObject({
      endedSince: series[0]?.endedSince,
      endedBefore: series.at(-1)?.endedBefore,
    });
    return series.map(({ endedSince, runCount }) => [endedSince.slice(0, 16), runCount]);
  };
  const around = 'endedSince: "2026-03-28T12:00:00Z", endedBefore: "2026-03-30T12:00:00Z"';
  // The day on which the clock is set forward has 23 hours.
  expect(await counted(`${around}, timeZone: "Europe/Berlin"`)).toEqual([
    ['2026-03-27T23:00', 1],
    ['2026-03-28T23:00', 2],
    ['2026-03-29T22:00', 1],
  ]);
  expect(await counted(`${around}, timeZone: "Asia/Kathmandu"`)).toEqual([
    ['2026-03-27T18:15', 0],
    ['2026-03-28T18:15', 2],
    ['2026-03-29T18:15', 2],
  ]);
  expect(await counted(`${around}, interval: WEEK, timeZone: "America/New_York"`)).toEqual([
    ['2026-03-23T04:00', 4],
    ['2026-03-30T04:00', 0],
  ]);
  const hours = await counted(`${around}, interval: HOUR, timeZone: "Asia/Kolkata"`);
  expect(hours[0]).toEqual(['2026-03-28T11:30', 0]);
  expect(hours.filter(([, count]) => count > 0)).toEqual([
    ['2026-03-28T22:30', 2],
    ['2026-03-29T21:30', 2],
  ]);
});

test('runs that are deleted stay counted', async () => {
  const job = await newJob();
  await store(endedRun(job, '2026-05-05T12:00:00Z'));
  await app.app.store.prisma.run.deleteMany({ where: { jobId: job } });
  expect((await statisticsOf(job, may)).total.runCount).toBe(1);
});

test('a time that makes no sense is refused, and harms nothing else', async () => {
  const job = await newJob();
  for (const args of [
    'endedSince: "2026-05-02T00:00:00Z", endedBefore: "2026-05-01T00:00:00Z"',
    'endedSince: "2024-05-01T00:00:00Z", endedBefore: "2026-05-01T00:00:00Z"',
    'endedSince: "2026-01-01T00:00:00Z", endedBefore: "2026-05-01T00:00:00Z", interval: HOUR',
    'timeZone: "Mars/Olympus"',
  ]) {
    const { data, errors } = await app.send<{ job: { statistics: object | null } }>(
      `query ($id: ID!) { job(ref: $id) { name statistics(${args}) { total { runCount } } } }`,
      { id: encodeGlobalId({ type: 'Job', id: job }) },
    );
    expect(data.job).toMatchObject({ statistics: null });
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_ARGUMENTS']);
  }
});

test('the statistics of all jobs of a list are one statement, which reads rollups only, however many runs there are', async () => {
  const job = await newJob();
  const day = Date.UTC(2026, 3, 1);
  await store(...Array.from({ length: 300 }, (_, i) => endedRun(job, day + i * 500_000)));
  await app.app.store.prisma.$executeRaw`ANALYZE`;
  const april = 'endedSince: "2026-04-01T00:00:00Z", endedBefore: "2026-05-01T00:00:00Z"';
  const { statements, params, result } = await app.counting(() =>
    app.query<object>(`{ jobs(first: 100) { nodes { statistics(${april}) { series { ${part} } } } } }`),
  );
  expect(JSON.stringify(result)).toContain('"runCount":173');
  expect(statements).toHaveLength(2);
  const [plan] = await app.app.store.prisma.$queryRawUnsafe<{ 'QUERY PLAN': unknown }[]>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${statements[1]}`,
    ...(JSON.parse(params[1] ?? '[]') as unknown[]),
  );
  const text = JSON.stringify(plan);
  expect(text).not.toContain('"Relation Name":"Run"');
  const rows = [...text.matchAll(/"Relation Name":"RunRollup".*?"Actual Rows":(\d+)/g)];
  expect(rows).not.toEqual([]);
  // Of two days, whatever their number.
  for (const [, count] of rows) expect(Number(count)).toBeLessThanOrEqual(2);
});

test('the migration counts what is there as the triggers do', async () => {
  const { prisma } = app.app.store;
  const rollups = () =>
    prisma.$queryRawUnsafe<object[]>(
      `SELECT r::text FROM "RunRollup" AS r ORDER BY "jobId", minutes, "startsAt"`,
    );
  await prisma.run.deleteMany({ where: { jobId: { not: null }, endedAt: null } });
  await prisma.$executeRaw`DELETE FROM "RunRollup" AS r WHERE NOT EXISTS (SELECT FROM "Run" AS x WHERE x."jobId" = r."jobId")`;
  const counted = await rollups();
  expect(counted.length).toBeGreaterThan(100);
  await prisma.runRollup.deleteMany({});
  const migrations = new URL('../../../prisma/migrations/', import.meta.url);
  const name = (await readdir(migrations)).find((one) => one.endsWith('_run_rollups')) ?? '';
  const text = await readFile(new URL(`${name}/migration.sql`, migrations), 'utf8');
  await prisma.$executeRawUnsafe(text.slice(text.indexOf('WITH fact AS')));
  expect(await rollups()).toEqual(counted);
});
