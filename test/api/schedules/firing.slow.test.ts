import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEnd } from '../../../src/store/runs/runs.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun as endRunOf } from '../../../src/worker/end-run.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { storeId } from '../../kit/verbs/runs.ts';
import { endRun, replaceClock, shortly, ticksOf, type ScheduleClock } from '../../kit/verbs/schedules.ts';

let app: TestApp;
let clock: ScheduleClock;
beforeAll(async () => {
  // Nothing looks from time to time: whatever changes a schedule has to say so.
  app = await startTestApp({
    projects: [{ name: 'desk', directory: fixture('desk') }],
    firesSchedules: true,
    polls: false,
  });
  // The schedules of the file are due by the clock, too.
  await done(
    app,
    'updateEnvironment',
    { environment: 'desk/dev', schedules: 'PAUSED' },
    'environment { id }',
  );
  clock = await replaceClock(app, '2026-06-01T00:00Z');
});
afterAll(async () => {
  await clock.restore();
  await app.stop();
});

let count = 0;

/** Makes a schedule of a job at a time of the clock. */
async function make(interval: string, at: string, rest: object = {}): Promise<{ id: string; name: string }> {
  await clock.at(at);
  const name = `s${(count += 1)}`;
  const input = { job: 'desk/dev/tickets', name, interval, ...rest };
  const { schedule } = await done<{ schedule: { id: string; name: string } }>(
    app,
    'createSchedule',
    input,
    'schedule { id name }',
  );
  return schedule;
}

const ticks = async (id: string): Promise<string[]> => shortly(await ticksOf(app, id));
const update = (schedule: string, changes: object) =>
  done(app, 'updateSchedule', { schedule, ...changes }, 'schedule { id }');
const pause = (schedule: string) => done(app, 'pauseSchedule', { schedule }, 'schedule { id }');

async function nextOf(id: string): Promise<string | undefined> {
  const { node } = await app.query<{ node: { nextRuns: { dueAt: string }[] } }>(
    'query ($id: ID!) { node(id: $id) { ... on Schedule { nextRuns(first: 1) { dueAt } } } }',
    { id },
  );
  return node.nextRuns[0]?.dueAt;
}

test('a tick starts one run with all that belongs to the schedule, and the run knows its tick', async () => {
  const env = [{ name: 'TAP_TICKETS_PAGE_SIZE', value: '7' }];
  const { id, name } = await make('0 * * * *', '2026-06-01T00:10Z', { env });
  await clock.at('2026-06-01T00:59:59.999Z');
  expect(await ticks(id)).toEqual([]);
  await clock.at('2026-06-01T01:00:20Z');
  const [tick] = await ticksOf(app, id);
  expect(tick).toMatchObject({
    ...{ dueAt: '2026-06-01T01:00:00.000Z', lastDueAt: '2026-06-01T01:00:00.000Z', count: 1 },
    ...{ outcome: 'RUN', reason: null, message: null, lateSeconds: 20, blockingRun: null },
    run: { status: 'QUEUED', trigger: 'SCHEDULE', scheduledFor: '2026-06-01T01:00:00.000Z' },
  });
  const { node } = await app.query<{ node: object }>(
    `query ($id: ID!) { node(id: $id) { ... on Run {
      command env { name value } job { name } schedule { name lastTick { outcome } } blocks { nodes { command } } transform
    } } }`,
    { id: tick?.run?.id },
  );
  expect(node).toMatchObject({
    ...{ command: 'tap-tickets hide-names target-desk digest:daily', env, job: { name: 'tickets' } },
    ...{ schedule: { name, lastTick: { outcome: 'RUN' } }, transform: null },
  });
  const { runs } = await app.query<{ runs: { nodes: object[] } }>(
    '{ runs(filter: { triggers: [SCHEDULE] }, first: 100) { nodes { id } } }',
  );
  expect(runs.nodes).toEqual([{ id: tick?.run?.id }]);
  await pause(id);
});

