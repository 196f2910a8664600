import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { hold } from '../../kit/verbs/held.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import {
  plainDocuments,
  placeState,
  readState,
  stateFields,
  storedText,
  type StateFacts,
} from '../../kit/verbs/states.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const tasks = [{ blocks: ['tap-calls', 'target-desk'] }];

interface Place {
  id: string;
  path: string;
}

async function makeJob(name: string, environment = 'desk/dev'): Promise<Place> {
  return (await done<{ job: Place }>(app, 'createJob', { environment, name, tasks }, 'job { id path }')).job;
}

async function makeSchedule(name: string, job: string): Promise<Place> {
  const input = { job, name, interval: '@daily' };
  return (await done<{ schedule: Place }>(app, 'createSchedule', input, 'schedule { id path }')).schedule;
}

const anything = '... on Job { id path } ... on Schedule { id path job { path } } ... on State { id path }';

async function move<Resource = Place>(resource: object, to: object, fields = anything): Promise<Resource> {
  const input = { resource, to };
  return (await done<{ resource: Resource }>(app, 'moveResource', input, `resource { ${fields} }`)).resource;
}

const refuse = (resource: object, to: object) => refused(app, 'moveResource', { resource, to });

async function environmentId(path: string): Promise<string> {
  const [project, name] = path.split('/');
  const found = await app.query<{ project: { environment: { id: string } } }>(
    'query ($p: ID!, $e: String!) { project(ref: $p) { environment(name: $e) { id } } }',
    { p: project, e: name },
  );
  return found.project.environment.id;
}

