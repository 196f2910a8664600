import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

interface JobFacts {
  id: string;
  name: string;
  path: string;
  pairs: string[];
  tasks: { blocks: string[] }[];
  deletedAt: string | null;
  environment: { path: string };
}

const fields = 'job { id name path pairs tasks { blocks } deletedAt environment { path } }';
const environment = 'desk/dev';
const daily = [{ blocks: ['digest:daily'] }];

async function make(name: string, tasks: object = daily): Promise<JobFacts> {
  return (await done<{ job: JobFacts }>(app, 'createJob', { environment, name, tasks }, fields)).job;
}

/** The names of the jobs of `desk/dev`, and whether the job of that name is found by it. */
async function namesWith(name: string): Promise<{ names: string[]; found: boolean }> {
  const { project } = await app.query<{
    project: { environment: { jobs: { nodes: { name: string }[] }; job: object | null } };
  }>(
    `query ($name: String!) { project(ref: "desk") { environment(name: "dev") {
      jobs(first: 100) { nodes { name } } job(name: $name) { id }
    } } }`,
    { name },
  );
  const { jobs, job } = project.environment;
  return { names: jobs.nodes.map((one) => one.name), found: job !== null };
}

async function idOf(path: string): Promise<string> {
  const [project, name] = path.split('/');
  const found = await app.query<{ project: { id: string; environment: { id: string } | null } }>(
    'query ($p: ID!, $e: String!) { project(ref: $p) { id environment(name: $e) { id } } }',
    { p: project, e: name ?? '' },
  );
  return name === undefined ? found.project.id : (found.project.environment?.id ?? '');
}