describe('what was missed while no gateway was running', () => {
  const hourly = async (day: number, rest: object): Promise<string[]> => {
    const date = `2026-06-${String(day).padStart(2, '0')}`;
    const { id } = await make('0 * * * *', `${date}T00:30Z`, rest);
    await clock.at(`${date}T06:30Z`);
    const result = await ticks(id);
    expect(await nextOf(id)).toBe(`${date}T07:00:00.000Z`);
    await pause(id);
    return result;
  };

  test('NONE: runs nothing', async () => {
    expect(await hourly(2, { catchUp: 'NONE' })).toEqual(
      ['01', '02', '03', '04', '05', '06'].map((hour) => `${hour}:00 MISSED NO_CATCH_UP`),
    );
  });

  test('LATEST, which is the default: runs the newest one', async () => {
    expect(await hourly(3, {})).toEqual([
      ...['01', '02', '03', '04', '05'].map((hour) => `${hour}:00 MISSED NO_CATCH_UP`),
      '06:00 RUN',
    ]);
    expect(await hourly(3, { catchUpWindowSeconds: 60 })).toContain('06:00 MISSED OUTSIDE_WINDOW');
  });

  test('ALL: runs those of the window, all of them in spite of the overlap policy', async () => {
    expect(await hourly(4, { catchUp: 'ALL', catchUpWindowSeconds: 3 * 3600 })).toEqual([
      ...['01', '02', '03'].map((hour) => `${hour}:00 MISSED OUTSIDE_WINDOW`),
      ...['04', '05', '06'].map((hour) => `${hour}:00 RUN`),
    ]);
    expect(await hourly(4, { catchUp: 'ALL', catchUpLimit: 2 })).toEqual([
      ...['01', '02', '03', '04'].map((hour) => `${hour}:00 MISSED OVER_LIMIT`),
      ...['05:00 RUN', '06:00 RUN'],
    ]);
  });

  test('a year of minutes is one entry, and the newest hundred run, the oldest first', async () => {
    const { id } = await make('* * * * *', '2027-01-01T00:00:30Z', {
      ...{ catchUp: 'ALL', catchUpWindowSeconds: 366 * 24 * 3600 },
    });
    // The ticks of a year keep no other schedule waiting.
    const other = await make('0 0 1 1 *', '2027-01-01T00:00:30Z');
    await clock.at('2028-01-01T00:00:30Z');
    expect(await ticksOf(app, other.id)).toMatchObject([{ outcome: 'RUN', lateSeconds: 30 }]);
    await pause(other.id);
    const newest = await ticksOf(app, id);
    expect(shortly(newest)).toEqual(newest.map(({ dueAt }) => `${dueAt.slice(11, 16)} RUN`));
    const all = await app.app.store.prisma.scheduleTick.findMany({
      orderBy: { dueAt: 'asc' },
      where: { count: { gt: 1 } },
    });
    expect(all).toMatchObject([
      {
        ...{ outcome: 'MISSED', reason: 'OVER_LIMIT', count: 365 * 24 * 60 - 100, runId: null },
        ...{ dueAt: new Date('2027-01-01T00:01Z'), lastDueAt: new Date('2027-12-31T22:20Z') },
      },
    ]);
    const runs = newest.map(({ run }) => run?.scheduledFor);
    expect(runs).toEqual(runs.toSorted());
    expect(runs).toHaveLength(100);
    expect(runs.at(-1)).toBe('2028-01-01T00:00:00.000Z');
    await pause(id);
  });
});

test('a tick that is late by no more than the grace counts as on time', async () => {
  const { id } = await make('0 1 * * *', '2028-02-01T00:00Z', { catchUp: 'NONE' });
  await clock.at('2028-02-01T01:00:20Z');
  await clock.at('2028-02-02T01:01:30Z');
  await update(id, { graceSeconds: 120, overlap: 'ALLOW' });
  await clock.at('2028-02-03T01:01:30Z');
  expect((await ticksOf(app, id)).map((tick) => [tick.outcome, tick.reason, tick.lateSeconds])).toEqual([
    ['RUN', null, 20],
    ['MISSED', 'NO_CATCH_UP', 90],
    ['RUN', null, 90],
  ]);
  await pause(id);
});

