import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { failOnceAt } from '../../kit/faults/crash-windows.ts';
import { carryOutBulk, operationEnded, readOperation, submit, submitToEnd } from '../../kit/verbs/bulk.ts';
import { done, mistakes, refused, validate } from '../../kit/verbs/call.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { endRun, replaceClock, shortly, ticksOf, type ScheduleClock } from '../../kit/verbs/schedules.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
let clock: ScheduleClock;
beforeAll(async () => {
  app = await startTestApp({
    projects: [{ name: 'desk', directory: fixture('desk') }],
    firesSchedules: true,
    polls: false,
  });
  const input = { environment: 'desk/dev', schedules: 'PAUSED' };
  await done(app, 'updateEnvironment', input, 'environment { id }');
  clock = await replaceClock(app, '2027-06-01T00:00Z');
});
afterAll(async () => {
  await clock.restore();
  await app.stop();
});

let count = 0;
async function make(rest: object = {}): Promise<string> {
  const name = `b${(count += 1)}`;
  const input = { job: 'desk/dev/tickets', name, interval: '0 6 * * *', isEnabled: false, ...rest };
  const { schedule } = await done<{ schedule: { id: string } }>(
    app,
    'createSchedule',
    input,
    'schedule { id }',
  );
  return schedule.id;
}

interface Plan {
  etag: string;
  tickCount: number;
  createdCount: number;
  ticks: { dueAt: string; isCreated: boolean; runId: string | null; runStatus: string | null }[];
}

async function plan(range: object, ticks = 'ticks'): Promise<Plan> {
  const selection = `plan { etag tickCount createdCount ${ticks} { dueAt isCreated runId runStatus } }`;
  return (await done<{ plan: Plan }>(app, 'planBackfill', range, selection)).plan;
}

interface Made {
  id: string;
  scheduledFor: string;
  trigger: string;
  status: string;
}

/** The runs of a schedule that a backfill has made, the oldest tick first. */
async function madeFor(schedule: string): Promise<Made[]> {
  const rows = await app.app.store.prisma.run.findMany({
    where: { scheduleId: storeId(schedule), backfillId: { not: null } },
    orderBy: [{ scheduledFor: 'asc' }, { id: 'asc' }],
  });
  return rows.map(({ id, scheduledFor, trigger, status }) => ({
    ...{ id: Buffer.from(`Run:${id}`).toString('base64url'), trigger, status },
    scheduledFor: scheduledFor?.toISOString() ?? '',
  }));
}

const week = { dueSince: '2027-03-25T00:00:00Z', dueBefore: '2027-04-01T00:00:00Z' };

/** Backfills one tick. @returns its run */
async function backfillOf(input: object): Promise<string> {
  const worker = carryOutBulk(app);
  const { items } = await submitToEnd(app, 'backfill', input);
  await worker.stop();
  return items.nodes[0]?.result?.id ?? '';
}