describe('createJob', () => {
  test('adds a job, by the path of the environment and by its id', async () => {
    const tasks = [
      { blocks: ['tap-tickets', 'hide-names', 'target-desk'] },
      { blocks: ['digest:daily', 'digest'] },
    ];
    const job = await make('by-path', tasks);
    expect(job).toEqual({
      ...{
        id: job.id,
        name: 'by-path',
        path: 'desk/dev/by-path',
        pairs: ['tap-tickets-to-target-desk'],
        tasks,
      },
      ...{ deletedAt: null, environment: { path: 'desk/dev' } },
    });
    const input = { environment: await idOf('desk/dev'), name: 'by-id', tasks: daily };
    expect((await done<{ job: JobFacts }>(app, 'createJob', input, fields)).job.path).toBe('desk/dev/by-id');
    expect((await namesWith('by-id')).found).toBe(true);
  });

  test('takes a pair that spans two tasks, as Meltano runs all blocks one after the other', async () => {
    const tasks = [{ blocks: ['tap-calls'] }, { blocks: ['target-desk', 'digest'] }];
    expect((await make('spanning', tasks)).pairs).toEqual(['tap-calls-to-target-desk']);
  });

  test.each(['x'.repeat(128), 'ünïcode', 'a.b_c+d', '日本語'])('takes the name %s', async (name) => {
    await make(name);
    expect(await namesWith(name)).toMatchObject({ found: true });
  });

  test.each([
    ['', 'BAD_LENGTH'],
    ['x'.repeat(129), 'BAD_LENGTH'],
    ['a/b', 'BAD_NAME'],
    ['a:b', 'BAD_NAME'],
    ['a b', 'BAD_NAME'],
    ['a\nb', 'BAD_NAME'],
    ['a\0', 'BAD_NAME'],
    ['-a', 'BAD_NAME'],
    ['\ud83d', 'BAD_NAME'],
  ])('refuses the name %j', async (name, code) => {
    const answer = await refused(app, 'createJob', { environment, name, tasks: daily });
    expect(mistakes(answer)).toEqual([`input.name: ${code}`]);
  });

  test('refuses a name that is taken, also by an imported job, and not one of another environment', async () => {
    await make('once');
    for (const name of ['once', 'tickets']) {
      const answer = await refused(app, 'createJob', { environment, name, tasks: daily });
      expect(answer).toMatchObject({
        ...{ __typename: 'AlreadyExists', code: 'ALREADY_EXISTS', path: ['input', 'name'] },
        message: `The environment "dev" has a job "${name}" already; choose another name.`,
      });
    }
    await done(app, 'createJob', { environment: 'desk/prod', name: 'once', tasks: daily }, fields);
  });

  test('checks its blocks, and lists every mistake of the input at once', async () => {
    const tasks = [
      { blocks: ['tap-none', 'target-desk'] },
      { blocks: ['tap-calls', 'digest'] },
      { blocks: ['digest:monthly', 'hide-names', 'tap-tickets'] },
    ];
    const answer = await refused(app, 'createJob', { environment, name: 'a b', tasks });
    expect(mistakes(answer)).toEqual([
      'input.name: BAD_NAME',
      'input.tasks: UNKNOWN_BLOCK',
      'input.tasks: MISSING_LOADER',
      'input.tasks: UNKNOWN_COMMAND',
      'input.tasks: MISSING_LOADER',
    ]);
    expect(answer.fields?.[3]?.message).toBe(
      'The plugin "digest" has no command "monthly"; it has daily, weekly.',
    );
  });

  test.each([[[]], [[{ blocks: [] }]]])('refuses tasks without a block: %j', async (tasks) => {
    const answer = await refused(app, 'createJob', { environment, name: 'empty', tasks });
    expect(mistakes(answer)).toEqual(['input.tasks: NO_BLOCKS']);
  });

  test('refuses an environment that is not there, and ids of other things', async () => {
    const rest = { name: 'lost', tasks: daily };
    const missing = await refused(app, 'createJob', { environment: 'desk/test', ...rest });
    expect(missing).toMatchObject({
      __typename: 'NotFound',
      code: 'NOT_FOUND',
      path: ['input', 'environment'],
    });
    const gone = Buffer.from('Environment:00000000-0000-7000-8000-000000000000').toString('base64url');
    expect((await refused(app, 'createJob', { environment: gone, ...rest })).__typename).toBe('NotFound');
    for (const wrong of [await idOf('desk'), 'desk', 'bm9uc2Vuc2U']) {
      const answer = await refused(app, 'createJob', { environment: wrong, ...rest });
      expect(mistakes(answer)).toEqual(['input.environment: NOT_FOUND']);
    }
  });

  test('of one name many times at once succeeds once', async () => {
    const input = { environment, name: 'contested', tasks: daily };
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map(() => call<object>(app, 'createJob', input, fields)),
    );
    expect(answers.map(({ __typename: type }) => type).toSorted()).toEqual([
      ...['AlreadyExists', 'AlreadyExists', 'AlreadyExists', 'AlreadyExists', 'CreateJobSuccess'],
    ]);
    expect((await namesWith('contested')).names.filter((name) => name === 'contested')).toHaveLength(1);
  });
});

describe('updateJob', () => {
  test('replaces the tasks, and leaves runs that were asked for before as they are', async () => {
    const { id } = await make('update');
    const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: id }, 'run { id }');
    const tasks = [{ blocks: ['tap-calls', 'round-times', 'target-desk'] }];
    for (const job of [id, 'desk/dev/update']) {
      const answer = await done<{ job: JobFacts }>(app, 'updateJob', { job, tasks }, fields);
      expect(answer.job).toMatchObject({ id, tasks, pairs: ['tap-calls-to-target-desk'] });
    }
    const { node } = await app.query<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on Run { command blocks { nodes { command } } } } }',
      run,
    );
    expect(node).toEqual({ command: 'digest:daily', blocks: { nodes: [{ command: 'digest:daily' }] } });
  });

  test('refuses bad blocks, a job that is not there, and ids of other things', async () => {
    const { id } = await make('update-bad');
    const bad = await refused(app, 'updateJob', { job: id, tasks: [{ blocks: ['nothing'] }] });
    expect(mistakes(bad)).toEqual(['input.tasks: UNKNOWN_BLOCK']);
    for (const job of ['desk/dev/none', 'desk/none/tickets', 'none/dev/tickets']) {
      const answer = await refused(app, 'updateJob', { job, tasks: daily });
      expect(answer).toMatchObject({ __typename: 'NotFound', path: ['input', 'job'] });
    }
    for (const job of [await idOf('desk/dev'), 'desk/dev', 'tickets']) {
      expect(mistakes(await refused(app, 'updateJob', { job, tasks: daily }))).toEqual([
        'input.job: NOT_FOUND',
      ]);
    }
  });
});