describe('a pause', () => {
  const paused = async (day: string, catchUp: boolean): Promise<string[]> => {
    const { id } = await make('0 * * * *', `${day}T10:05Z`, { catchUp: 'ALL' });
    await clock.at(`${day}T10:10Z`);
    const facts = 'schedule { isEnabled pauseReason pauseNote nextRuns { dueAt } }';
    const input = { schedule: id, note: 'The till is being repaired.' };
    expect(await done<object>(app, 'pauseSchedule', input, facts)).toMatchObject({
      schedule: {
        ...{ isEnabled: false, pauseReason: 'REQUESTED', nextRuns: [] },
        pauseNote: 'The till is being repaired.',
      },
    });
    await clock.at(`${day}T15:10Z`);
    expect(await ticks(id)).toEqual([]);
    const resumed = await done<object>(app, 'resumeSchedule', { schedule: id, catchUp }, facts);
    expect(resumed).toMatchObject({ schedule: { isEnabled: true, pauseReason: null, pauseNote: null } });
    await clock.at(`${day}T15:59Z`);
    expect(await nextOf(id)).toBe(`${day}T16:00:00.000Z`);
    await clock.at(`${day}T16:00Z`);
    const result = await ticks(id);
    await pause(id);
    return result;
  };

  test('brings nothing back, and the next tick is the next time', async () => {
    expect(await paused('2028-03-01', false)).toEqual(['16:00 RUN']);
  });

  test('with `catchUp`, its ticks are decided by the policy', async () => {
    expect(await paused('2028-03-02', true)).toEqual([
      ...['11', '12', '13', '14', '15'].map((hour) => `${hour}:00 RUN`),
      // The caught-up runs have not ended.
      '16:00 SKIPPED OVERLAP',
    ]);
  });
});

describe('a change', () => {
  test('of the times brings nothing back; of anything else changes no tick', async () => {
    const { id } = await make('15 1 * * 1-5', '2028-04-03T00:00Z', { overlap: 'ALLOW' });
    await clock.at('2028-04-03T01:15Z');
    await clock.set('2028-04-03T10:00Z');
    await update(id, { env: [{ name: 'A', value: '1' }], overlap: 'SKIP' });
    expect(await nextOf(id)).toBe('2028-04-04T01:15:00.000Z');
    await update(id, { interval: '15 2 * * 1-5' });
    await clock.settled();
    expect(await nextOf(id)).toBe('2028-04-04T02:15:00.000Z');
    expect(await ticks(id)).toEqual(['01:15 RUN']);
    await pause(id);
  });

  test('that comes just after a tick was due: the tick happens once, by what the schedule was', async () => {
    const { id } = await make('15 1 * * *', '2028-04-10T00:00Z', { env: [{ name: 'A', value: 'old' }] });
    await clock.set('2028-04-10T01:15:00.200Z');
    await update(id, { interval: '0 5 * * *', env: [{ name: 'A', value: 'new' }] });
    await clock.settled();
    expect(await ticks(id)).toEqual(['01:15 RUN']);
    const [tick] = await ticksOf(app, id);
    const { node } = await app.query<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on Run { env { value } } } }',
      { id: tick?.run?.id },
    );
    expect(node).toEqual({ env: [{ value: 'old' }] });
    expect(await nextOf(id)).toBe('2028-04-10T05:00:00.000Z');
    await pause(id);
  });

  test('does not change the etag when a tick is decided', async () => {
    const { id } = await make('0 * * * *', '2028-04-11T00:30Z');
    const etag = async (): Promise<object> =>
      (
        await app.query<{ node: object }>('query ($id: ID!) { node(id: $id) { ... on Schedule { etag } } }', {
          id,
        })
      ).node;
    const before = await etag();
    await clock.at('2028-04-11T01:00Z');
    expect(await ticks(id)).toEqual(['01:00 RUN']);
    expect(await etag()).toEqual(before);
    await pause(id);
  });
});

