import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

interface ScheduleFacts {
  id: string;
  name: string;
  path: string;
  interval: string;
  cron: string | null;
  timeZone: string;
  env: { name: string; value: string | null; isSensitive: boolean }[];
  job: { path: string } | null;
  environment: { path: string };
  deletedAt: string | null;
  nextRuns: { dueAt: string }[];
}

const fields = `schedule {
  id name path interval cron timeZone env { name value isSensitive } job { path } environment { path }
  deletedAt nextRuns(first: 2) { dueAt }
}`;
const job = 'desk/dev/tickets';

const dueAt = (time: RegExp): object => ({ dueAt: expect.stringMatching(time) as string });

async function make(name: string, rest: object = {}): Promise<ScheduleFacts> {
  const input = { job, name, interval: '@daily', ...rest };
  return (await done<{ schedule: ScheduleFacts }>(app, 'createSchedule', input, fields)).schedule;
}

const update = async (schedule: string, changes: object): Promise<ScheduleFacts> =>
  (await done<{ schedule: ScheduleFacts }>(app, 'updateSchedule', { schedule, ...changes }, fields)).schedule;

async function jobId(): Promise<string> {
  const { project } = await app.query<{ project: { environment: { job: { id: string } } } }>(
    '{ project(ref: "desk") { environment(name: "dev") { job(name: "tickets") { id } } } }',
  );
  return project.environment.job.id;
}

describe('createSchedule', () => {
  test('adds a schedule to a job, by its path and by its id, in UTC when no time zone is given', async () => {
    const schedule = await make('plain', { interval: '30 4 * * *' });
    expect(schedule).toEqual({
      ...{
        id: schedule.id,
        name: 'plain',
        path: 'desk/dev/plain',
        interval: '30 4 * * *',
        cron: '30 4 * * *',
      },
      ...{
        timeZone: 'UTC',
        env: [],
        job: { path: job },
        environment: { path: 'desk/dev' },
        deletedAt: null,
      },
      nextRuns: [dueAt(/T04:30:00\.000Z$/), dueAt(/T04:30:00\.000Z$/)],
    });
    expect(await make('by-id', { job: await jobId() })).toMatchObject({ job: { path: job } });
  });

  test.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
    ['*/15 9-17 * jan,jul mon-fri', '*/15 9-17 * jan,jul mon-fri'],
  ])('takes the interval %s', async (interval, cron) => {
    const schedule = await make(`interval-${cron.replaceAll(/\W/g, '.')}-${interval.length}`, { interval });
    expect(schedule).toMatchObject({ interval, cron });
    expect(schedule.nextRuns).toHaveLength(2);
  });

  test.each(['@once', '@manual', '@none'])('takes %s, which never comes due', async (interval) => {
    expect(await make(interval.slice(1), { interval })).toMatchObject({
      interval,
      cron: null,
      nextRuns: [],
    });
  });

  test.each([
    ['@Daily', '"@Daily" is none of the aliases @once, @manual, @none, @hourly, @daily, '],
    ['@reboot', '"@reboot" is none of the aliases '],
    ['', '"" has not five fields; a cron expression has: minute, hour, day of month, month, day of week.'],
    ['* * * *', '"* * * *" has not five fields; '],
    ['0 0 2 * * *', '"0 0 2 * * *" has not five fields; '],
    ['61 * * * *', '"61 * * * *" is not a cron expression: Invalid value for minute.'],
    ['* * 0 * *', '"* * 0 * *" is not a cron expression: Invalid value for day.'],
    ['* * * * mom', '"* * * * mom" is not a cron expression: '],
    ['2026-01-01T00:00:00', '"2026-01-01T00:00:00" has not five fields; '],
  ])('refuses the interval %j, and says why', async (interval, message) => {
    const answer = await refused(app, 'createSchedule', { job, name: 'bad', interval });
    expect(mistakes(answer)).toEqual(['input.interval: BAD_INTERVAL']);
    expect(answer.message.slice(0, message.length)).toBe(message);
  });

  test.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Etc/GMT+5', 'UTC'])(
    'takes the time zone %s',
    async (timeZone) => {
      expect(await make(timeZone.replaceAll('/', '.'), { timeZone })).toMatchObject({ timeZone });
    },
  );

  test.each([
    ['Europe/Atlantis', '.'],
    ['europe/berlin', '; write "Europe/Berlin".'],
    ['utc', '; write "UTC".'],
    ['+02:00', '.'],
    ['GMT+2', '.'],
    ['', '.'],
    [' UTC', '.'],
    ['Europe/Berlin\0', '.'],
  ])('refuses the time zone %j, and says what one looks like', async (timeZone, end) => {
    const answer = await refused(app, 'createSchedule', { job, name: 'bad', interval: '@daily', timeZone });
    expect(mistakes(answer)).toEqual(['input.timeZone: BAD_TIME_ZONE']);
    expect(answer.message).toBe(
      `${JSON.stringify(timeZone)} is not an IANA time zone such as UTC or Europe/Berlin${end}`,
    );
  });

  test('hides the values of sensitive variables', async () => {
    const env = [
      { name: 'TAP_TICKETS_PAGE_SIZE', value: '5' },
      { name: 'TAP_TICKETS_PIN', value: 'hidden' },
      { name: 'TICKETS_ENTRY_CODE', value: 'hidden' },
    ];
    expect((await make('with-env', { env })).env).toEqual([
      { name: 'TAP_TICKETS_PAGE_SIZE', value: '5', isSensitive: false },
      { name: 'TAP_TICKETS_PIN', value: null, isSensitive: true },
      { name: 'TICKETS_ENTRY_CODE', value: null, isSensitive: true },
    ]);
  });

  test('lists every mistake of the input at once', async () => {
    const input = {
      ...{ job, name: 'a:b', interval: 'never', timeZone: 'Mars/Olympus' },
      env: [
        { name: '1A', value: '' },
        { name: 'MELTANO_CLI_LOG_LEVEL', value: '' },
      ],
    };
    expect(mistakes(await refused(app, 'createSchedule', input))).toEqual([
      'input.name: BAD_NAME',
      'input.interval: BAD_INTERVAL',
      'input.timeZone: BAD_TIME_ZONE',
      'input.env.0.name: BAD_NAME',
      'input.env.1.name: RESERVED',
    ]);
  });

  test('refuses a name that is taken in the environment, also at the same moment', async () => {
    const input = { job, name: 'nightly', interval: '@daily' };
    expect(await refused(app, 'createSchedule', input)).toMatchObject({
      ...{ __typename: 'AlreadyExists', code: 'ALREADY_EXISTS', path: ['input', 'name'] },
      message: 'The environment "dev" has a schedule "nightly" already; choose another name.',
    });
    const answers = await Promise.all(
      [job, 'desk/dev/calls', job].map((one) =>
        call<object>(app, 'createSchedule', { ...input, job: one, name: 'contested' }, fields),
      ),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      ...['AlreadyExists', 'AlreadyExists', 'CreateScheduleSuccess'],
    ]);
  });

  test('refuses a job that is not there, and ids of other things', async () => {
    const rest = { name: 'lost', interval: '@daily' };
    expect(await refused(app, 'createSchedule', { job: 'desk/dev/none', ...rest })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'job'], message: 'There is no Job "desk/dev/none".' },
    });
    const { id } = await make('of-another-type');
    for (const wrong of [id, 'desk/dev', 'x']) {
      const answer = await refused(app, 'createSchedule', { job: wrong, ...rest });
      expect(mistakes(answer)).toEqual(['input.job: NOT_FOUND']);
    }
  });
});

