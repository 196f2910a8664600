import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyRetention } from '../../../src/domain/retention/apply-retention.ts';
import { keepAll, type Retention } from '../../../src/domain/retention-limits.ts';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import type { Prisma } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
let seed: ReturnType<typeof seeder>;
let project: string;
let dev: string;
let job: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
});
afterAll(() => app.stop());

let count = 0;
beforeEach(async () => {
  project = await seed.project({ name: `p${(count += 1)}` });
  dev = await seed.environment(project, { name: 'dev' });
  job = await seed.job(dev, { name: 'sales' });
});

const ago = (days: number): Date => new Date(Date.now() - days * 24 * 3600 * 1000);

const runOf = (data: Partial<Prisma.RunUncheckedCreateInput>, days: number | null): Promise<string> =>
  seed.run(project, { environmentId: dev, ...data, endedAt: days === null ? null : ago(days) });

/** Removes what is not kept in the project, until all is done or something has happened. */
async function retain(
  kept: Partial<Retention>,
  isEnough: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<void> {
  const { store } = app.app;
  await done(app, 'setRetention', { project: `p${count}`, retention: kept }, 'isChanged');
  const walk = applyRetention({ db: store, transaction: store.transaction, retention: keepAll });
  while (!(await walk.next()).done && !(await isEnough()));
  await walk.return();
}

const left = async (): Promise<string[]> => {
  const rows = await app.app.store.prisma.run.findMany({
    where: { projectId: project },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id }) => id);
};

