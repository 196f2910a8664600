import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { contentsOf, namesOf, placeRun, projectId, type Marked } from '../../kit/data/deleted.ts';
import { explain } from '../../kit/explain.ts';
import { copyOf, fixture, importAgain } from '../../kit/data/projects.ts';
import { placeState } from '../../kit/verbs/states.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Imports a copy of `desk` under a name. @returns the project's id */
async function desk(name: string): Promise<string> {
  await importAgain(app, (await copyOf('desk')).directory, name);
  return (await projectId(app, name)) ?? '';
}

const row = '{ id name deletedAt purgesAt }';
const month = 30 * 24 * 3600 * 1000;

async function remove(what: 'project' | 'environment' | 'plugin' | 'job', input: object): Promise<Marked> {
  const verb = `delete${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  const answer = await done<Record<string, Marked>>(app, verb, input, `${what} ${row}`);
  return answer[what] as Marked;
}

describe('deleteEnvironment', () => {
  test('with `force` deletes all in it at one time, and takes it from lists, counts, names and paths', async () => {
    const id = await desk('env-force');
    await placeState(app, 'env-force/dev/kept', { completed: '{"singer_state": 1}' });
    const before = await contentsOf(app, id);
    const deleted = await remove('environment', { environment: 'env-force/dev', force: true });
    expect(deleted).toMatchObject({ id: before['environment dev']?.id, name: 'dev' });
    expect(Date.parse(deleted.purgesAt ?? '') - Date.parse(deleted.deletedAt ?? '')).toBe(month);

    const gone = namesOf(before).filter((name) => /^(job|schedule) dev |^environment dev$/.test(name));
    expect(gone).toHaveLength(6);
    expect(namesOf(await contentsOf(app, id))).toEqual(
      namesOf(before).filter((name) => !gone.includes(name)),
    );
    const all = await contentsOf(app, id, true);
    expect(namesOf(all, true)).toEqual(gone);
    for (const name of gone) {
      const { deletedAt, purgesAt } = deleted;
      expect(all[name]).toEqual({ ...before[name], deletedAt, purgesAt });
    }
    const { project } = await app.query<{ project: { environment: null } }>(
      '{ project(ref: "env-force") { environment(name: "dev") { id } } }',
    );
    expect(project.environment).toBeNull();
    for (const [verb, input] of [
      ['deleteEnvironment', { environment: 'env-force/dev' }],
      ['updateEnvironment', { environment: deleted.id, stateIdSuffix: 'x' }],
      ['runCommand', { environment: deleted.id, command: 'digest' }],
      ['runJob', { job: 'env-force/dev/calls' }],
      ['setState', { environment: 'env-force/dev', stateId: 'x', document: { json: { singer_state: {} } } }],
      ['createJob', { environment: deleted.id, name: 'late', tasks: [{ blocks: ['digest'] }] }],
      ['deleteSchedule', { schedule: 'env-force/dev/nightly' }],
    ] as const) {
      expect((await refused(app, verb, input)).__typename, verb).toBe('NotFound');
    }
  });

  test('is refused while there is something in it, and says how many of what', async () => {
    const id = await desk('env-full');
    await placeState(app, 'env-full/prod/one', { completed: '{"singer_state": 1}' });
    expect(await refused(app, 'deleteEnvironment', { environment: 'env-full/prod' })).toMatchObject({
      ...{ __typename: 'Conflict', code: 'CONFLICT', path: ['input', 'environment'] },
      message:
        'The environment has 2 jobs, 3 schedules and 1 state; empty it first, or give `force: true` to delete all of that with it.',
    });
    await desk('env-empty');
    for (const name of ['nightly', 'calls-hourly', 'by-pair']) {
      await done(app, 'deleteSchedule', { schedule: `env-empty/dev/${name}` }, 'schedule { id }');
    }
    for (const name of ['calls', 'tickets']) await remove('job', { job: `env-empty/dev/${name}` });
    await remove('environment', { environment: 'env-empty/dev' });
    expect(namesOf(await contentsOf(app, id))).toContain('environment prod');
  });

  test('is Busy while a run of it has not ended, whether forced or not', async () => {
    await desk('env-busy');
    const run = await placeRun(app, 'env-busy/dev', { status: 'RUNNING' });
    for (const force of [true, false]) {
      const answer = await refused(app, 'deleteEnvironment', { environment: 'env-busy/dev', force });
      expect(answer).toMatchObject({
        ...{ __typename: 'Busy', path: ['input', 'environment'], run: { id: run.id } },
        message: 'A run of the environment has not ended; wait until it ends, or cancel it.',
      });
    }
    await run.end();
    await remove('environment', { environment: 'env-busy/dev', force: true });
  });

  test('and what is put into it, or run in it, at the same moment do not both succeed', async () => {
    for (let round = 0; round < 6; round++) {
      await desk(`race-${round}`);
      const environment = `race-${round}/dev`;
      const job = `${environment}/calls`;
      const answers = await Promise.all([
        call<object>(
          app,
          'createJob',
          { environment, name: 'mine', tasks: [{ blocks: ['digest'] }] },
          '__typename',
        ),
        call<object>(app, 'createSchedule', { job, name: 'mine', interval: '@daily' }, '__typename'),
        call<object>(app, 'runJob', { job }, '__typename'),
        call<object>(app, 'deleteEnvironment', { environment, force: true }, '__typename'),
        call<object>(
          app,
          'moveResource',
          { resource: { job: `race-${round}/prod/tickets` }, to: { environment, name: 'm' } },
          '__typename',
        ),
        call<object>(app, 'runCommand', { environment, command: 'digest' }, '__typename'),
      ]);
      const [, , run, deleted, , command] = answers;
      if ('code' in deleted) {
        expect(deleted.code).toBe('BUSY');
        expect([run.__typename, command.__typename]).toContainEqual(expect.stringMatching(/Success$/));
      } else {
        expect([run.__typename, command.__typename]).toEqual(['NotFound', 'NotFound']);
        // Whatever got in before it was deleted with it.
        const left = await app.app.store.prisma.job.count({
          where: {
            deletedAt: null,
            environment: { deletedAt: { not: null }, project: { name: `race-${round}` } },
          },
        });
        expect(left).toBe(0);
        const schedules = await app.app.store.prisma.schedule.count({
          where: {
            deletedAt: null,
            environment: { deletedAt: { not: null }, project: { name: `race-${round}` } },
          },
        });
        expect(schedules).toBe(0);
      }
      for (const { __typename: type } of answers)
        expect(type).toMatch(/Success$|^NotFound$|^Busy$|^AlreadyExists$/);
    }
  });
});

describe('deleteProject', () => {
  test('with `force` deletes all in it; its name is free, and its directory is left alone', async () => {
    const id = await desk('whole');
    const before = await contentsOf(app, id);
    expect(await refused(app, 'deleteProject', { project: 'whole' })).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'project'] },
      message:
        'The project has 2 environments, 5 plugins, 4 jobs and 6 schedules; empty it first, or give `force: true` to delete all of that with it.',
    });
    const deleted = await remove('project', { project: id, force: true });
    expect(deleted).toMatchObject({ id, name: 'whole', deletedAt: expect.stringMatching(/Z$/) as string });
    expect(await projectId(app, 'whole')).toBeNull();
    expect(await contentsOf(app, id)).toEqual({});
    expect(namesOf(await contentsOf(app, id, true), true)).toEqual(namesOf(before));
    for (const [verb, input] of [
      ['deleteProject', { project: id }],
      ['deleteProject', { project: 'whole' }],
      ['installPlugins', { project: 'whole' }],
      ['installPlugins', { project: id }],
      ['runCommand', { environment: 'whole/dev', command: 'digest' }],
      ['moveResource', { resource: { project: id }, to: { name: 'x' } }],
    ] as const) {
      expect((await refused(app, verb, input)).__typename, verb).toBe('NotFound');
    }
    const again = await desk('whole');
    expect(again).not.toBe(id);
    const { projects } = await app.query<{ projects: { nodes: { id: string }[] } }>(
      '{ projects(first: 100, showDeleted: true) { nodes { id name } } }',
    );
    expect(projects.nodes).toEqual(
      expect.arrayContaining([
        { id, name: 'whole' },
        { id: again, name: 'whole' },
      ]),
    );
  });

  test('is Busy while a run of it has not ended, an installation as well', async () => {
    const project = await desk('busy');
    const { run } = await done<{ run: { id: string } }>(app, 'installPlugins', { project }, 'run { id }');
    for (const force of [true, false]) {
      const answer = await refused(app, 'deleteProject', { project, force });
      expect(answer).toMatchObject({ __typename: 'Busy', path: ['input', 'project'], run });
    }
    await done(app, 'cancelRun', { run: run.id }, 'run { id }');
    await remove('project', { project, force: true });
  });

  test('and what is run or made in it at the same moment do not both succeed', async () => {
    for (let round = 0; round < 4; round++) {
      const project = await desk(`project-race-${round}`);
      const environment = `project-race-${round}/dev`;
      const [deleted, run, install] = await Promise.all([
        call<object>(app, 'deleteProject', { project, force: true }, '__typename'),
        call<object>(app, 'runCommand', { environment, command: 'digest' }, '__typename'),
        call<object>(app, 'installPlugins', { project }, '__typename'),
        call<object>(
          app,
          'createJob',
          { environment, name: 'mine', tasks: [{ blocks: ['digest'] }] },
          '__typename',
        ),
        call<object>(
          app,
          'moveResource',
          {
            resource: { job: `${environment}/calls` },
            to: { environment: `project-race-${round}/prod`, name: 'm' },
          },
          '__typename',
        ),
      ]);
      const others = [run.__typename, install.__typename];
      if ('code' in deleted) expect(others).toContainEqual(expect.stringMatching(/Success$/));
      else {
        expect(others).toEqual(['NotFound', 'NotFound']);
        expect(await contentsOf(app, project)).toEqual({});
      }
    }
  });
});

test('a project takes as many statements to delete and to bring back, however much is in it', async () => {
  const counts: number[][] = [];
  for (const jobs of [0, 40]) {
    const project = await desk(`counted-${jobs}`);
    for (let i = 0; i < jobs; i++) {
      const input = {
        environment: `counted-${jobs}/dev`,
        name: `job-${i}`,
        tasks: [{ blocks: ['digest'] }],
      };
      await done(app, 'createJob', input, '__typename');
    }
    const deletion = await app.counting(() => remove('project', { project, force: true }));
    const back = await app.counting(() => done(app, 'undelete', { id: project }, '__typename'));
    counts.push([deletion.statements.length, back.statements.length]);
  }
  expect(counts[1]).toEqual(counts[0]);
  expect(Math.max(...counts.flat())).toBeLessThan(20);
});

describe('deleteJob', () => {
  test('with `force` deletes its schedules with it, at the same time', async () => {
    const id = await desk('job-force');
    const { deletedAt } = await remove('job', { job: 'job-force/dev/calls', force: true });
    const all = await contentsOf(app, id, true);
    expect(namesOf(all, true)).toEqual(['job dev calls', 'schedule dev calls-hourly']);
    expect(all['schedule dev calls-hourly']?.deletedAt).toBe(deletedAt);
    const { node } = await app.query<{ node: { schedules: { nodes: { name: string }[] } } }>(
      'query ($id: ID!) { node(id: $id) { ... on Job { schedules(showDeleted: true) { nodes { name } } } } }',
      { id: all['job dev calls']?.id },
    );
    expect(node.schedules.nodes).toEqual([{ name: 'calls-hourly' }]);
  });
});

describe('deletePlugin', () => {
  test('is refused while something names it; with `force` that stays as it is, and cannot be run', async () => {
    const id = await desk('plugin');
    const plugins = await contentsOf(app, id);
    const plugin = plugins['plugin tap-calls']?.id;
    expect(await refused(app, 'deletePlugin', { plugin })).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'plugin'] },
      message:
        'The plugin is named by 2 jobs and 2 schedules; change them first, or give `force: true` to leave them as they are.',
    });
    // A mapper is named by its mappings.
    const mapper = await refused(app, 'deletePlugin', { plugin: plugins['plugin map-desk']?.id });
    expect(mapper.message).toContain('named by 2 jobs;');
    expect((await remove('plugin', { plugin, force: true })).deletedAt).toMatch(/Z$/);
    const after = await contentsOf(app, id, true);
    expect(namesOf(after, true)).toEqual(['plugin tap-calls']);
    const answer = await refused(app, 'runJob', { job: 'plugin/dev/calls' });
    expect(mistakes(answer)).toContain('input.job: UNKNOWN_BLOCK');
    expect((await refused(app, 'deletePlugin', { plugin })).__typename).toBe('NotFound');
    expect(mistakes(await refused(app, 'deletePlugin', { plugin: 'plugin/tap-none' }))).toEqual([
      'input.plugin: NOT_FOUND',
    ]);
  });

  test('is Busy while a run that uses it has not ended', async () => {
    const id = await desk('plugin-busy');
    const plugin = (await contentsOf(app, id))['plugin digest']?.id;
    const other = await placeRun(app, 'plugin-busy/dev', {
      status: 'RUNNING',
      command: 'tap-calls target-desk',
    });
    const run = await placeRun(app, 'plugin-busy/dev', {
      status: 'QUEUED',
      command: 'tap-calls target-desk digest:daily',
    });
    expect(await refused(app, 'deletePlugin', { plugin, force: true })).toMatchObject({
      ...{ __typename: 'Busy', path: ['input', 'plugin'], run: { id: run.id } },
    });
    await run.end();
    await remove('plugin', { plugin, force: true });
    await other.end();
  });

  test('and a run that uses it, at the same moment, do not both succeed', async () => {
    for (let round = 0; round < 6; round++) {
      const id = await desk(`plugin-race-${round}`);
      const plugin = (await contentsOf(app, id))['plugin digest']?.id;
      const [deleted, run] = await Promise.all([
        call<object>(app, 'deletePlugin', { plugin, force: true }, '__typename'),
        call<object>(
          app,
          'runCommand',
          { environment: `plugin-race-${round}/dev`, command: 'digest' },
          '__typename',
        ),
      ]);
      expect([deleted.__typename, run.__typename].map((type) => type.endsWith('Success')).sort()).toEqual([
        false,
        true,
      ]);
    }
  });
});

test.each(['id', 'name'])('ids of other things are refused, and what is not there (%s)', async (by) => {
  const id =
    by === 'id' ? Buffer.from('Run:00000000-0000-7000-8000-000000000000').toString('base64url') : 'none/none';
  const type = 'NotFound';
  expect((await refused(app, 'deleteEnvironment', { environment: id })).__typename).toBe(type);
  expect((await refused(app, 'deleteProject', { project: id })).__typename).toBe(type);
});

describe('lists with and without what is deleted', () => {
  const lists: [string, string, (args: string) => string][] = [
    [
      'Environment',
      'environments',
      (args) => `{ project(ref: "lists") { environments${args} { nodes { name } totalCount } } }`,
    ],
    [
      'Job',
      'jobs',
      (args) =>
        `{ project(ref: "lists") { environment(name: "dev") { jobs${args} { nodes { name } totalCount } } } }`,
    ],
    [
      'Schedule',
      'schedules',
      (args) =>
        `{ project(ref: "lists") { environment(name: "dev") { schedules${args} { nodes { name } totalCount } } } }`,
    ],
    [
      'Plugin',
      'plugins',
      (args) => `{ project(ref: "lists") { plugins${args} { nodes { name } totalCount } } }`,
    ],
    ['Project', 'projects', (args) => `{ projects${args} { nodes { name } totalCount } }`],
  ];
  beforeAll(async () => {
    await importAgain(app, fixture('desk'), 'lists');
  });

  test.each(lists)('%s: are one statement each, along an index', async (table, _list, operation) => {
    // There are few projects, and no index holds the names of those that are deleted.
    const withDeleted = table === 'Project' ? [] : ['(showDeleted: true)'];
    for (const args of ['', '(showDeleted: false, first: 2)', ...withDeleted]) {
      const { statements, reads } = await explain(app, operation(args), table);
      expect(statements).toBe(1);
      for (const scan of reads.scans) expect(scan).toMatch(/^Index (Only )?Scan$/);
    }
    const { statements } = await app.counting(() => app.query(operation('(showDeleted: true)')));
    expect(statements).toHaveLength(1);
  });
});