describe('moveResource, of a job,', () => {
  test.each<[string, object, string]>([
    ['rename', { name: 'renamed' }, 'desk/dev/renamed'],
    ['environment', { environment: 'desk/prod' }, 'desk/prod/environment'],
    ['both', { environment: 'desk/prod', name: 'both-2' }, 'desk/prod/both-2'],
  ])('to another place (%s) keeps its id, its runs and its schedules', async (name, to, path) => {
    const { id } = await makeJob(name);
    const schedule = await makeSchedule(`${name}-daily`, id);
    const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: id }, 'run { id }');
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    const environment = path.split('/').slice(0, 2).join('/');
    const fields = `... on Job { id path environment { path } runs { nodes { id environment { path } } } schedules { nodes { id path } } }`;
    expect(await move({ job: id }, to, fields)).toEqual({
      ...{ id, path, environment: { path: environment } },
      // The run was in the environment that the job was in then.
      runs: { nodes: [{ id: run.id, environment: { path: 'desk/dev' } }] },
      schedules: { nodes: [{ id: schedule.id, path: `${environment}/${name}-daily` }] },
    });
    // By its former path: to where it is already.
    expect((await move({ job: `desk/dev/${name}` }, to)).path).toBe(path);
    const next = await done<{ run: object }>(
      app,
      'runJob',
      { job: path },
      'run { job { id } environment { path } }',
    );
    expect(next.run).toEqual({ job: { id }, environment: { path: environment } });
  });

  test('by path and by ids, there and back', async () => {
    const { id } = await makeJob('around');
    expect(
      (await move({ job: 'desk/dev/around' }, { environment: await environmentId('desk/prod') })).path,
    ).toBe('desk/prod/around');
    expect((await move({ job: id }, { environment: 'desk/dev' })).path).toBe('desk/dev/around');
  });

  test('to where it is already changes nothing', async () => {
    const { id } = await makeJob('still');
    expect((await move({ job: id }, { name: 'still', environment: 'desk/dev' })).path).toBe('desk/dev/still');
  });

  test('is refused when the name is taken there', async () => {
    const { id } = await makeJob('mover');
    expect(await refuse({ job: id }, { name: 'tickets' })).toMatchObject({
      ...{ __typename: 'AlreadyExists', code: 'ALREADY_EXISTS', path: ['input', 'to'] },
      message: 'The environment "dev" has a job "tickets" already; choose another name.',
    });
    await makeJob('mover', 'desk/prod');
    const answer = await refuse({ job: id }, { environment: 'desk/prod' });
    expect(answer).toMatchObject({ __typename: 'AlreadyExists', path: ['input', 'to'] });
  });

  test('is refused when the name of one of its schedules is taken there, also by one without a job', async () => {
    const { id } = await makeJob('with-schedules');
    await makeSchedule('with-schedules-1', id);
    await makeSchedule('taken-there', id);
    await makeSchedule('taken-there', 'desk/prod/tickets');
    const place = { environment: 'desk/prod' };
    expect(await refuse({ job: id }, place)).toMatchObject({
      ...{ __typename: 'AlreadyExists', path: ['input', 'to', 'environment'] },
      message: 'The environment "prod" has a schedule "taken-there" already; choose another name.',
    });
    await done(app, 'deleteSchedule', { schedule: 'desk/dev/taken-there' }, 'schedule { id }');
    await done(app, 'deleteSchedule', { schedule: 'desk/dev/by-pair' }, 'schedule { id }');
    await makeSchedule('by-pair', id);
    expect((await refuse({ job: id }, place)).message).toContain('"by-pair"');
    await done(app, 'deleteSchedule', { schedule: 'desk/dev/by-pair' }, 'schedule { id }');
    expect((await move({ job: id }, place)).path).toBe('desk/prod/with-schedules');
  });

  test('is refused into another project', async () => {
    const { id } = await makeJob('stays');
    expect(await refuse({ job: id }, { environment: 'annex/dev' })).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'to', 'environment'] },
      message: 'A job cannot leave its project: its blocks name plugins of the project.',
    });
  });

  test('is refused while a run of it has not ended', async () => {
    const { id } = await makeJob('busy');
    const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: id }, 'run { id }');
    expect(await refuse({ job: id }, { name: 'busy-2' })).toMatchObject({
      ...{ __typename: 'Busy', code: 'BUSY', path: ['input', 'resource', 'job'], run },
    });
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    expect((await move({ job: id }, { name: 'busy-2' })).path).toBe('desk/dev/busy-2');
  });

  test('of two that want one name at once one gets it, and the other learns why not', async () => {
    for (let round = 0; round < 4; round++) {
      const jobs = [await makeJob(`left-${round}`), await makeJob(`right-${round}`)];
      const answers = await Promise.all(
        jobs.map(({ id }) =>
          call<object>(
            app,
            'moveResource',
            { resource: { job: id }, to: { name: `won-${round}` } },
            'resource { id }',
          ),
        ),
      );
      expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
        'AlreadyExists',
        'MoveResourceSuccess',
      ]);
      expect(answers.find(({ code }) => code === 'ALREADY_EXISTS')?.path).toEqual(['input', 'to']);
    }
  });
});

describe('moveResource, of a project,', () => {
  test('to another name keeps all ids, and changes the paths of all in it', async () => {
    const fields =
      '... on Project { id path environment(name: "dev") { id path job(name: "tickets") { id path } } }';
    type Named = { id: string; path: string; environment: { id: string; path: string; job: { id: string } } };
    const before = await move<Named>({ project: 'desk' }, { name: 'desk' }, fields);
    const after = await move<Named>({ project: 'desk' }, { name: 'bureau' }, fields);
    const { id, environment } = before;
    expect(after).toEqual({
      ...{ id, path: 'bureau' },
      environment: {
        id: environment.id,
        path: 'bureau/dev',
        job: { id: environment.job.id, path: 'bureau/dev/tickets' },
      },
    });
    const project = await move({ project: 'desk' }, { name: 'bureau' }, '... on Project { id path }');
    expect(project.path).toBe('bureau');
    expect((await move({ job: 'desk/dev/tickets' }, { name: 'tickets' })).path).toBe('bureau/dev/tickets');
    expect((await move({ project: id }, { name: 'desk' }, '... on Project { id path }')).path).toBe('desk');
  });

  test('is refused when the name is taken, and to another place than a name', async () => {
    expect(await refuse({ project: 'desk' }, { name: 'annex' })).toMatchObject({
      ...{ __typename: 'AlreadyExists', path: ['input', 'to'] },
      message: 'There is a project "annex" already; choose another name.',
    });
    expect(mistakes(await refuse({ project: 'desk' }, { environment: 'annex/dev', name: 'a b' }))).toEqual([
      ...['input.to.environment: NOT_APPLICABLE', 'input.to.name: BAD_NAME'],
    ]);
  });
});

