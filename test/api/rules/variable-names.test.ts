import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { projectOf } from '../../manifest/kit.ts';
import { done, mistakes, refused } from '../../kit/verbs/call.ts';
import { fixture } from '../../kit/data/projects.ts';

const names = [
  ...['PATH', 'HOME', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT'],
  ...[
    'DYLD_INSERT_LIBRARIES',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PYTHONHOME',
    'PYTHONUSERBASE',
    'MELTANO_PYTHON',
  ],
  ...['NODE_OPTIONS', 'PERL5OPT', 'RUBYOPT', 'JAVA_TOOL_OPTIONS', 'GIT_SSH_COMMAND', 'PIP_INDEX_URL'],
  ...['XDG_CONFIG_HOME', 'AWS_CONFIG_FILE', 'OPENSSL_CONF', 'MELTANO_HUB_API_ROOT'],
];
const variable = (name: string): { name: string; value: string } => ({ name, value: '/tmp/x' });
const text =
  'environments: [{ name: dev }]\nplugins:\n  utilities: [{ name: tool, namespace: tool }]\njobs: [{ name: j, tasks: [tool] }]\n';

let app: TestApp;
let plugin: string;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  await done(app, 'createProject', { name: 'own', text }, '__typename');
  const { project } = await app.query<{ project: { plugins: { nodes: [{ id: string }] } } }>(
    '{ project(ref: "own") { plugins(first: 1) { nodes { id } } } }',
  );
  plugin = project.plugins.nodes[0].id;
});
afterAll(() => app.stop());

/** Every verb that takes variables, on an imported and on a managed project, and where it takes them. */
const verbs: [string, string, () => object, string?][] = [
  ['runJob', 'a managed project', () => ({ job: 'own/dev/j' })],
  ['runCommand', 'an imported project', () => ({ environment: 'desk/dev', command: 'x' })],
  ['runJobs', 'all projects', () => ({ filter: { project: 'desk' } })],
  ['createSchedule', 'a job', () => ({ job: 'own/dev/j', name: 's', interval: '@daily' })],
  ['createService', 'an environment', () => ({ environment: 'own/dev', name: 's', command: 'tool' })],
  ['updateProject', 'a managed project', () => ({ project: 'own' })],
  ['createEnvironment', 'a managed project', () => ({ project: 'own', name: 'qa' })],
  ['updatePlugin', 'a managed project', () => ({ plugin })],
  ['createPlugin', 'a managed project', () => ({ project: 'own', type: 'UTILITY', name: 'more' })],
];

test.each(verbs)(
  '%s for %s refuses variables that can make a program run other code',
  async (verb, _what, input) => {
    const answer = await refused(app, verb, { ...input(), env: [...names, 'TAP_X'].map(variable) });
    const reserved = mistakes(answer).filter((mistake) => mistake.endsWith('RESERVED'));
    expect(reserved).toEqual(names.map((_name, i) => `input.env.${i}.name: RESERVED`));
    expect(answer.fields?.find(({ code }) => code === 'RESERVED')?.message).toBe(
      '"PATH" can make a program run other code and cannot be given, unless the gateway is started with `--allow-env PATH`.',
    );
  },
);

test('variables of a plugin in an environment are refused, too', async () => {
  const plugins = [{ plugin, env: [variable('LD_PRELOAD')] }];
  const answer = await refused(app, 'updateEnvironment', { environment: 'own/dev', plugins });
  expect(mistakes(answer)).toEqual(['input.plugins.0.env.0.name: RESERVED']);
});

test('names that only look alike are taken', async () => {
  const env = ['PATHS', 'MY_PATH', 'TAP_PATH', 'HOMEPAGE', 'path', 'TARGET_LD_PRELOAD'].map(variable);
  await done(app, 'runJob', { job: 'own/dev/j', env }, 'run { id }');
});

test('a gateway that is started with --allow-env takes the names that it allows, and no others', async () => {
  const directory = await projectOf({ 'meltano.yml': `env: { PYTHONPATH: lib }\n${text}` });
  const allowing = await startTestApp({
    projects: [{ name: 'imported', directory }],
    allowEnv: ['PYTHONPATH', 'PIP_*', 'MELTANO_DATABASE_URI'],
  });
  onTestFinished(() => allowing.stop());
  const job = 'imported/dev/j';
  const env = ['PYTHONPATH', 'PIP_INDEX_URL', 'PYTHONHOME', 'MELTANO_DATABASE_URI'].map(variable);
  const answer = await refused(allowing, 'runJob', { job, env });
  expect(mistakes(answer)).toEqual(['input.env.2.name: RESERVED', 'input.env.3.name: RESERVED']);
  await done(allowing, 'runJob', { job, env: env.slice(0, 2) }, 'run { id }');
});

test('the meltano.yml of a project may set any of them, and its jobs run', async () => {
  await done(app, 'createProject', { name: 'set', text: `env: { PATH: /opt/bin }\n${text}` }, '__typename');
  await done(app, 'runJob', { job: 'set/dev/j' }, 'run { id }');
  const query = '{ project(ref: "set") { envNames } }';
  expect((await app.query<{ project: { envNames: string[] } }>(query)).project.envNames).toEqual(['PATH']);
});