describe('a week across a change of the clock, while the schedule is paused', () => {
  test('is planned, made as it was planned, two runs at a time, and cancelled half-way', async () => {
    const schedule = await make({ timeZone: 'Europe/Berlin' });
    // The newest one of the week has a run already.
    const newest = await backfillOf({ schedule, ...week, dueSince: '2027-03-31T00:00:00Z' });
    await endRun(app, newest);
    const planned = await plan({ schedule, ...week });
    expect(planned).toMatchObject({ tickCount: 7, createdCount: 6 });
    expect(planned.ticks.map(({ dueAt, isCreated, runStatus }) => [dueAt, isCreated, runStatus])).toEqual([
      ['2027-03-25T05:00:00.000Z', true, null],
      ['2027-03-26T05:00:00.000Z', true, null],
      ['2027-03-27T05:00:00.000Z', true, null],
      ['2027-03-28T04:00:00.000Z', true, null],
      ['2027-03-29T04:00:00.000Z', true, null],
      ['2027-03-30T04:00:00.000Z', true, null],
      ['2027-03-31T04:00:00.000Z', false, 'SUCCEEDED'],
    ]);
    expect(planned.ticks.at(-1)?.runId).toBe(newest);
    const late = 'ticks(first: 1, dueSince: "2027-03-28T04:00:00Z")';
    expect((await plan({ schedule, ...week }, late)).ticks.map(({ dueAt }) => dueAt)).toEqual([
      '2027-03-28T04:00:00.000Z',
    ]);

    for (const worker of ['here/a', 'here/b']) carryOutBulk(app, worker);
    const input = { schedule, ...week, maxParallel: 2, planEtag: planned.etag };
    const id = await submit(app, 'backfill', input);
    const facts =
      'operation { verb maxParallel filter { schedule dueSince dueBefore } items { nodes { dueAt subjectName } } }';
    const { bulkOperation } = await app.query<{ bulkOperation: object }>(
      `query ($id: ID!) { bulkOperation(id: $id) { ${facts.slice('operation { '.length, -2)} } }`,
      { id },
    );
    expect(bulkOperation).toMatchObject({
      ...{ verb: 'BACKFILL', maxParallel: 2 },
      filter: { schedule, dueSince: '2027-03-25T00:00:00.000Z', dueBefore: '2027-04-01T00:00:00.000Z' },
      items: {
        nodes: planned.ticks
          .filter(({ isCreated }) => isCreated)
          .map(({ dueAt }) => ({ dueAt, subjectName: `desk/dev/b${count}` })),
      },
    });
    const unfinished = async (): Promise<Made[]> =>
      (await madeFor(schedule)).filter(({ status }) => status === 'QUEUED');
    const full = () => waitFor('Two runs', async () => (await unfinished()).length === 2);
    await full();
    for (let n = 0; n < 2; n += 1) {
      const [first] = await unfinished();
      await endRun(app, first?.id ?? '', n === 0 ? 'FAILED' : 'SUCCEEDED');
      await waitFor('The next run', async () => (await readOperation(app, id)).succeededCount === 3 + n);
      expect(await unfinished()).toHaveLength(2);
    }
    expect(await readOperation(app, id)).toMatchObject({ status: 'RUNNING', pendingCount: 2 });
    await done(app, 'cancelBulkOperation', { id }, 'operation { id }');
    expect(await readOperation(app, id)).toMatchObject({ status: 'CANCELLED', skippedCount: 2 });
    for (const { id: run } of await unfinished()) await endRun(app, run);
    const made = (await madeFor(schedule)).slice(0, -1);
    expect(made.map(({ scheduledFor, trigger, status }) => [scheduledFor, trigger, status])).toEqual([
      ['2027-03-25T05:00:00.000Z', 'BACKFILL', 'FAILED'],
      ['2027-03-26T05:00:00.000Z', 'BACKFILL', 'SUCCEEDED'],
      ['2027-03-27T05:00:00.000Z', 'BACKFILL', 'SUCCEEDED'],
      ['2027-03-28T04:00:00.000Z', 'BACKFILL', 'SUCCEEDED'],
    ]);
    // A retry is for the same tick, and nothing of the cancelled operation keeps it.
    const { run } = await done<{ run: { scheduledFor: string; trigger: string } }>(
      app,
      'retryRun',
      { run: made[0]?.id },
      'run { scheduledFor trigger status }',
    );
    expect(run).toEqual({ scheduledFor: made[0]?.scheduledFor, trigger: 'RETRY', status: 'QUEUED' });
    expect((await plan({ schedule, ...week, existing: 'RETRY_FAILED' })).createdCount).toBe(2);
  });
});