describe('while an earlier run has not ended', () => {
  const runIds = async (id: string): Promise<(string | undefined)[]> =>
    (await ticksOf(app, id)).map(({ run }) => run?.id);
  const statusOf = async (run: string | undefined): Promise<object> =>
    (
      await app.query<{ node: object }>('query ($id: ID!) { node(id: $id) { ... on Run { status } } }', {
        id: run,
      })
    ).node;

  test('SKIP: starts none, and says which run was in the way', async () => {
    const { id } = await make('*/5 * * * *', '2028-05-01T09:59Z');
    await clock.at('2028-05-01T10:00Z');
    await clock.at('2028-05-01T10:05Z');
    await clock.at('2028-05-01T10:10Z');
    const [first] = await runIds(id);
    const [, second] = await ticksOf(app, id);
    expect(second).toMatchObject({
      ...{ outcome: 'SKIPPED', reason: 'OVERLAP', blockingRun: { id: first } },
      message: 'An earlier run of the schedule had not ended.',
    });
    await endRun(app, first ?? '');
    await clock.at('2028-05-01T10:15Z');
    expect(await ticks(id)).toEqual([
      ...['10:00 RUN', '10:05 SKIPPED OVERLAP', '10:10 SKIPPED OVERLAP', '10:15 RUN'],
    ]);
    await pause(id);
  });

  test('QUEUE: one waits', async () => {
    const { id } = await make('*/5 * * * *', '2028-05-02T09:59Z', { overlap: 'QUEUE' });
    await clock.at('2028-05-02T10:00Z');
    const [first] = await runIds(id);
    await app.app.store.database.query(
      `UPDATE "Run" SET status = 'RUNNING', "startedAt" = now() WHERE status = 'QUEUED' AND "scheduleId" IN (SELECT id FROM "Schedule" WHERE name = $1)`,
      [`s${count}`],
    );
    await clock.at('2028-05-02T10:05Z');
    await clock.at('2028-05-02T10:10Z');
    expect(await ticks(id)).toEqual(['10:00 RUN', '10:05 RUN', '10:10 SKIPPED OVERLAP']);
    const [, second, third] = await ticksOf(app, id);
    expect(third?.blockingRun).toEqual({ id: second?.run?.id });
    expect(await statusOf(first)).toEqual({ status: 'RUNNING' });
    await pause(id);
  });

  test('CANCEL_RUNNING: cancels it', async () => {
    const { id } = await make('*/5 * * * *', '2028-05-03T09:59Z', { overlap: 'CANCEL_RUNNING' });
    await clock.at('2028-05-03T10:00Z');
    await clock.at('2028-05-03T10:05Z');
    const [first, second] = await runIds(id);
    expect(await ticks(id)).toEqual(['10:00 RUN', '10:05 RUN']);
    expect([await statusOf(first), await statusOf(second)]).toEqual([
      ...[{ status: 'CANCELLED' }, { status: 'QUEUED' }],
    ]);
    await pause(id);
  });

  test('ALLOW: starts one beside it', async () => {
    const { id } = await make('*/5 * * * *', '2028-05-04T09:59Z', { overlap: 'ALLOW' });
    for (const minute of ['00', '05', '10']) await clock.at(`2028-05-04T10:${minute}Z`);
    expect(await ticks(id)).toEqual(['10:00 RUN', '10:05 RUN', '10:10 RUN']);
    await pause(id);
  });
});

test('a clock that is set back repeats no tick, and one that is set forward is a time without gateways', async () => {
  const { id } = await make('0 * * * *', '2028-06-01T10:30Z', { overlap: 'ALLOW' });
  await clock.at('2028-06-01T11:00Z');
  await clock.at('2028-06-01T10:00Z');
  expect(await nextOf(id)).toBe('2028-06-01T12:00:00.000Z');
  // A change in the meantime does not repeat it either.
  await update(id, { interval: '0 */1 * * *' });
  await clock.at('2028-06-01T11:00:30Z');
  expect(await ticks(id)).toEqual(['11:00 RUN']);
  await clock.at('2028-06-01T14:00:10Z');
  expect(await ticks(id)).toEqual([
    '11:00 RUN',
    '12:00 MISSED NO_CATCH_UP',
    '13:00 MISSED NO_CATCH_UP',
    '14:00 RUN',
  ]);
  await pause(id);
});

