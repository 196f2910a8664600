import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { seeder, type Seeder } from '../../kit/data/seed.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
let seed: Seeder;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  seed = seeder(app.app.store);
  const project = await seed.project({ name: 'alpha' });
  const commands = (...names: string[]) =>
    names.map((name) => ({ name, args: name, description: name === 'test' ? 'Tries all.' : null }));
  const plugins = [
    { name: 'dbt', type: 'TRANSFORMER', commands: commands('run', 'test', 'test-one', 'untested') },
    { name: 'tap-one', type: 'EXTRACTOR', commands: commands('test-api') },
    { name: 'map-one', type: 'MAPPER', mappings: ['hide', 'round'], commands: commands('test') },
    { name: 'bundle', type: 'FILE', commands: commands('test') },
    { name: 'odd', type: 'UTILITY', commands: commands('test:a', 'test b', 'Test') },
    // Of these two the utility alone has a name to Meltano's tests.
    { name: 'twice', type: 'LOADER', commands: commands('test-loader') },
    { name: 'twice', type: 'UTILITY', commands: commands('test-utility') },
    { name: 'hidden', type: 'EXTRACTOR', commands: commands('test') },
    { name: 'hidden', type: 'ORCHESTRATOR', commands: commands('start') },
    // A file bundle hides nothing.
    { name: 'shown', type: 'EXTRACTOR', commands: commands('test') },
    { name: 'shown', type: 'FILE', commands: commands() },
    { name: 'gone', type: 'UTILITY', commands: commands('test'), deletedAt: new Date() },
  ] as const;
  for (const plugin of plugins) {
    const mappings = 'mappings' in plugin ? [...plugin.mappings] : [];
    await seed.plugin(project, { ...plugin, mappings });
  }
  for (const name of ['dev', 'prod']) await seed.environment(project, { name });
  const dev = await seed.environment(project, { name: 'jobs' });
  const tasks = {
    everything: [['tap-one', 'hide', 'target'], ['dbt:run']],
    nothing: [],
    untested: [['odd:Test', 'hidden']],
    twice: [['twice'], ['twice']],
  };
  for (const [name, blocks] of Object.entries(tasks)) await seed.job(dev, { name, tasks: blocks });
  const other = await seed.project({ name: 'beta' });
  await seed.plugin(other, { name: 'dbt', type: 'TRANSFORMER', commands: commands('test-other') });
  await seed.environment(other, { name: 'dev' });
});
afterAll(() => app.stop());

interface Tested {
  name: string;
  tests: { name: string }[];
}

const all = [
  ...['dbt:test', 'dbt:test-one', 'map-one:test', 'shown:test', 'tap-one:test-api', 'twice:test-utility'],
];

test('an environment has the tests of the plugins of its project', async () => {
  const { project } = await app.query<{ project: { environment: { tests: { name: string }[] } } }>(
    `{ project(ref: "alpha") { environment(name: "dev") { tests { name command description plugin { name type } } } } }`,
  );
  const { tests } = project.environment;
  expect(tests.map(({ name }) => name)).toEqual(all);
  expect(tests[0]).toEqual({
    ...{ name: 'dbt:test', command: 'test', description: 'Tries all.' },
    plugin: { name: 'dbt', type: 'TRANSFORMER' },
  });
  expect(tests.at(-1)).toMatchObject({ description: null, plugin: { type: 'UTILITY' } });
});

test('a job has the tests of the plugins that its tasks name, by a command or by a mapping, too', async () => {
  const { project } = await app.query<{ project: { environment: { jobs: { nodes: Tested[] } } } }>(
    `{ project(ref: "alpha") { environment(name: "jobs") { jobs { nodes { name tests { name } } } } } }`,
  );
  const names = project.environment.jobs.nodes.map(({ name, tests }) => [name, tests.map((one) => one.name)]);
  expect(Object.fromEntries(names)).toEqual({
    everything: ['dbt:test', 'dbt:test-one', 'map-one:test', 'tap-one:test-api'],
    nothing: [],
    twice: ['twice:test-utility'],
    untested: [],
  });
});

test('what they lead to is read in one statement, however many environments and jobs there are', async () => {
  const { statements, result } = await app.counting(() =>
    app.query<{ projects: { nodes: unknown[] } }>(
      `{ projects { nodes { environments { nodes {
        tests { name plugin { name settings { name } project { name environments { nodes { name } } } } }
        jobs { nodes { tests { name plugin { path: id } } } }
      } } } } }`,
    ),
  );
  expect(statements).toHaveLength(1);
  expect(JSON.stringify(result)).toContain('"dbt:test-other"');
});

interface RunFacts {
  run: { kind: string; status: string; command: string; [field: string]: unknown };
}

const fields = `run { kind status command timeoutSeconds env { name isSensitive } job { path } environment { path }
  blocks { totalCount } stateStrategy fullRefresh }`;