describe('which ticks have a run', () => {
  test('counts the newest run of each, and also one that was deleted', async () => {
    const schedule = await make({ interval: '0 * * * *' });
    await clock.at('2027-06-01T00:10Z');
    await done(app, 'resumeSchedule', { schedule }, 'schedule { id }');
    await clock.at('2027-06-01T01:00Z');
    await clock.at('2027-06-01T02:00Z');
    await done(app, 'pauseSchedule', { schedule }, 'schedule { id }');
    const [first] = await ticksOf(app, schedule);
    expect(shortly(await ticksOf(app, schedule))).toEqual(['01:00 RUN', '02:00 SKIPPED OVERLAP']);
    const range = { schedule, dueSince: '2027-06-01T00:00:00Z', dueBefore: '2027-06-01T03:00:00Z' };
    const shape = async (existing?: string): Promise<boolean[]> =>
      (await plan({ ...range, existing })).ticks.map(({ isCreated }) => isCreated);
    // At 00:00 it was not there yet, and at 02:00 it was skipped.
    expect(await shape()).toEqual([true, false, true]);
    expect(await shape('RETRY_FAILED')).toEqual([true, false, true]);
    await endRun(app, first?.run?.id ?? '', 'TIMED_OUT');
    expect(await shape()).toEqual([true, false, true]);
    expect(await shape('RETRY_FAILED')).toEqual([true, true, true]);
    expect(await shape('REPEAT')).toEqual([true, true, true]);
    await done(app, 'deleteRun', { run: first?.run?.id }, '__typename');
    expect(await shape()).toEqual([true, false, true]);
    expect(await shape('RETRY_FAILED')).toEqual([true, false, true]);
    // The third comes due.
    await clock.at('2027-06-01T01:59Z');
    expect(await shape()).toEqual([true, false]);
    await clock.at('2027-06-01T02:00Z');
  });

  test('leaves what is undecided to a schedule that is not paused, and what is outside of its bounds', async () => {
    await clock.at('2027-06-02T00:10Z');
    const schedule = await make({ interval: '0 * * * *', isEnabled: true, jitterSeconds: 3600 });
    const range = { schedule, dueSince: '2027-06-01T22:00:00Z', dueBefore: '2027-06-02T05:00:00Z' };
    await clock.at('2027-06-02T01:00Z');
    const [tick] = await ticksOf(app, schedule);
    expect((await plan(range)).tickCount).toBe(tick ? 4 : 3);
    await done(app, 'pauseSchedule', { schedule }, 'schedule { id }');
    expect((await plan(range)).tickCount).toBe(4);
    const bounds = { startsAt: '2027-06-01T23:00:00Z', endsAt: '2027-06-02T00:00:00Z' };
    await done(app, 'updateSchedule', { schedule, ...bounds }, 'schedule { id }');
    expect((await plan(range)).ticks.map(({ dueAt }) => dueAt)).toEqual([
      '2027-06-01T23:00:00.000Z',
      '2027-06-02T00:00:00.000Z',
    ]);
  });

  test('is asked again when a run is made: two backfills of the same ticks make one run for each', async () => {
    const schedule = await make();
    const ids = [await submit(app, 'backfill', { schedule, ...week, maxParallel: 9 })];
    ids.push(await submit(app, 'backfill', { schedule, ...week, maxParallel: 9 }));
    for (const worker of ['here/a', 'here/b']) carryOutBulk(app, worker);
    const [one, other] = [await operationEnded(app, ids[0] ?? ''), await operationEnded(app, ids[1] ?? '')];
    expect(await madeFor(schedule)).toHaveLength(7);
    expect([one.succeededCount, other.succeededCount]).toEqual([7, 7]);
    const runs = one.items.nodes.map(({ result }) => result?.id);
    expect(other.items.nodes.map(({ result }) => result?.id)).toEqual(runs);
  });
});

test('the runs of a backfill are in the way of no tick, and ticks of a pause that are caught up take them', async () => {
  await clock.at('2027-06-03T00:10Z');
  const schedule = await make({ interval: '0 * * * *', catchUp: 'ALL', isEnabled: true });
  await done(app, 'pauseSchedule', { schedule }, 'schedule { id }');
  await clock.at('2027-06-03T02:10Z');
  carryOutBulk(app);
  const range = { schedule, dueSince: '2027-06-03T01:00:00Z', dueBefore: '2027-06-03T02:00:00Z' };
  const operation = await submitToEnd(app, 'backfill', range);
  const run = operation.items.nodes[0]?.result?.id;
  await done(app, 'resumeSchedule', { schedule, catchUp: true }, 'schedule { id }');
  await clock.at('2027-06-03T02:10Z');
  const ticks = await ticksOf(app, schedule);
  expect(shortly(ticks)).toEqual(['01:00 RUN', '02:00 RUN']);
  expect(ticks[0]?.run).toMatchObject({ id: run, trigger: 'BACKFILL' });
  expect(ticks[1]?.run).toMatchObject({ trigger: 'SCHEDULE' });
  await endRun(app, ticks[1]?.run?.id ?? '');
  await clock.at('2027-06-03T03:00Z');
  expect(shortly(await ticksOf(app, schedule)).at(-1)).toBe('03:00 RUN');
  await done(app, 'pauseSchedule', { schedule }, 'schedule { id }');
});