describe('updateSchedule', () => {
  test('changes what is given, by path and by id, and leaves the rest', async () => {
    const env = [{ name: 'A', value: '1' }];
    const made = await make('update', { env, timeZone: 'Europe/Berlin' });
    const first = await update(made.id, { interval: '5 5 * * *' });
    const changed = { ...made, interval: '5 5 * * *', cron: '5 5 * * *', nextRuns: first.nextRuns };
    expect(first).toEqual(changed);
    const second = await update('desk/dev/update', { timeZone: 'Asia/Tokyo' });
    expect(second).toEqual({ ...changed, timeZone: 'Asia/Tokyo', nextRuns: second.nextRuns });
    expect(second.nextRuns[0]).toEqual(dueAt(/T20:05:00\.000Z$/));
    const variables = [{ name: 'B', value: '2' }];
    expect((await update(made.id, { env: variables })).env).toEqual([
      { name: 'B', value: '2', isSensitive: false },
    ]);
    expect((await update(made.id, { env: [] })).env).toEqual([]);
    expect(await update(made.id, { interval: '@manual' })).toMatchObject({ cron: null, nextRuns: [] });
    // Null is the same as absent.
    expect(await update(made.id, { interval: null, timeZone: null, env: null })).toMatchObject({
      ...{ interval: '@manual', timeZone: 'Asia/Tokyo' },
    });
  });

  test('refuses all mistakes at once, a schedule that is not there, and ids of other things', async () => {
    const { id } = await make('update-bad');
    const bad = { schedule: id, interval: 'x', timeZone: 'y', env: [{ name: '', value: '' }] };
    expect(mistakes(await refused(app, 'updateSchedule', bad))).toEqual([
      'input.interval: BAD_INTERVAL',
      'input.timeZone: BAD_TIME_ZONE',
      'input.env.0.name: BAD_NAME',
    ]);
    const missing = await refused(app, 'updateSchedule', { schedule: 'desk/prod/update-bad' });
    expect(missing).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND', path: ['input', 'schedule'] });
    for (const wrong of [await jobId(), 'desk/dev']) {
      const answer = await refused(app, 'updateSchedule', { schedule: wrong });
      expect(mistakes(answer)).toEqual(['input.schedule: NOT_FOUND']);
    }
  });
});