describe('moveResource, of a schedule,', () => {
  test('to another job, of the same and of another environment, and to another name keeps its id', async () => {
    const { id } = await makeSchedule('wander', 'desk/dev/tickets');
    const schedule = { schedule: 'desk/dev/wander' };
    expect(await move(schedule, { job: 'desk/dev/calls' })).toEqual({
      ...{ id, path: 'desk/dev/wander', job: { path: 'desk/dev/calls' } },
    });
    expect(await move(schedule, { job: 'desk/prod/tickets', name: 'wander-2' })).toEqual({
      ...{ id, path: 'desk/prod/wander-2', job: { path: 'desk/prod/tickets' } },
    });
    expect(await move({ schedule: id }, { name: 'wander-3' })).toEqual({
      ...{ id, path: 'desk/prod/wander-3', job: { path: 'desk/prod/tickets' } },
    });
    expect((await move(schedule, { name: 'wander-3' })).path).toBe('desk/prod/wander-3');
  });

  test('of a pair of plugins to a job makes it a schedule of that job', async () => {
    const fields = 'resource { ... on Schedule { job { path } extractor loader transform } }';
    const input = { resource: { schedule: 'desk/prod/by-pair' }, to: { job: 'desk/prod/calls' } };
    expect(await done(app, 'moveResource', input, fields)).toMatchObject({
      resource: { job: { path: 'desk/prod/calls' }, extractor: null, loader: null, transform: null },
    });
  });

  test('is refused when the name is taken there, and into another project', async () => {
    const { id } = await makeSchedule('stuck', 'desk/dev/tickets');
    const schedule = { schedule: id };
    expect(await refuse(schedule, { name: 'nightly' })).toMatchObject({
      ...{ __typename: 'AlreadyExists', path: ['input', 'to'] },
      message: 'The environment "dev" has a schedule "nightly" already; choose another name.',
    });
    await makeSchedule('stuck', 'desk/prod/tickets');
    expect((await refuse(schedule, { job: 'desk/prod/calls' })).__typename).toBe('AlreadyExists');
    expect(await refuse(schedule, { job: 'annex/dev/calls' })).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'to', 'job'] },
    });
    expect(await refuse(schedule, { job: 'desk/dev/none' })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'to', 'job'] },
    });
  });

  test('of two that want one name at once one gets it', async () => {
    const schedules = [
      await makeSchedule('one', 'desk/dev/calls'),
      await makeSchedule('two', 'desk/dev/tickets'),
    ];
    const answers = await Promise.all(
      schedules.map(({ id }) =>
        call<object>(
          app,
          'moveResource',
          { resource: { schedule: id }, to: { name: 'only' } },
          'resource { id }',
        ),
      ),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      'AlreadyExists',
      'MoveResourceSuccess',
    ]);
  });
});