describe('runTests', () => {
  const start = async (input: object): Promise<RunFacts['run']> =>
    (await done<RunFacts>(app, 'runTests', input, fields)).run;

  test('answers at once with a run of all the tests of an environment, without blocks', async () => {
    const env = [{ name: 'API_TOKEN', value: 'x' }];
    expect(await start({ environment: 'alpha/dev', timeoutSeconds: 60, env })).toMatchObject({
      ...{ kind: 'TEST', status: 'QUEUED', command: all.join(' '), timeoutSeconds: 60 },
      ...{ env: [{ name: 'API_TOKEN', isSensitive: true }], blocks: { totalCount: 0 } },
      ...{ environment: { path: 'alpha/dev' }, job: null },
    });
  });

  test('takes the tests of a job, whose run it is, and single tests, each once', async () => {
    expect(await start({ job: 'alpha/jobs/twice' })).toMatchObject({
      ...{ command: 'twice:test-utility', job: { path: 'alpha/jobs/twice' } },
      environment: { path: 'alpha/jobs' },
    });
    const tests = ['tap-one:test-api', 'dbt:test', 'tap-one:test-api'];
    expect(await start({ environment: 'alpha/prod', tests })).toMatchObject({
      command: 'tap-one:test-api dbt:test',
    });
  });

  test('refuses tests that there are not, where there are none, and a place that is not one', async () => {
    const wrong = async (input: object): Promise<string[]> => mistakes(await refused(app, 'runTests', input));
    const environment = 'alpha/dev';
    expect(
      await wrong({ environment, tests: ['dbt:test', 'dbt:run', 'hidden:test', 'none', 'gone:test'] }),
    ).toEqual([1, 2, 3, 4].map((i) => `input.tests.${i}: UNKNOWN_TEST`));
    expect(await wrong({ job: 'alpha/jobs/twice', tests: ['dbt:test'] })).toEqual([
      'input.tests.0: UNKNOWN_TEST',
    ]);
    expect(await wrong({ environment, tests: [], timeoutSeconds: 0 })).toEqual([
      ...['input.tests: NO_TESTS', 'input.timeoutSeconds: OUT_OF_RANGE'],
    ]);
    expect(await wrong({ environment: 'desk/dev' })).toEqual(['input.tests: NO_TESTS']);
    expect(await wrong({ job: 'alpha/jobs/nothing' })).toEqual(['input.tests: NO_TESTS']);
    expect(await wrong({})).toEqual(['input.environment: ONE_OF']);
    expect(await wrong({ environment, job: 'alpha/jobs/twice' })).toEqual(['input.environment: ONE_OF']);
    expect(await refused(app, 'runTests', { job: 'alpha/jobs/none' })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'job'] },
    });
  });
});

describe('testPlugin', () => {
  test('answers at once with a run of the environment, for a plugin by its id or its path', async () => {
    const { project } = await app.query<{ project: { plugins: { nodes: { id: string; name: string }[] } } }>(
      `{ project(ref: "annex") { plugins(filter: {types: [LOADER]}) { nodes { id name } } } }`,
    );
    for (const plugin of ['annex/loaders/target-desk', project.plugins.nodes[0]?.id]) {
      const input = { plugin, environment: 'annex/dev', timeoutSeconds: 9 };
      const { run } = await done<RunFacts>(app, 'testPlugin', input, fields);
      expect(run).toMatchObject({
        ...{ kind: 'PLUGIN_TEST', status: 'QUEUED', command: 'target-desk', timeoutSeconds: 9, job: null },
        ...{ environment: { path: 'annex/dev' }, blocks: { totalCount: 0 } },
      });
    }
  });

  test('refuses plugins of other types, of other projects, and loaders that Meltano would not find', async () => {
    const project = await seed.project({ name: 'gamma' });
    await seed.environment(project, { name: 'dev' });
    for (const type of ['EXTRACTOR', 'LOADER'] as const) await seed.plugin(project, { name: 'same', type });
    const { project: read } = await app.query<{
      project: { id: string; plugins: { nodes: { id: string; type: string }[] } };
    }>(`{ project(ref: "gamma") { id plugins { nodes { id type } } } }`);
    const loader = read.plugins.nodes.find(({ type }) => type === 'LOADER')?.id ?? '';
    const wrong = async (plugin: string, environment = 'gamma/dev'): Promise<string[]> =>
      mistakes(await refused(app, 'testPlugin', { plugin, environment }));
    expect(await wrong(loader)).toEqual(['input.plugin: AMBIGUOUS_PLUGIN']);
    expect(await wrong('gamma/loaders/none')).toEqual(['input.plugin: NOT_FOUND']);
    expect(await wrong(read.id)).toEqual(['input.plugin: NOT_FOUND']);
    expect(await wrong(loader, 'annex/dev')).toEqual(['input.plugin: NOT_FOUND']);
    expect(await wrong('annex/utilities/probe', 'annex/dev')).toEqual(['input.plugin: NOT_TESTABLE']);
    const { run } = await done<RunFacts>(
      app,
      'testPlugin',
      { plugin: 'gamma/extractors/same', environment: 'gamma/dev' },
      fields,
    );
    expect(run).toMatchObject({ command: 'same' });
  });
});