describe('deleteSchedule', () => {
  test('takes the schedule from lists and names, and from the reach of verbs', async () => {
    const { id } = await make('delete');
    const { schedule } = await done<{ schedule: ScheduleFacts }>(
      app,
      'deleteSchedule',
      { schedule: 'desk/dev/delete' },
      fields,
    );
    expect(schedule).toMatchObject({ id, name: 'delete', deletedAt: expect.stringMatching(/Z$/) as string });
    const { project } = await app.query<{
      project: { environment: { schedule: null; schedules: { nodes: { name: string }[] } } };
    }>(
      `{ project(ref: "desk") { environment(name: "dev") {
        schedule(name: "delete") { id } schedules(first: 100) { nodes { name } }
      } } }`,
    );
    expect(project.environment.schedule).toBeNull();
    expect(project.environment.schedules.nodes.map(({ name }) => name)).not.toContain('delete');
    for (const reference of [id, 'desk/dev/delete']) {
      for (const verb of ['deleteSchedule', 'updateSchedule']) {
        const answer = await refused(app, verb, { schedule: reference });
        expect(answer).toMatchObject({ __typename: 'NotFound', path: ['input', 'schedule'] });
      }
    }
    expect((await make('delete')).id).not.toBe(id);
  });
});

describe('pauseSchedule and resumeSchedule', () => {
  const facts = 'schedule { id isEnabled nextRuns(first: 1) { dueAt } }';
  type Facts = { schedule: { id: string; isEnabled: boolean; nextRuns: { dueAt: string }[] } };
  const set = async (verb: string, schedule: string) =>
    (await done<Facts>(app, verb, { schedule }, facts)).schedule;

  test('take the next ticks away and give them back; twice changes nothing', async () => {
    const { id } = await make('paused');
    const paused = await set('pauseSchedule', 'desk/dev/paused');
    expect(paused).toMatchObject({ id, isEnabled: false, nextRuns: [] });
    const before = await tableTexts(app.app.store);
    expect(await set('pauseSchedule', id)).toEqual(paused);
    expect(await tableTexts(app.app.store)).toEqual(before);
    await update(id, { interval: '@hourly' });
    const resumed = await set('resumeSchedule', id);
    expect(resumed).toMatchObject({ isEnabled: true, nextRuns: [dueAt(/:00:00\.000Z$/)] });
    expect(await set('resumeSchedule', 'desk/dev/paused')).toEqual(resumed);
  });

  test('a schedule can be made paused, and later imports leave it as it is', async () => {
    expect(await make('made-paused', { isEnabled: false })).toMatchObject({ nextRuns: [] });
    expect(await make('made-in-force', { isEnabled: true })).toMatchObject({
      nextRuns: [dueAt(/Z$/), dueAt(/Z$/)],
    });
  });

  test('are refused for a schedule that is not there', async () => {
    for (const verb of ['pauseSchedule', 'resumeSchedule']) {
      expect((await refused(app, verb, { schedule: 'desk/dev/nobody' })).__typename).toBe('NotFound');
    }
  });
});

test('an imported schedule that can never come due has no next ticks, and is read all the same', async () => {
  const environment = await app.app.store.environments.byPath('desk', 'dev');
  await app.app.store.schedules.create({
    ...{ environmentId: environment?.id ?? '', name: 'odd', interval: '61 * * * *', cron: '61 * * * *' },
  });
  const { project } = await app.query<{ project: { environment: { schedule: object } } }>(
    '{ project(ref: "desk") { environment(name: "dev") { schedule(name: "odd") { cron nextRuns { dueAt } problem { code message } } } } }',
  );
  expect(project.environment.schedule).toEqual({
    ...{ cron: '61 * * * *', nextRuns: [] },
    problem: {
      code: 'BAD_INTERVAL',
      message: '"61 * * * *" is not a cron expression: Invalid value for minute.',
    },
  });
});
