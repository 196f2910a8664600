import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { freshDatabase } from '../../kit/database.ts';
import { fixture } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';

const projects = [{ name: 'desk', directory: fixture('desk') }];
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects });
});
afterAll(() => app.stop());

interface Facts {
  name: string;
  isEnabled: boolean;
  pauseReason: string | null;
  nextRuns: object[];
}

async function schedulesOf(environment: string, of = app): Promise<Facts[]> {
  const { schedules } = await of.query<{ schedules: { nodes: Facts[] } }>(
    'query ($environment: ID!) { schedules(environment: $environment) { nodes { name isEnabled pauseReason nextRuns(first: 1) { dueAt } } } }',
    { environment },
  );
  return schedules.nodes;
}

const set = (environment: string, schedules: string) =>
  done<{ environment: object; isChanged: boolean }>(
    app,
    'updateEnvironment',
    { environment, schedules },
    'environment { importedSchedules } isChanged',
  );

test('are enabled in the default environment of the project alone', async () => {
  expect(await schedulesOf('desk/dev')).toEqual(
    ['by-pair', 'calls-hourly', 'nightly'].map((name) => ({
      ...{ name, isEnabled: true, pauseReason: null },
      nextRuns: [{ dueAt: expect.stringMatching(/Z$/) as string }],
    })),
  );
  expect(await schedulesOf('desk/prod')).toEqual(
    ['by-pair', 'calls-hourly', 'nightly'].map((name) => ({
      ...{ name, isEnabled: false, pauseReason: 'ENVIRONMENT', nextRuns: [] },
    })),
  );
});

test('are to be enabled in an environment that has none yet', async () => {
  await done(app, 'createProject', { name: 'none', text: 'environments: [{ name: qa }]' }, 'project { id }');
  const answer = { environment: { importedSchedules: 'ENABLED' } };
  expect(await set('none/qa', 'ENABLED')).toMatchObject({ ...answer, isChanged: true });
  expect(await set('none/qa', 'ENABLED')).toMatchObject({ ...answer, isChanged: false });
});

test('are enabled and paused for an environment, but for those that somebody has paused', async () => {
  await done(app, 'resumeSchedule', { schedule: 'desk/prod/nightly' }, 'schedule { id }');
  await done(app, 'pauseSchedule', { schedule: 'desk/prod/nightly' }, 'schedule { id }');
  expect(await set('desk/prod', 'ENABLED')).toMatchObject({
    ...{ environment: { importedSchedules: 'ENABLED' }, isChanged: true },
  });
  expect((await set('desk/prod', 'ENABLED')).isChanged).toBe(false);
  expect(
    (await schedulesOf('desk/prod')).map(({ isEnabled, pauseReason }) => [isEnabled, pauseReason]),
  ).toEqual([
    ...[
      [true, null],
      [true, null],
      [false, 'REQUESTED'],
    ],
  ]);
  await done(
    app,
    'createSchedule',
    { job: 'desk/prod/calls', name: 'own', interval: '@daily' },
    'schedule { id }',
  );
  await set('desk/prod', 'PAUSED');
  expect((await schedulesOf('desk/prod')).map(({ name, pauseReason }) => [name, pauseReason])).toEqual([
    ...[
      ['by-pair', 'ENVIRONMENT'],
      ['calls-hourly', 'ENVIRONMENT'],
      ['nightly', 'REQUESTED'],
      ['own', null],
    ],
  ]);
});

test('are enabled where the start names an environment, and the start says what will run', async () => {
  const database = await freshDatabase();
  const other = await startTestApp({ projects, schedules: ['desk/prod'], firesSchedules: true, database });
  expect((await schedulesOf('desk/prod', other)).map(({ isEnabled }) => isEnabled)).toEqual([
    true,
    true,
    true,
  ]);
  const said = other.logged.filter(({ message }) => message === 'a schedule will run');
  expect(said.map(({ fields }) => fields.schedule).toSorted()).toEqual(
    ['dev', 'prod'].flatMap((environment) =>
      ['by-pair', 'calls-hourly', 'nightly'].map((name) => `desk/${environment}/${name}`),
    ),
  );
  await other.stop();
  const again = await startTestApp({ projects, firesSchedules: true, database });
  expect((await schedulesOf('desk/prod', again)).map(({ isEnabled }) => isEnabled)).toEqual([
    true,
    true,
    true,
  ]);
  await again.stop();
  await expect(startTestApp({ projects, schedules: ['desk/nowhere'], database })).rejects.toThrow(
    '--schedules desk/nowhere: There is no Environment "desk/nowhere".',
  );
  await database.drop();
});

test('a start says which environments are paused', async () => {
  const fresh = await startTestApp({ projects, firesSchedules: true });
  const said = fresh.logged.filter(({ message }) => message.startsWith('imported schedules are paused here'));
  expect(said.map(({ fields }) => fields)).toEqual([{ environment: 'desk/prod', schedules: 3 }]);
  await fresh.stop();
});

test('a start computes the next times anew, since the rules of a time zone may have changed', async () => {
  const database = await freshDatabase();
  const before = await startTestApp({ projects, firesSchedules: true, database });
  const { prisma } = before.app.store;
  const nightly = await prisma.schedule.findFirstOrThrow({ where: { name: 'nightly', isEnabled: true } });
  await before.stop();
  const between = await startTestApp({ projects, database });
  await between.app.store.prisma.schedule.update({
    where: { id: nightly.id },
    data: { nextTickAt: new Date('2099-01-01T00:30Z') },
  });
  await between.stop();
  const after = await startTestApp({ projects, firesSchedules: true, database });
  const { nextTickAt } = await after.app.store.prisma.schedule.findFirstOrThrow({
    where: { id: nightly.id },
  });
  const announced = (await schedulesOf('desk/dev', after)).find(({ name }) => name === 'nightly');
  expect(announced?.nextRuns).toEqual([{ dueAt: nextTickAt?.toISOString() }]);
  expect(nextTickAt?.getUTCFullYear()).toBeLessThan(2099);
  await after.stop();
  await database.drop();
});
