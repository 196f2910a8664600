import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type Answer, type TestApp } from '../../kit/app.ts';
import { subscribe } from '../../kit/events.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { done, refused, validate } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const day = 24 * 3600 * 1000;
const tasks = [{ blocks: ['digest:daily'] }];

/** A project of its own for a test, with the environments `dev` and `prod`. */
async function desk(name: string): Promise<string> {
  await importAgain(app, (await copyOf('desk')).directory, name);
  return name;
}

const move = (resource: object, to: object) => done(app, 'moveResource', { resource, to }, 'resource { id }');
const makeJob = (environment: string, name: string) =>
  done(app, 'createJob', { environment, name, tasks }, 'job { id }');
const makeState = (environment: string, stateId: string) =>
  done(
    app,
    'setState',
    { environment, stateId, document: { json: { singer_state: { at: stateId } } } },
    'state { id }',
  );

/** Lets the names that were given up so far be as old as if that had been so long ago. */
async function age(ms: number): Promise<void> {
  await app.app.store.prisma.$executeRawUnsafe(
    `UPDATE "FormerName" SET "movedAt" = "movedAt" - interval '${ms} milliseconds'`,
  );
}

type Moved = { from: string; to: string; until: string }[] | undefined;

function movedIn(answer: object): string[] {
  const { extensions } = answer as { extensions?: { movedPaths?: Moved } };
  return (extensions?.movedPaths ?? []).map(({ from, to }) => `${from} -> ${to}`);
}

/** What a path leads to in a query, and what the answer says of paths. */
async function at(path: string, field = 'job'): Promise<{ path: string | null; moved: string[] }> {
  const [project, environment, name] = path.split('/');
  const by = field === 'state' ? 'stateId' : 'name';
  const answer = await app.send<{
    project: { environment: Record<string, { path: string } | null> | null } | null;
  }>(
    `query ($p: ID!, $e: String!, $n: String!) {
      project(ref: $p) { environment(name: $e) { ${field}(${by}: $n) { path } } }
    }`,
    { p: project, e: environment, n: name },
  );
  return { path: answer.data.project?.environment?.[field]?.path ?? null, moved: movedIn(answer) };
}