describe('moveResource, of a state,', () => {
  const completed = '{"singer_state": {"id": 9007199254740993}}';
  const partial = '{"singer_state": {"to": 9007199254740995}}';

  test.each<[string, object, string]>([
    ['id', { stateId: 'dev:tap-calls-to-target-desk:new' }, 'desk/dev/dev:tap-calls-to-target-desk:new'],
    ['environment', { environment: 'desk/prod' }, 'desk/prod/from-environment'],
    ['project', { environment: 'annex/dev', stateId: 'both' }, 'annex/dev/both'],
  ])('to another %s keeps its id, its documents to the digit, and its versions', async (name, to, path) => {
    await placeState(app, `desk/dev/from-${name}`, { completed: '{"singer_state": "first"}' });
    await placeState(app, `desk/dev/from-${name}`, { completed, partial });
    const before = await readState(app, `desk/dev/from-${name}`);
    const moved = await move<StateFacts>(
      { state: `desk/dev/from-${name}` },
      to,
      `... on State { ${stateFields} }`,
    );
    const stateId = path.split('/')[2] ?? '';
    expect(plainDocuments(moved)).toMatchObject({
      ...{ id: before?.id, path, stateId, version: 3 },
      versions: {
        nodes: [
          { version: 3, change: 'MOVE', stateId },
          { version: 2, change: 'RUN', stateId: `from-${name}` },
          { version: 1, change: 'RUN', stateId: `from-${name}`, completed: { singer_state: 'first' } },
        ],
      },
    });
    expect(await readState(app, `desk/dev/from-${name}`)).toMatchObject({ id: before?.id, path });
    expect(await storedText(app, stateId)).toEqual([`${completed} ${partial}`]);
    const versions = await app.app.store.prisma.$queryRaw<{ text: string }[]>`
      SELECT completed::text || ' ' || partial::text AS text FROM "StateVersion" WHERE "stateId" = ${stateId} AND change = 'MOVE'`;
    expect(versions).toEqual([{ text: `${completed} ${partial}` }]);
  });

  test('to an id of another pair shows up with the jobs of that pair', async () => {
    await placeState(app, 'desk/dev/loose', { completed });
    const stateId = 'dev:tap-tickets-to-target-desk:loose';
    await move({ state: 'desk/dev/loose' }, { stateId });
    const { project } = await app.query<{
      project: { environment: { job: { states: { nodes: { stateId: string }[] } } } };
    }>(
      `{ project(ref: "desk") { environment(name: "dev") { job(name: "tickets") { states { nodes { stateId } } } } } }`,
    );
    expect(project.environment.job.states.nodes).toContainEqual({ stateId });
  });

  test('to where it is already changes nothing', async () => {
    await placeState(app, 'desk/dev/here', { completed });
    const before = await readState(app, 'desk/dev/here');
    await move({ state: 'desk/dev/here' }, { stateId: 'here' });
    expect(await readState(app, 'desk/dev/here')).toEqual(before);
  });

  test('is refused when there is a state, and when the id cannot be', async () => {
    await placeState(app, 'desk/dev/first', { completed });
    await placeState(app, 'desk/dev/second', { completed });
    const state = { state: 'desk/dev/first' };
    expect(await refuse(state, { stateId: 'second' })).toMatchObject({
      ...{ __typename: 'AlreadyExists', code: 'ALREADY_EXISTS', path: ['input', 'to'] },
      message: 'The environment "dev" has a state "second" already; copy over it, or choose another id.',
    });
    expect(mistakes(await refuse(state, { stateId: 'a/b' }))).toEqual(['input.to.stateId: BAD_STATE_ID']);
    expect(await refuse(state, { environment: 'desk/none' })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'to', 'environment'] },
    });
  });

  test.each([
    ['id that it has', 'held', ['input', 'resource', 'state']],
    ['id that it is to get', 'wanted', ['input', 'to']],
  ])('is refused while a run holds the %s, and names the run', async (_which, heldId, path) => {
    const stateId = `${heldId}-target`;
    await placeState(app, `desk/dev/${heldId}-source`, { completed });
    const held = await hold(app, `desk/dev/${heldId === 'held' ? 'held-source' : stateId}`);
    const state = { state: `desk/dev/${heldId}-source` };
    expect(await refuse(state, { stateId })).toMatchObject({
      ...{ __typename: 'Busy', code: 'BUSY', path, run: { id: held.run } },
    });
    await held.release();
    expect((await move(state, { stateId })).path).toBe(`desk/dev/${stateId}`);
  });

  test('of two that want one id at once one gets it, and the other stays as it was', async () => {
    await placeState(app, 'desk/dev/race-1', { completed: '{"singer_state": 1}' });
    await placeState(app, 'desk/dev/race-2', { completed: '{"singer_state": 2}' });
    const answers = await Promise.all(
      ['race-1', 'race-2'].map((name) =>
        call<object>(
          app,
          'moveResource',
          { resource: { state: `desk/dev/${name}` }, to: { stateId: 'race-won' } },
          'resource { id }',
        ),
      ),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      'AlreadyExists',
      'MoveResourceSuccess',
    ]);
    const lost = answers[0]?.code === undefined ? 'race-2' : 'race-1';
    expect((await readState(app, `desk/dev/${lost}`))?.version).toBe(1);
  });
});