test('the jitter spreads ticks, is announced, and is the same at any time', async () => {
  const made = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => make('0 0 * * *', '2028-07-01T12:00Z', { jitterSeconds: 600 })),
  );
  const announced = async (id: string): Promise<{ dueAt: string; startsAt: string }[]> =>
    (
      await app.query<{ node: { nextRuns: { dueAt: string; startsAt: string }[] } }>(
        'query ($id: ID!) { node(id: $id) { ... on Schedule { nextRuns(first: 2) { dueAt startsAt } } } }',
        { id },
      )
    ).node.nextRuns;
  const next = await Promise.all(made.map(({ id }) => announced(id)));
  const starts = next.map(([first]) => first?.startsAt ?? '');
  expect(new Set(starts).size).toBe(made.length);
  for (const [first] of next) {
    expect(first?.dueAt).toBe('2028-07-02T00:00:00.000Z');
    expect(first && first.startsAt >= first.dueAt && first.startsAt < '2028-07-02T00:10:00.000Z').toBe(true);
  }
  const [soonest = '', , , , later = ''] = starts.toSorted();
  await clock.at(soonest);
  const decided = await Promise.all(made.map(async ({ id }) => (await ticks(id)).length));
  expect(decided.reduce((sum, one) => sum + one, 0)).toBe(1);
  await clock.at(later);
  const ran = await Promise.all(made.map(async ({ id }) => (await ticks(id)).length));
  expect(ran.reduce((sum, one) => sum + one, 0)).toBe(5);
  const after = await Promise.all(made.map(({ id }) => announced(id)));
  after.forEach(([first], i) => {
    expect(first).toEqual(ran[i] === 1 ? next[i]?.[1] : next[i]?.[0]);
  });
  for (const { id } of made) await pause(id);
});

describe('bounds', () => {
  test('ticks at the start and at the end happen, and none outside', async () => {
    const { id } = await make('0 * * * *', '2028-08-01T00:30Z', {
      ...{ startsAt: '2028-08-01T02:00:00Z', endsAt: '2028-08-01T04:00:00Z', overlap: 'ALLOW' },
    });
    for (const hour of ['01', '02', '03', '04', '05', '06']) await clock.at(`2028-08-01T${hour}:00:10Z`);
    expect(await ticks(id)).toEqual(['02:00 RUN', '03:00 RUN', '04:00 RUN']);
    const { node } = await app.query<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on Schedule { isEnabled nextRuns { dueAt } problem { code } } } }',
      { id },
    );
    expect(node).toEqual({ isEnabled: true, nextRuns: [], problem: { code: 'ENDED' } });
    await update(id, { endsAt: null });
    expect(await nextOf(id)).toBe('2028-08-01T07:00:00.000Z');
    await pause(id);
  });

  test('a schedule that is deleted does not run, and brings nothing back', async () => {
    const { id } = await make('0 * * * *', '2028-08-02T00:30Z');
    await clock.at('2028-08-02T00:45Z');
    await done(app, 'deleteSchedule', { schedule: id }, 'schedule { id }');
    await clock.at('2028-08-02T05:30Z');
    await done(app, 'undelete', { id }, 'resource { ... on Schedule { id } }');
    await clock.at('2028-08-02T06:00Z');
    expect(await ticks(id)).toEqual(['06:00 RUN']);
    await pause(id);
  });
});

test('what nextRuns announces is what the ticks then are', async () => {
  const { id } = await make('*/20 1-3 * * *', '2028-10-28T22:00Z', {
    ...{ timeZone: 'Europe/Berlin', overlap: 'ALLOW', jitterSeconds: 120 },
  });
  const { node } = await app.query<{ node: { nextRuns: { dueAt: string; startsAt: string }[] } }>(
    'query ($id: ID!) { node(id: $id) { ... on Schedule { nextRuns(first: 15) { dueAt startsAt } } } }',
    { id },
  );
  for (const { startsAt } of node.nextRuns) await clock.at(startsAt);
  const run = await ticksOf(app, id);
  expect(run.map(({ dueAt, lateSeconds, outcome }) => [dueAt, lateSeconds, outcome])).toEqual(
    node.nextRuns.map(({ dueAt }) => [dueAt, 0, 'RUN']),
  );
  await pause(id);
});