describe('a path that was given up', () => {
  test('leads a query to what was there, at each of its parts, and the answer says so', async () => {
    const name = await desk('parts');
    await makeJob(`${name}/dev`, 'before');
    await done(
      app,
      'createSchedule',
      { job: `${name}/dev/before`, name: 'tick', interval: '@daily' },
      '__typename',
    );
    await makeState(`${name}/dev`, 'left');
    await makeState(`${name}/dev`, 'handed-on');
    await move({ job: `${name}/dev/before` }, { environment: `${name}/prod`, name: 'after' });
    await move({ state: `${name}/dev/left` }, { stateId: 'right' });
    const to = { environment: `${name}/prod`, stateId: 'taken-over' };
    await done(app, 'moveState', { state: `${name}/dev/handed-on`, to }, '__typename');
    await move({ project: name }, { name: 'parts-2' });
    const project = 'parts -> parts-2';
    expect(await at('parts/dev/before')).toEqual({
      path: 'parts-2/prod/after',
      moved: [project, 'parts-2/dev/before -> parts-2/prod/after'],
    });
    expect(await at('parts-2/prod/after')).toEqual({ path: 'parts-2/prod/after', moved: [] });
    expect(await at('parts/dev/tick', 'schedule')).toEqual({
      path: 'parts-2/prod/tick',
      moved: [project, 'parts-2/dev/tick -> parts-2/prod/tick'],
    });
    expect((await at('parts/dev/left', 'state')).path).toBe('parts-2/dev/right');
    // `moveState` moves documents, and leaves the id free as Meltano's own does.
    expect((await at('parts/dev/handed-on', 'state')).path).toBeNull();
    expect(await at('parts/dev/calls')).toEqual({ path: 'parts-2/dev/calls', moved: [project] });
    expect(await at('parts/dev/none')).toEqual({ path: null, moved: [project] });
  });

  test('leads mutations and subscriptions there, too', async () => {
    const name = await desk('verbs');
    await makeJob(`${name}/dev`, 'old');
    await makeState(`${name}/dev`, 'old-id');
    await move({ job: `${name}/dev/old` }, { name: 'new' });
    await move({ state: `${name}/dev/old-id` }, { stateId: 'new-id' });
    await move({ project: name }, { name: 'verbs-2' });
    const calls: [verb: string, input: string, from: string, to: string][] = [
      ['runJob', 'job: "verbs/dev/old"', 'verbs/dev/old', 'verbs-2/dev/new'],
      ['retryRun', 'run: "verbs/dev/old"', 'verbs/dev/old', 'verbs-2/dev/new'],
      ['runCommand', 'environment: "verbs/dev", command: "digest:daily"', 'verbs/dev', 'verbs-2/dev'],
      ['installPlugins', 'project: "verbs"', 'verbs', 'verbs-2'],
      ['cancelRun', 'run: "verbs/dev/old"', 'verbs/dev/old', 'verbs-2/dev/new'],
      [
        'updateJob',
        'job: "verbs/dev/old", tasks: [{ blocks: ["digest"] }]',
        'verbs/dev/old',
        'verbs-2/dev/new',
      ],
      [
        'createJob',
        'environment: "verbs/dev", name: "more", tasks: [{ blocks: ["digest"] }]',
        'verbs/dev',
        'verbs-2/dev',
      ],
      ['editState', 'state: "verbs/dev/old-id", patch: []', 'verbs/dev/old-id', 'verbs-2/dev/new-id'],
      ['clearState', 'state: "verbs/dev/old-id"', 'verbs/dev/old-id', 'verbs-2/dev/new-id'],
      ['validate', 'deleteJob: { job: "verbs/dev/old" }', 'verbs/dev/old', 'verbs-2/dev/new'],
      ['updateEnvironment', 'environment: "verbs/dev", ifMatch: "none"', 'verbs/dev', 'verbs-2/dev'],
    ];
    for (const [verb, input, from, to] of calls) {
      const answer = await app.send<Record<string, { __typename: string }>>(
        `mutation { ${verb}(input: { ${input} }) { __typename ... on NotFound { message } } }`,
      );
      expect(answer.data[verb]?.__typename, verb).not.toBe('NotFound');
      expect(movedIn(answer), verb).toEqual([`${from} -> ${to}`]);
      if (verb !== 'runJob') continue;
      // So that there is one to be repeated.
      const id = await app.app.store.prisma.run.findFirstOrThrow({ orderBy: { id: 'desc' } });
      await app.app.store.prisma.run.update({
        where: { id: id.id },
        data: { status: 'FAILED', endedAt: new Date() },
      });
    }
    const events = [];
    for await (const event of subscribe<{ runUpdated: { job: { path: string } } }>(
      app.url,
      'subscription { runUpdated(run: "verbs/dev/old") { job { path } } }',
    )) {
      events.push(event.data?.runUpdated.job.path);
      break;
    }
    expect(events).toEqual(['verbs-2/dev/new']);
  });

  test('is told of on every road: interpreted, compiled, interpreted beside an error, and by GET', async () => {
    const name = await desk('roads');
    await move({ project: name }, { name: 'roads-2' });
    const query = '{ project(ref: "roads") { path } }';
    const expected = [
      { from: 'roads', to: 'roads-2', until: expect.stringMatching(/^\d{4}-.*Z$/) as string },
    ];
    const interpreted = await app.send(query);
    expect(interpreted).toEqual({
      data: { project: { path: 'roads-2' } },
      extensions: { movedPaths: expected },
    });
    const compiled = await app.send(query);
    expect(compiled).toEqual(interpreted);
    const [{ until }] = (compiled as unknown as { extensions: { movedPaths: [{ until: string }] } })
      .extensions.movedPaths;
    expect(Math.abs(Date.parse(until) - Date.now() - 30 * day)).toBeLessThan(60_000);
    const failing = await app.send(
      '{ project(ref: "roads") { path } bad: project(ref: "roads") { environments(after: "x") { nodes { id } } } }',
    );
    expect(failing).toMatchObject({
      data: { project: { path: 'roads-2' } },
      extensions: { movedPaths: expected },
    });
    expect(failing.errors).toHaveLength(1);
    const got = await fetch(`${app.url}?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'application/json' },
    });
    expect(((await got.json()) as Answer<unknown> & { extensions: object }).extensions).toEqual({
      movedPaths: expected,
    });
  });

  test('leads nowhere after 30 days, and is then forgotten', async () => {
    const name = await desk('days');
    await move({ job: `${name}/dev/calls` }, { name: 'rings' });
    await age(29.9 * day);
    expect((await at('days/dev/calls')).path).toBe('days/dev/rings');
    await app.app.store.formerNames.forget(30 * day);
    expect((await at('days/dev/calls')).path).toBe('days/dev/rings');
    await age(0.2 * day);
    expect(await at('days/dev/calls')).toEqual({ path: null, moved: [] });
    expect(await refused(app, 'runJob', { job: 'days/dev/calls' })).toMatchObject({
      ...{ __typename: 'NotFound', message: 'There is no Job "days/dev/calls".' },
    });
    await app.app.store.formerNames.forget(30 * day);
    expect(await app.app.store.prisma.formerName.count()).toBe(0);
  });

  test('is left to who has the name now, and does not come back when that one is deleted', async () => {
    const name = await desk('taken');
    await makeJob(`${name}/dev`, 'a');
    await move({ job: `${name}/dev/a` }, { name: 'kept' });
    await makeJob(`${name}/dev`, 'a');
    expect(await at('taken/dev/a')).toEqual({ path: 'taken/dev/a', moved: [] });
    await done(app, 'deleteJob', { job: 'taken/dev/a' }, '__typename');
    expect(await refused(app, 'deleteJob', { job: 'taken/dev/a' })).toMatchObject({ __typename: 'NotFound' });
    expect((await at('taken/dev/a')).path).toBeNull();
    expect((await at('taken/dev/kept')).path).toBe('taken/dev/kept');
  });

  test('leads to who had the name last, and there and back again', async () => {
    const name = await desk('last');
    await makeJob(`${name}/dev`, 'one');
    await move({ job: 'last/dev/one' }, { name: 'two' });
    await move({ job: 'last/dev/two' }, { name: 'one' });
    expect(await at('last/dev/one')).toEqual({ path: 'last/dev/one', moved: [] });
    expect((await at('last/dev/two')).path).toBe('last/dev/one');
    await makeJob(`${name}/dev`, 'two');
    await move({ job: 'last/dev/two' }, { environment: 'last/prod' });
    expect((await at('last/dev/two')).path).toBe('last/prod/two');
  });

  test('leads nowhere while the object is deleted, and goes with it for good', async () => {
    const name = await desk('deleted');
    await makeJob(`${name}/dev`, 'x');
    await move({ job: 'deleted/dev/x' }, { name: 'y' });
    const { job } = await done<{ job: { id: string } }>(
      app,
      'deleteJob',
      { job: 'deleted/dev/x' },
      'job { id }',
    );
    expect((await at('deleted/dev/x')).path).toBeNull();
    await done(app, 'undelete', { id: job.id }, '__typename');
    expect((await at('deleted/dev/x')).path).toBe('deleted/dev/y');
    const { prisma } = app.app.store;
    const names = () => prisma.formerName.findMany({ where: { name: 'x' } });
    expect(await names()).toHaveLength(1);
    await prisma.job.deleteMany({ where: { name: 'y' } });
    expect(await names()).toEqual([]);
  });

  test('costs one statement when there is none, for all of a list together, and nothing where there is an object', async () => {
    const name = await desk('cost');
    await makeJob(`${name}/dev`, 'here');
    await makeState(`${name}/dev`, 'here');
    const cost = async (work: () => Promise<unknown>): Promise<number> =>
      (await app.counting(work)).statements.length;
    const jobs = (job: string) =>
      app.query(
        `{ project(ref: "cost") { environments { nodes { job(name: "${job}") { path } schedule(name: "${job}") { id } } } } }`,
      );
    expect(await cost(() => at('cost/dev/here'))).toBe(1);
    expect(await cost(() => jobs('nowhere'))).toBe(2);
    const run = (job: string) => validate(app, 'runJob', { job });
    expect(await cost(() => run('cost/dev/here'))).toBe(1);
    const none = await app.counting(() =>
      app.send('mutation { runJob(input: { job: "cost/dev/none" }) { __typename } }'),
    );
    expect(none.statements).toHaveLength(2);
    const edit = (state: string) => done(app, 'editState', { state, patch: [] }, '__typename');
    const usual = await cost(() => edit('cost/dev/here'));
    await move({ state: 'cost/dev/here' }, { stateId: 'there' });
    expect(await cost(() => edit('cost/dev/here'))).toBe(usual + 2);
    await makeJob(`${name}/prod`, 'nowhere');
    await move({ job: 'cost/prod/nowhere' }, { name: 'somewhere' });
    expect(await cost(() => jobs('nowhere'))).toBe(3);
  });

  test('can hold any text', async () => {
    await desk('texts');
    for (const name of ['\0', '\ud800', "'", '%', 'x'.repeat(5000)]) {
      const answer = await app.send('query ($name: ID!) { project(ref: $name) { name } }', { name });
      expect(answer).toEqual({ data: { project: null } });
    }
  });
});

describe('to validate moveResource lists what would change', () => {
  const changes = async (resource: object, to: object) => {
    const { validate: validated } = await app.query<{
      validate: { changes: { field: string }[]; pathCount: number };
    }>(
      `mutation ($input: MoveResourceInput!) { validate(input: { moveResource: $input }) {
        ... on Validated { changes { type field before after } pathCount } } }`,
      { input: { resource, to } },
    );
    return validated;
  };

  test('of a project, with the number of paths below', async () => {
    await desk('listed');
    const { prisma } = app.app.store;
    const below = { environment: { project: { name: 'listed' } } };
    const count =
      (await prisma.environment.count({ where: { project: { name: 'listed' } } })) +
      (await prisma.job.count({ where: below })) +
      (await prisma.schedule.count({ where: below })) +
      (await prisma.state.count({ where: below }));
    expect(await changes({ project: 'listed' }, { name: 'listed-2' })).toEqual({
      changes: [
        { type: 'PROJECT', field: 'path', before: 'listed', after: 'listed-2' },
        { type: 'PROJECT', field: 'name', before: 'listed', after: 'listed-2' },
      ],
      pathCount: count,
    });
    expect(await changes({ project: 'listed' }, { name: 'listed' })).toEqual({ changes: [], pathCount: 0 });
  });

  test('of a job, with the schedules that go with it', async () => {
    const name = await desk('listed-job');
    await makeJob(`${name}/dev`, 'a');
    await done(
      app,
      'createSchedule',
      { job: `${name}/dev/a`, name: 'tick', interval: '@daily' },
      '__typename',
    );
    const change = (type: string, field: string, before: string, after: string) => ({
      type,
      field,
      before,
      after,
    });
    const moved = await changes({ job: `${name}/dev/a` }, { environment: `${name}/prod`, name: 'b' });
    expect(moved).toEqual({
      changes: [
        change('JOB', 'path', 'listed-job/dev/a', 'listed-job/prod/b'),
        change('JOB', 'name', 'a', 'b'),
        change('JOB', 'environment', 'listed-job/dev', 'listed-job/prod'),
        change('SCHEDULE', 'path', 'listed-job/dev/tick', 'listed-job/prod/tick'),
        change('SCHEDULE', 'environment', 'listed-job/dev', 'listed-job/prod'),
        change('SCHEDULE', 'job', 'listed-job/dev/a', 'listed-job/prod/b'),
      ],
      pathCount: 0,
    });
    const renamed = await changes({ job: `${name}/dev/a` }, { name: 'b' });
    expect(renamed.changes.map(({ field }) => field)).toEqual(['path', 'name']);
  });

  test('of a schedule and of a state', async () => {
    const name = await desk('listed-rest');
    const schedule = await changes({ schedule: `${name}/dev/by-pair` }, { job: `${name}/dev/calls` });
    expect(schedule.changes).toContainEqual({
      ...{ type: 'SCHEDULE', field: 'job', before: null, after: 'listed-rest/dev/calls' },
    });
    await makeState(`${name}/dev`, 'a');
    const state = await changes({ state: `${name}/dev/a` }, { stateId: 'b' });
    expect(state.changes.map(({ field, ...rest }) => [field, rest])).toEqual([
      ['path', { type: 'STATE', before: 'listed-rest/dev/a', after: 'listed-rest/dev/b' }],
      ['stateId', { type: 'STATE', before: 'a', after: 'b' }],
    ]);
  });

  test('and other mutations do not', async () => {
    await desk('unlisted');
    const answer = await app.query(
      'mutation { validate(input: { deleteJob: { job: "unlisted/dev/calls", force: true } }) { ... on Validated { changes { objectId } pathCount } } }',
    );
    expect(answer).toEqual({ validate: { changes: null, pathCount: null } });
  });
});