describe('moveResource refuses', () => {
  test.each<[object, object, string[]]>([
    [{ job: 'desk/dev/tickets' }, { job: 'desk/dev/calls' }, ['input.to.job: NOT_APPLICABLE']],
    [{ job: 'desk/dev/tickets' }, { stateId: 'x', name: 'y' }, ['input.to.stateId: NOT_APPLICABLE']],
    [
      { schedule: 'desk/dev/nightly' },
      { environment: 'desk/prod' },
      ['input.to.environment: NOT_APPLICABLE'],
    ],
    [{ state: 'desk/dev/x' }, { name: 'y' }, ['input.to.name: NOT_APPLICABLE']],
    [{ job: 'desk/dev/tickets' }, {}, ['input.to: MISSING']],
    [{ job: 'desk/dev/tickets' }, { name: null, environment: null }, ['input.to: MISSING']],
    [{ job: 'desk/dev/tickets' }, { name: 'a b' }, ['input.to.name: BAD_NAME']],
    [{ schedule: 'desk/dev/nightly' }, { name: '' }, ['input.to.name: BAD_LENGTH']],
    [
      { job: 'desk/dev/tickets' },
      { job: 'x', stateId: 'x', name: 'a/b' },
      ['input.to.job: NOT_APPLICABLE', 'input.to.stateId: NOT_APPLICABLE', 'input.to.name: BAD_NAME'],
    ],
  ])('%j to %j', async (resource, to, expected) => {
    expect(mistakes(await refuse(resource, to))).toEqual(expected);
  });

  test('what is not there, and the id of something else', async () => {
    const { id } = await makeJob('of-another-type');
    for (const [kind, to] of [
      ['job', { name: 'x' }],
      ['schedule', { name: 'x' }],
      ['state', { stateId: 'x' }],
    ] as const) {
      const missing = await refuse({ [kind]: 'desk/dev/none' }, to);
      expect(missing).toMatchObject({ __typename: 'NotFound', path: ['input', 'resource', kind] });
      const wrong = kind === 'job' ? await environmentId('desk/dev') : id;
      expect(mistakes(await refuse({ [kind]: wrong }, to))).toEqual([`input.resource.${kind}: NOT_FOUND`]);
    }
    const wrong = await refuse({ job: id }, { environment: id });
    expect(mistakes(wrong)).toEqual(['input.to.environment: NOT_FOUND']);
  });

  test('two resources in one input, and none, before anything is done', async () => {
    for (const resource of ['{ job: "desk/dev/tickets", schedule: "desk/dev/nightly" }', '{}']) {
      const { errors } = await app.send(
        `mutation { moveResource(input: { resource: ${resource}, to: { name: "x" } }) { __typename } }`,
      );
      expect(errors?.[0]?.message).toContain('OneOf Input Object "MovableResource"');
    }
  });
});