test('a job that cannot run is told by the tick, and the schedule goes on', async () => {
  const { id } = await make('0 * * * *', '2028-11-01T00:30Z', { job: 'desk/dev/calls' });
  const plugin = async (name: string) =>
    app.app.store.database.query('UPDATE "Plugin" SET name = $1 WHERE name = $2', [
      ...(name === 'gone' ? ['gone', 'tap-calls'] : ['tap-calls', 'gone']),
    ]);
  await plugin('gone');
  await clock.at('2028-11-01T01:00Z');
  await plugin('back');
  await clock.at('2028-11-01T02:00Z');
  const [first, second] = await ticksOf(app, id);
  expect(first).toMatchObject({ outcome: 'SKIPPED', reason: 'INVALID', run: null });
  expect(first?.message).toContain('tap-calls');
  expect(second).toMatchObject({ outcome: 'RUN' });
  await pause(id);
});

describe('triggerSchedule', () => {
  const trigger = (schedule: string, rest: object = {}) =>
    done<{ startedRun: { id: string; status: string; trigger: string; scheduledFor: string | null } }>(
      app,
      'triggerSchedule',
      { schedule, ...rest },
      'startedRun { id status trigger scheduledFor }',
    );

  test('starts a run also while the schedule is paused, and changes no tick', async () => {
    const { id, name } = await make('0 * * * *', '2028-12-01T00:30Z', { isEnabled: false });
    const { startedRun: run } = await trigger(`desk/dev/${name}`);
    expect(run).toMatchObject({ status: 'QUEUED', trigger: 'API', scheduledFor: null });
    expect(await ticks(id)).toEqual([]);
    expect(await refused(app, 'triggerSchedule', { schedule: id })).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'schedule'] },
    });
    await trigger(id, { overlap: 'ALLOW' });
    const { startedRun: third } = await trigger(id, { overlap: 'CANCEL_RUNNING' });
    const { runs } = await app.query<{ runs: { nodes: { id: string }[] } }>(
      '{ runs(job: "desk/dev/tickets", first: 3, filter: { statuses: [QUEUED] }) { nodes { id } } }',
    );
    expect(runs.nodes[0]?.id).toBe(third.id);
    expect(await refused(app, 'triggerSchedule', { schedule: id, overlap: 'QUEUE' })).toMatchObject({
      __typename: 'Busy',
    });
    await endRun(app, third.id);
  });

  test('is done once for a request that is sent twice, and not at all when it is only checked', async () => {
    const { id } = await make('@manual', '2028-12-02T00:30Z');
    const request = { clientRequestId: 'trigger-once' };
    const first = await trigger(id, request);
    expect(await trigger(id, request)).toEqual(first);
    const { validate } = await app.query<{ validate: { __typename: string } }>(
      'mutation ($id: ID!) { validate(input: { triggerSchedule: { schedule: $id, overlap: ALLOW } }) { __typename } }',
      { id },
    );
    expect(validate.__typename).toBe('Validated');
    const { runs } = await app.query<{ runs: { nodes: { schedule: { id: string } | null }[] } }>(
      '{ runs(job: "desk/dev/tickets", first: 100) { nodes { schedule { id } } } }',
    );
    expect(runs.nodes.filter(({ schedule }) => schedule?.id === id)).toHaveLength(1);
  });

  test('runs an extract-load schedule as Meltano would: its name is the state id', async () => {
    const { startedRun: run } = await trigger('desk/dev/by-pair');
    const { node } = await app.query<{ node: object }>(
      `query ($id: ID!) { node(id: $id) { ... on Run {
        command job { id } transform schedule { name } blocks { nodes { kind command extractor loader } }
      } } }`,
      { id: run.id },
    );
    expect(node).toEqual({
      ...{ command: 'tap-calls target-desk', job: null, transform: 'skip', schedule: { name: 'by-pair' } },
      blocks: {
        nodes: [
          {
            kind: 'EXTRACT_LOAD',
            command: 'tap-calls target-desk',
            extractor: 'tap-calls',
            loader: 'target-desk',
          },
        ],
      },
    });
    const stored = await app.app.store.prisma.run.findFirstOrThrow({ where: { ownStateId: 'by-pair' } });
    expect(stored.leaseKeys).toEqual([
      `state:${stored.environmentId ?? ''}:by-pair`,
      `schedule:${stored.scheduleId ?? ''}`,
    ]);
  });
});