test('a job is backfilled for times that are given, with the runs of its schedules among those that count', async () => {
  const input = { environment: 'desk/dev', name: 'nightly', tasks: [{ blocks: ['digest:daily'] }] };
  await done(app, 'createJob', input, 'job { id }');
  const range = { ...{ job: 'desk/dev/nightly', interval: '@daily', timeZone: 'Asia/Kathmandu' }, ...week };
  carryOutBulk(app);
  const { schedule } = await done<{ schedule: { id: string } }>(
    app,
    'createSchedule',
    { job: 'desk/dev/nightly', name: 'own', interval: '15 18 * * *', isEnabled: false },
    'schedule { id }',
  );
  const one = { dueSince: '2027-03-25T00:00:00Z', dueBefore: '2027-03-26T00:00:00Z' };
  await submitToEnd(app, 'backfill', { schedule: schedule.id, ...one });
  const planned = await plan(range);
  expect(planned.ticks[0]).toMatchObject({ dueAt: '2027-03-25T18:15:00.000Z', isCreated: false });
  expect(planned).toMatchObject({ tickCount: 7, createdCount: 6 });
  const operation = await submitToEnd(app, 'backfill', { ...range, maxParallel: 100 });
  expect(operation).toMatchObject({ status: 'SUCCEEDED', itemCount: 6, succeededCount: 6 });
  const { node } = await app.query<{ node: object }>(
    'query ($id: ID!) { node(id: $id) { ... on Run { trigger scheduledFor command job { name } schedule { id } } } }',
    { id: operation.items.nodes[0]?.result?.id },
  );
  expect(node).toEqual({
    ...{ trigger: 'BACKFILL', scheduledFor: '2027-03-26T18:15:00.000Z', command: 'digest:daily' },
    ...{ job: { name: 'nightly' }, schedule: null },
  });
  expect((await plan(range)).createdCount).toBe(0);
  expect(await submitToEnd(app, 'backfill', range)).toMatchObject({ status: 'SUCCEEDED', itemCount: 0 });
});

test('a pause holds it, also while it waits for the end of a run, and leaves its end to nobody', async () => {
  const schedule = await make();
  carryOutBulk(app);
  const id = await submit(app, 'backfill', { schedule, ...week });
  const made = async (n: number): Promise<Made> => {
    await waitFor('A run', async () => (await madeFor(schedule)).length === n);
    return (await madeFor(schedule)).at(-1) as Made;
  };
  const first = await made(1);
  const change = (verb: string) => done<object>(app, verb, { id }, 'operation { status pendingCount }');
  const paused = { operation: { status: 'PAUSED', pendingCount: 6 } };
  expect(await change('pauseBulkOperation')).toMatchObject(paused);
  expect(await change('pauseBulkOperation')).toMatchObject(paused);
  await endRun(app, first.id);
  const { bulkOperations } = await app.query<{ bulkOperations: { nodes: object[] } }>(
    '{ bulkOperations(filter: { statuses: [PAUSED] }) { nodes { id } } }',
  );
  expect(bulkOperations.nodes).toEqual([{ id }]);
  expect(await madeFor(schedule)).toHaveLength(1);
  expect(await change('resumeBulkOperation')).toMatchObject({ operation: { pendingCount: 6 } });
  await endRun(app, (await made(2)).id);
  await made(3);
  expect(await change('resumeBulkOperation')).toMatchObject({ operation: { status: 'RUNNING' } });
  await change('pauseBulkOperation');
  expect(await change('cancelBulkOperation')).toMatchObject({ operation: { status: 'CANCELLED' } });
  for (const verb of ['pauseBulkOperation', 'resumeBulkOperation']) {
    expect(await refused(app, verb, { id })).toMatchObject({
      ...{ __typename: 'WrongStatus', path: ['input', 'id'] },
    });
  }
});