async function linesOf(runId: string, lines: number): Promise<void> {
  await app.app.store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, message)
    SELECT ${runId}::uuid, n, now(), 'INFO', 'x' FROM generate_series(1, ${lines}) AS n`;
  await app.app.store.prisma.$executeRaw`UPDATE "Run" SET "logCount" = ${lines} WHERE id = ${runId}::uuid`;
}

const linesLeft = (runId: string): Promise<number> => app.app.store.prisma.runLog.count({ where: { runId } });

test('old runs are removed with their lines, in short transactions, and nothing that is needed still', async () => {
  const schedule = await seed.schedule(dev, { name: 'watched', jobId: job, pauseAfterFailures: 2 });
  const extract = await seed.schedule(dev, { name: 'extract' });
  const service = await seed.service(dev, { name: 'docs' });
  const backfill = await app.app.store.prisma.bulkOperation.create({
    data: { verb: 'BACKFILL', filter: {}, options: {}, status: 'RUNNING', itemCount: 1 },
  });
  const failed = { status: 'FAILED' } as const;
  const olderSuccess = await runOf({ jobId: job }, 40);
  const newestSuccess = await runOf({ jobId: job }, 39);
  const adHoc = await runOf({}, 40);
  const firstFailure = await runOf({ ...failed, jobId: job, scheduleId: schedule }, 40);
  const failures = [
    await runOf({ ...failed, jobId: job, scheduleId: schedule }, 40),
    await runOf({ ...failed, jobId: job, scheduleId: schedule }, 40),
  ];
  const olderOfSchedule = await runOf({ scheduleId: extract }, 40);
  const newestOfSchedule = await runOf({ scheduleId: extract }, 40);
  const olderOfService = await runOf({ ...failed, serviceId: service, kind: 'SERVICE' }, 40);
  const newestOfService = await runOf({ ...failed, serviceId: service, kind: 'SERVICE' }, 40);
  const repeated = await runOf(failed, 40);
  const inBackfill = await runOf(
    { ...failed, jobId: job, backfillId: backfill.id, scheduledFor: ago(50) },
    40,
  );
  const young = await runOf({}, 20);
  const queued = await runOf({ status: 'QUEUED', retryOfId: repeated, attempt: 2 }, null);
  const running = await runOf({ status: 'RUNNING', jobId: job }, null);
  await linesOf(adHoc, 25_000);
  await linesOf(newestSuccess, 3);

  await retain({ runDays: 30 });
  expect(await left()).toEqual([
    ...[newestSuccess, ...failures, newestOfSchedule, newestOfService, repeated, inBackfill, young, queued],
    running,
  ]);
  const gone = [olderSuccess, adHoc, firstFailure, olderOfSchedule, olderOfService];
  for (const id of gone) expect(await linesLeft(id)).toBe(0);
  expect(await linesLeft(newestSuccess)).toBe(3);
});

test('of each job so many runs are kept as are asked for, and others are not counted', async () => {
  const other = await seed.job(dev, { name: 'other' });
  const success = await runOf({ jobId: job }, 9);
  const runs = [];
  for (let i = 0; i < 5; i++) runs.push(await runOf({ jobId: job, status: 'FAILED' }, 1));
  const running = await runOf({ jobId: job, status: 'RUNNING' }, null);
  const ofOther = await runOf({ jobId: other, status: 'FAILED' }, 400);
  const adHoc = await runOf({ status: 'FAILED' }, 400);
  await retain({ runsPerJob: 2 });
  expect(await left()).toEqual([success, ...runs.slice(3), running, ofOther, adHoc]);
});

test('the lines of a run go while the run stays, as a whole for those who read', async () => {
  const run = await runOf({ status: 'FAILED' }, 10);
  const kept = await runOf({ status: 'FAILED' }, 3);
  await linesOf(run, 25_000);
  await linesOf(kept, 2);
  const shown = async (id: string): Promise<unknown> =>
    (
      await app.query<{ node: unknown }>(
        `{ node(id: "${encodeGlobalId({ type: 'Run', id })}") { ... on Run { logCount logRemovedAt } } }`,
      )
    ).node;
  // The walk dies after it has given the lines up and has removed some of them.
  await retain({ logDays: 7 }, async () => (await linesLeft(run)) < 25_000);
  expect(await linesLeft(run)).toBeGreaterThan(0);
  expect(await shown(run)).toEqual({ logCount: 0, logRemovedAt: expect.any(String) as string });
  await retain({ logDays: 7 });
  expect(await linesLeft(run)).toBe(0);
  expect(await linesLeft(kept)).toBe(2);
  expect(await shown(kept)).toEqual({ logCount: 2, logRemovedAt: null });
  const file = new URL(`runs/${encodeGlobalId({ type: 'Run', id: run })}/log`, app.url);
  expect((await fetch(file)).status).toBe(410);
  expect(await left()).toEqual([run, kept]);
});

test('former versions of a state go, and the newest stays, whatever its age', async () => {
  const { prisma } = app.app.store;
  const versionsOf = async (): Promise<number[]> => {
    const rows = await prisma.stateVersion.findMany({
      where: { stateRowId: state },
      orderBy: { version: 'asc' },
    });
    return rows.map(({ version }) => version);
  };
  const state = await seed.state(dev, { stateId: `s${count}` });
  for (let version = 1; version <= 60; version += 1) {
    await seed.stateVersion(state, { version, stateId: `s${count}`, changedAt: ago(100 - version) });
  }
  await retain({ versionsPerState: 10 });
  expect(await versionsOf()).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
  await retain({ stateVersionDays: 45 });
  expect(await versionsOf()).toEqual([56, 57, 58, 59, 60]);
  await retain({ stateVersionDays: 1 });
  expect(await versionsOf()).toEqual([60]);
});

test('old ticks go, but not the newest of a schedule, nor one whose run has not ended', async () => {
  const { prisma } = app.app.store;
  const schedule = await seed.schedule(dev, { name: 'hourly', jobId: job });
  const running = await runOf({ status: 'RUNNING', jobId: job, scheduleId: schedule }, null);
  for (let i = 0; i < 50; i++) {
    const dueAt = ago(99.5 - i);
    const facts = { dueAt, lastDueAt: dueAt, plannedAt: dueAt, decidedAt: dueAt };
    const outcome = i === 3 ? 'RUN' : 'SKIPPED';
    await prisma.scheduleTick.create({
      data: { scheduleId: schedule, ...facts, outcome, runId: i === 3 ? running : null },
    });
  }
  await retain({ tickDays: 60 });
  // The 40 oldest, without the one of the run.
  expect(await prisma.scheduleTick.count({ where: { scheduleId: schedule } })).toBe(11);
  await retain({ tickDays: 1 });
  expect(await prisma.scheduleTick.count({ where: { scheduleId: schedule } })).toBe(2);
});

test('of each schedule so many ticks are kept as are asked for, and one whose run has not ended', async () => {
  const { prisma } = app.app.store;
  const [many, few] = [await seed.schedule(dev, { name: 'many' }), await seed.schedule(dev, { name: 'few' })];
  const running = await runOf({ status: 'RUNNING', scheduleId: many }, null);
  const tick = (scheduleId: string, days: number, runId: string | null) => {
    const dueAt = ago(days);
    const facts = { dueAt, lastDueAt: dueAt, plannedAt: dueAt, decidedAt: dueAt };
    return { scheduleId, ...facts, outcome: runId === null ? ('SKIPPED' as const) : ('RUN' as const), runId };
  };
  const ticks = Array.from({ length: 1500 }, (_, i) => tick(many, 1 + i / 24, i === 700 ? running : null));
  await prisma.scheduleTick.createMany({ data: [...ticks, tick(few, 400, null), tick(few, 500, null)] });
  await retain({ ticksPerSchedule: 3 });
  const left = await prisma.scheduleTick.findMany({
    where: { scheduleId: many },
    orderBy: { dueAt: 'desc' },
  });
  expect(left.map(({ dueAt }) => dueAt)).toEqual([0, 1, 2, 700].map((i) => ticks[i]?.dueAt));
  expect(await prisma.scheduleTick.count({ where: { scheduleId: few } })).toBe(2);
});

test('of the lines of a project those of its newest runs are kept, as many as there is room for', async () => {
  const megabyte = 1e6;
  const sized = async (bytes: number | null, status: 'FAILED' | 'RUNNING' | 'SUCCEEDED'): Promise<string> => {
    const days = status === 'RUNNING' ? null : 1;
    // The newest success of the job is kept, whatever it takes.
    const run = await runOf({ status, jobId: job, logBytes: bytes }, days);
    await linesOf(run, 3);
    return run;
  };
  const usual = await sized(null, 'FAILED');
  const success = await sized(megabyte, 'SUCCEEDED');
  const large = await sized(megabyte, 'FAILED');
  const small = await sized(0.4 * megabyte, 'FAILED');
  const running = await sized(1.5 * megabyte, 'RUNNING');
  const runs = { usual, success, large, small, running };
  const lines = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(runs).map(async ([name, id]): Promise<[string, number]> => [
          name,
          await linesLeft(id),
        ]),
      ),
    );
  await retain({ logMegabytes: 10 });
  expect(await lines()).toEqual({ usual: 3, success: 3, large: 3, small: 3, running: 3 });
  await retain({ logMegabytes: 2 });
  expect(await lines()).toEqual({ usual: 0, success: 3, large: 0, small: 3, running: 3 });
  await retain({ logMegabytes: 1 });
  expect(await lines()).toEqual({ usual: 0, success: 3, large: 0, small: 0, running: 3 });
  expect(await left()).toEqual(Object.values(runs));
});

test('a project without a retention of its own has that of the gateway, and one that keeps all keeps all', async () => {
  const { store } = app.app;
  const old = await runOf({ status: 'FAILED' }, 400);
  const walk = async (retention: Retention): Promise<void> => {
    const steps = applyRetention({ db: store, transaction: store.transaction, retention });
    while (!(await steps.next()).done);
  };
  await done(app, 'setRetention', { project: `p${count}`, retention: {} }, 'isChanged');
  await walk({ ...keepAll, runDays: 30 });
  expect(await left()).toEqual([old]);
  await done(app, 'setRetention', { project: `p${count}`, retention: null }, 'isChanged');
  await walk(keepAll);
  expect(await left()).toEqual([old]);
  await walk({ ...keepAll, runDays: 30 });
  expect(await left()).toEqual([]);
});

test('the verb sets it as a whole, says what it is, and refuses what is out of range', async () => {
  const selection = 'isChanged project { retention { isDefault runDays runsPerJob tickDays } }';
  const set = (retention: object | null): Promise<unknown> =>
    done(app, 'setRetention', { project: `p${count}`, retention }, selection);
  const nothing = { runDays: null, runsPerJob: null, tickDays: null };
  expect(await set({ runDays: 10, runsPerJob: 3 })).toMatchObject({
    isChanged: true,
    project: { retention: { isDefault: false, runDays: 10, runsPerJob: 3, tickDays: null } },
  });
  expect(await set({ runsPerJob: 3, runDays: 10 })).toMatchObject({ isChanged: false });
  expect(await set({ tickDays: 5 })).toMatchObject({ project: { retention: { ...nothing, tickDays: 5 } } });
  expect(await set(null)).toMatchObject({
    isChanged: true,
    project: { retention: { ...nothing, isDefault: true } },
  });
  const wrong = { project: `p${count}`, retention: { runDays: 0, versionsPerState: 100_001 } };
  expect(mistakes(await refused(app, 'setRetention', wrong))).toEqual([
    'input.retention.runDays: OUT_OF_RANGE',
    'input.retention.versionsPerState: OUT_OF_RANGE',
  ]);
});