describe('deleteJob', () => {
  test('takes the job from lists and names, while its runs stay and lead to it', async () => {
    const { id } = await make('delete');
    const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: id }, 'run { id }');
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    const { job } = await done<{ job: JobFacts }>(app, 'deleteJob', { job: 'desk/dev/delete' }, fields);
    expect(job).toMatchObject({ id, name: 'delete', deletedAt: expect.stringMatching(/Z$/) as string });
    expect(await namesWith('delete')).toMatchObject({ found: false });
    expect((await namesWith('delete')).names).not.toContain('delete');
    const { node } = await app.query<{ node: object }>(
      'query ($id: ID!) { node(id: $id) { ... on Run { status job { id name } } } }',
      run,
    );
    expect(node).toEqual({ status: 'CANCELLED', job: { id, name: 'delete' } });
    // It is out of the reach of every verb, by id as well.
    for (const reference of [id, 'desk/dev/delete']) {
      for (const [verb, input] of [
        ['deleteJob', { job: reference }],
        ['updateJob', { job: reference, tasks: daily }],
        ['runJob', { job: reference }],
        ['createSchedule', { job: reference, name: 'late', interval: '@daily' }],
      ] as const) {
        expect(await refused(app, verb, input)).toMatchObject({
          __typename: 'NotFound',
          path: ['input', 'job'],
        });
      }
    }
    expect((await make('delete')).id).not.toBe(id);
  });

  test('is refused while it has schedules, and says how many', async () => {
    const answer = await refused(app, 'deleteJob', { job: 'desk/prod/calls' });
    expect(answer).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'job'] },
      message: 'The job has 1 schedule; empty it first, or give `force: true` to delete all of that with it.',
    });
    await done(app, 'deleteSchedule', { schedule: 'desk/prod/calls-hourly' }, 'schedule { id }');
    await done(app, 'deleteJob', { job: 'desk/prod/calls' }, fields);
  });

  test.each(['QUEUED', 'RUNNING', 'CANCELLING'] as const)(
    'is refused while a run of it is %s',
    async (status) => {
      const { id } = await make(`busy-${status}`);
      const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: id }, 'run { id }');
      const rowId = Buffer.from(run.id, 'base64url').toString().slice('Run:'.length);
      await app.app.store.prisma.run.update({ where: { id: rowId }, data: { status } });
      expect(await refused(app, 'deleteJob', { job: id })).toMatchObject({
        ...{ __typename: 'Busy', code: 'BUSY', path: ['input', 'job'], run: { id: run.id } },
        message: 'A run of the job has not ended; wait until it ends, or cancel it.',
      });
      await app.app.store.prisma.run.update({
        where: { id: rowId },
        data: { status: 'FAILED', endedAt: new Date() },
      });
      await done(app, 'deleteJob', { job: id }, fields);
    },
  );

  test('and what counts on the job, at the same moment, do not both succeed', async () => {
    for (let round = 0; round < 8; round++) {
      const { id } = await make(`race-${round}`);
      const [deleted, scheduled, run] = await Promise.all([
        call<object>(app, 'deleteJob', { job: id }, 'job { id }'),
        call<object>(
          app,
          'createSchedule',
          { job: id, name: `race-${round}`, interval: '@daily' },
          'schedule { id }',
        ),
        call<object>(app, 'runJob', { job: id }, 'run { id }'),
      ]);
      const others = [scheduled, run].map(({ __typename: type }) => type);
      if ('code' in deleted)
        expect(others).toContain(deleted.code === 'BUSY' ? 'RunJobSuccess' : 'CreateScheduleSuccess');
      else expect(others).toEqual(['NotFound', 'NotFound']);
    }
  });
});