test('a worker that fails between the run and the record of it makes the run once', async () => {
  for (const window of ['BULK_VERB_DONE', 'BULK_ITEM_RECORDED'] as const) {
    const schedule = await make();
    const passages = failOnceAt(window);
    carryOutBulk(app);
    const operation = await submit(app, 'backfill', { schedule, ...week, maxParallel: 9 });
    // As when the worker was killed there, another one takes over what it has left.
    await waitFor('The window', () => passages() > 0);
    const worker = carryOutBulk(app, 'here/other');
    await app.app.store.prisma.bulkOperation.updateMany({
      where: { id: storeId(operation), endedAt: null },
      data: { heartbeatAt: new Date(0) },
    });
    worker.look();
    expect(await operationEnded(app, operation)).toMatchObject({ status: 'SUCCEEDED', succeededCount: 7 });
    expect((await madeFor(schedule)).map(({ scheduledFor }) => scheduledFor)).toHaveLength(7);
    expect(new Set((await madeFor(schedule)).map(({ scheduledFor }) => scheduledFor)).size).toBe(7);
  }
});

test('the database refuses a second run of a backfill for one tick', async () => {
  const schedule = await make();
  carryOutBulk(app);
  await submitToEnd(app, 'backfill', { schedule, ...week, maxParallel: 9 });
  const [one, other] = await madeFor(schedule);
  await expect(
    app.app.store.database.query('UPDATE "Run" SET "scheduledFor" = $2::timestamptz WHERE id = $1::uuid', [
      storeId(other?.id ?? ''),
      one?.scheduledFor,
    ]),
  ).rejects.toThrow(/Run_backfillId_scheduledFor_key/);
});

describe('what is refused', () => {
  const wrong = async (input: object): Promise<string[]> => {
    const codes = mistakes(await refused(app, 'planBackfill', input));
    expect(mistakes(await refused(app, 'backfill', input))).toEqual(codes);
    return codes;
  };

  test('is every mistake at once, the same for the plan as for the backfill', async () => {
    const schedule = await make();
    const job = 'desk/dev/tickets';
    expect(await wrong(week)).toEqual(['input.schedule: ONE_OF']);
    expect(await wrong({ schedule, job, ...week })).toEqual([
      'input.schedule: ONE_OF',
      'input.interval: MISSING',
    ]);
    expect(await wrong({ schedule, interval: '@daily', timeZone: 'UTC', ...week })).toEqual([
      'input.interval: NOT_APPLICABLE',
      'input.timeZone: NOT_APPLICABLE',
    ]);
    expect(await wrong({ job, interval: '1,99 * * * *', timeZone: 'Mars/Base', ...week })).toEqual([
      'input.interval: BAD_INTERVAL',
      'input.timeZone: BAD_TIME_ZONE',
    ]);
    expect(await wrong({ job, interval: '@manual', ...week })).toEqual(['input.interval: BAD_INTERVAL']);
    for (const range of [
      { dueSince: week.dueBefore, dueBefore: week.dueSince },
      { dueSince: week.dueSince, dueBefore: week.dueSince },
      { dueSince: '2001-01-01T00:00:00Z', dueBefore: '2027-01-01T00:00:00Z' },
    ]) {
      expect(await wrong({ schedule, ...range })).toEqual(['input.dueBefore: OUT_OF_RANGE']);
    }
    for (const maxParallel of [0, 101]) {
      expect(mistakes(await refused(app, 'backfill', { schedule, ...week, maxParallel }))).toEqual([
        'input.maxParallel: OUT_OF_RANGE',
      ]);
    }
  });

  test('is what is not there, or is never due', async () => {
    for (const verb of ['planBackfill', 'backfill']) {
      for (const subject of [{ schedule: 'desk/dev/none' }, { job: 'desk/dev/none', interval: '@daily' }]) {
        expect(await refused(app, verb, { ...subject, ...week })).toMatchObject({
          ...{ __typename: 'NotFound', path: ['input', Object.keys(subject)[0]] },
        });
      }
    }
    const manual = await make({ interval: '@manual' });
    expect(await wrong({ schedule: manual, ...week })).toEqual(['input.schedule: BAD_INTERVAL']);
    const broken = await make();
    await app.app.store.prisma.schedule.update({
      where: { id: storeId(broken) },
      data: { interval: '1,99 * * * *', cron: '1,99 * * * *' },
    });
    expect(await wrong({ schedule: broken, ...week })).toEqual(['input.schedule: BAD_INTERVAL']);
    const deleted = await make();
    await done(app, 'deleteSchedule', { schedule: deleted }, 'schedule { id }');
    expect(await refused(app, 'backfill', { schedule: deleted, ...week })).toMatchObject({
      __typename: 'NotFound',
    });
  });

  test('is a range with more than 10,000 ticks, and one with 10,000 is not', async () => {
    const schedule = await make({ interval: '* * * * *' });
    const dueSince = '2027-05-01T00:00:00Z';
    const ending = (minutes: number) => ({
      ...{ schedule, dueSince },
      dueBefore: new Date(Date.parse(dueSince) + minutes * 60_000).toISOString(),
    });
    expect(await refused(app, 'backfill', ending(10_001))).toMatchObject({
      ...{ __typename: 'LimitExceeded', limit: 10_000, path: ['input', 'dueBefore'] },
    });
    expect(await plan(ending(10_000))).toMatchObject({ tickCount: 10_000, createdCount: 10_000 });
  });

  test('is a plan that does not hold any more, and the refusal makes nothing', async () => {
    const schedule = await make();
    const { etag } = await plan({ schedule, ...week });
    carryOutBulk(app);
    const one = { schedule, dueSince: week.dueSince, dueBefore: '2027-03-26T00:00:00Z' };
    await submitToEnd(app, 'backfill', one);
    const before = await app.app.store.prisma.bulkOperation.count();
    const refusal = await refused(app, 'backfill', { schedule, ...week, planEtag: etag });
    expect(refusal).toMatchObject({ __typename: 'Conflict', path: ['input', 'planEtag'] });
    expect(await app.app.store.prisma.bulkOperation.count()).toBe(before);
  });
});