test('a schedule whose runs fail again and again is paused, and can be resumed', async () => {
  const { id } = await make('0 * * * *', '2029-01-01T00:30Z', { pauseAfterFailures: 2 });
  const state = async () =>
    (
      await app.query<{ node: { isEnabled: boolean; pauseReason: string | null } }>(
        'query ($id: ID!) { node(id: $id) { ... on Schedule { isEnabled pauseReason } } }',
        { id },
      )
    ).node;
  await enrol(app.app.store, 'here/1');
  const worker = executionOn(app, 'here/1');
  const fail = async (hour: string, status: RunEnd['status']): Promise<void> => {
    await clock.at(`2029-01-01T${hour}:00Z`);
    const run = await claimRun(worker, storeId((await ticksOf(app, id)).at(-1)?.run?.id ?? ''));
    if (!run) throw new Error('The run was not to be had.');
    await endRunOf(worker, run, 'here/1', {
      ...{ status, endReason: 'EXITED', exitCode: 1, signal: null, errorMessage: null },
    });
  };
  await fail('01', 'FAILED');
  await fail('02', 'SUCCEEDED');
  await fail('03', 'TIMED_OUT');
  expect(await state()).toEqual({ isEnabled: true, pauseReason: null });
  await fail('04', 'LOST');
  expect(await state()).toEqual({ isEnabled: false, pauseReason: 'FAILURES' });
  await done(app, 'resumeSchedule', { schedule: id }, 'schedule { id }');
  await fail('05', 'FAILED');
  expect(await state()).toEqual({ isEnabled: true, pauseReason: null });
  await pause(id);
});

test('numbers outside their bounds are refused together', async () => {
  const answer = await refused(app, 'createSchedule', {
    ...{
      job: 'desk/dev/tickets',
      name: 'bounds',
      interval: '0 0 30 2 *',
      catchUpWindowSeconds: -1,
      catchUpLimit: 101,
    },
    ...{ graceSeconds: 3601, jitterSeconds: 86_401, pauseAfterFailures: 0 },
    ...{ startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
  });
  expect(mistakes(answer)).toEqual([
    'input.interval: BAD_INTERVAL',
    ...[
      'catchUpWindowSeconds',
      'catchUpLimit',
      'graceSeconds',
      'jitterSeconds',
      'pauseAfterFailures',
      'endsAt',
    ].map((name) => `input.${name}: OUT_OF_RANGE`),
  ]);
});

test('upcomingRuns lists the schedules that are due next, the soonest first', async () => {
  const late = await make('0 5 * * *', '2029-02-01T00:30Z');
  const soon = await make('0 4 * * *', '2029-02-01T00:30Z');
  await make('0 3 * * *', '2029-02-01T00:30Z', { isEnabled: false });
  const { upcomingRuns } = await app.query<{
    upcomingRuns: { nodes: { id: string; nextRuns: { dueAt: string }[] }[] };
  }>('{ upcomingRuns(first: 100) { nodes { id nextRuns(first: 1) { dueAt } } } }');
  const due = upcomingRuns.nodes.map(({ nextRuns }) => nextRuns[0]?.dueAt);
  expect(due).toEqual(due.toSorted());
  const own = upcomingRuns.nodes.filter(({ id }) => id === late.id || id === soon.id);
  expect(own).toEqual([
    { id: soon.id, nextRuns: [{ dueAt: '2029-02-01T04:00:00.000Z' }] },
    { id: late.id, nextRuns: [{ dueAt: '2029-02-01T05:00:00.000Z' }] },
  ]);

  const ids = upcomingRuns.nodes.map(({ id }) => id);
  expect(await idsByPages('first: 1, after', 'endCursor')).toEqual(ids);
  expect((await idsByPages('last: 1, before', 'startCursor')).reverse()).toEqual(ids);
});

/** The schedules that are due next, read one by one. */
async function idsByPages(args: string, cursorName: 'startCursor' | 'endCursor'): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    type Page = { nodes: { id: string }[]; pageInfo: Record<typeof cursorName, string | null> };
    const { upcomingRuns }: { upcomingRuns: Page } = await app.query(
      `query ($cursor: String) { upcomingRuns(${args}: $cursor) { nodes { id } pageInfo { ${cursorName} } } }`,
      { cursor },
    );
    ids.push(...upcomingRuns.nodes.map(({ id }) => id));
    cursor = upcomingRuns.pageInfo[cursorName];
  }
  return ids;
}