test('is validated without being made, and made once for a repeated request', async () => {
  const schedule = await make();
  const { prisma } = app.app.store;
  const before = await prisma.bulkOperation.count();
  expect(await validate(app, 'backfill', { schedule, ...week })).toMatchObject({ __typename: 'Validated' });
  expect(
    await validate(app, 'backfill', { schedule, dueSince: week.dueBefore, dueBefore: week.dueSince }),
  ).toMatchObject({ __typename: 'InvalidInput' });
  expect(await prisma.bulkOperation.count()).toBe(before);
  const input = { schedule, ...week, clientRequestId: 'backfill once' };
  const ids = await Promise.all([1, 2].map(() => submit(app, 'backfill', input)));
  expect(new Set(ids).size).toBe(1);
  expect(await prisma.bulkOperation.count()).toBe(before + 1);
  await done(app, 'cancelBulkOperation', { id: ids[0] }, 'operation { id }');
});

test('takes as many statements to plan and to accept for many ticks as for one', async () => {
  const schedule = await make({ interval: '* * * * *' });
  const cost = async (verb: string, minutes: number): Promise<number> => {
    const dueBefore = new Date(Date.parse(week.dueSince) + minutes * 60_000).toISOString();
    const input = { schedule, dueSince: week.dueSince, dueBefore };
    return (await app.counting(() => done(app, verb, input, '__typename'))).statements.length;
  };
  expect(await cost('planBackfill', 2000)).toBe(await cost('planBackfill', 1));
  expect(await cost('backfill', 2000)).toBe(await cost('backfill', 1));
});

test('a schedule that is deleted meanwhile ends its runs, and the operation says so', async () => {
  const schedule = await make();
  const id = await submit(app, 'backfill', { schedule, ...week, maxParallel: 9 });
  await done(app, 'deleteSchedule', { schedule }, 'schedule { id }');
  carryOutBulk(app);
  const operation = await operationEnded(app, id);
  expect(operation).toMatchObject({ status: 'FAILED', failedCount: 7, succeededCount: 0 });
  expect(operation.items.nodes[0]?.error).toMatchObject({ __typename: 'NotFound' });
  expect(await madeFor(schedule)).toEqual([]);
});
