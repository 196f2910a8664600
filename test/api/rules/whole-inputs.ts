import type { TestApp } from '../../kit/app.ts';
import { done } from '../../kit/verbs/call.ts';

let count = 0;

/** A managed project with one object of each kind. @returns its name */
async function full(app: TestApp): Promise<string> {
  const name = `full-${(count += 1)}`;
  const text = `
environments: [{ name: dev }, { name: prod }]
plugins:
  extractors: [{ name: tap-calls, namespace: tap_calls }]
  loaders: [{ name: target-desk, namespace: target_desk }]
  utilities: [{ name: digest, namespace: digest, commands: { daily: --days 1 } }]
jobs: [{ name: calls, tasks: [tap-calls target-desk, 'digest:daily'] }]
schedules:
  - { name: hourly, interval: '@hourly', job: calls }
  - { name: pair, interval: '@daily', extractor: tap-calls, loader: target-desk, transform: skip }`;
  await done(app, 'createProject', { name, text }, 'project { id }');
  const service = { environment: `${name}/dev`, name: 'page', command: 'digest:daily' };
  await done(app, 'createService', service, 'service { id }');
  const state = {
    environment: `${name}/dev`,
    stateId: 'kept',
    document: { json: { singer_state: { last: 1 } } },
  };
  await done(app, 'setState', state, 'state { id }');
  return name;
}

async function pluginOf(app: TestApp, project: string): Promise<string> {
  const answer = await app.query<{ project: { plugins: { nodes: { id: string; name: string }[] } } }>(
    'query ($project: ID!) { project(ref: $project) { plugins { nodes { id name } } } }',
    { project },
  );
  return answer.project.plugins.nodes.find(({ name }) => name === 'tap-calls')?.id ?? '';
}

async function stateOf(app: TestApp, project: string): Promise<string> {
  const answer = await app.query<{ project: { environment: { state: { id: string } } } }>(
    'query ($project: ID!) { project(ref: $project) { environment(name: "dev") { state(stateId: "kept") { id } } } }',
    { project },
  );
  return answer.project.environment.state.id;
}

/** Inputs of mutations that change much at once, by what they do. */
export const largeInputs: [what: string, mutation: string, input: (app: TestApp) => Promise<object>][] = [
  [
    'deleteProject with all in it',
    'deleteProject',
    async (app) => ({ project: await full(app), force: true }),
  ],
  [
    'deleteEnvironment with all in it',
    'deleteEnvironment',
    async (app) => ({ environment: `${await full(app)}/dev`, force: true }),
  ],
  [
    'undelete of a project with all in it',
    'undelete',
    async (app) => {
      const input = { project: await full(app), force: true };
      const { project } = await done<{ project: { id: string } }>(
        app,
        'deleteProject',
        input,
        'project { id }',
      );
      return { id: project.id };
    },
  ],
  [
    'moveResource of a project',
    'moveResource',
    async (app) => ({ resource: { project: await full(app) }, to: { name: `moved-${count}` } }),
  ],
  [
    'moveResource of an environment',
    'moveResource',
    async (app) => ({ resource: { environment: `${await full(app)}/dev` }, to: { name: 'moved' } }),
  ],
  [
    'moveResource of a plugin that much names',
    'moveResource',
    async (app) => ({
      resource: { plugin: await pluginOf(app, await full(app)) },
      to: { name: 'tap-moved' },
    }),
  ],
  [
    'moveResource of a service',
    'moveResource',
    async (app) => {
      const name = await full(app);
      return {
        resource: { service: `${name}/dev/page` },
        to: { environment: `${name}/prod`, name: 'moved' },
      };
    },
  ],
  [
    'moveResource of a state',
    'moveResource',
    async (app) => ({ resource: { state: await stateOf(app, await full(app)) }, to: { stateId: 'moved' } }),
  ],
  [
    'cancelRun of a queued run with a secret, which it takes out of the row',
    'cancelRun',
    async (app) => {
      const input = {
        job: `${await full(app)}/dev/calls`,
        env: [{ name: 'TAP_CALLS_PASSWORD', value: 'four-seven' }],
      };
      return { run: (await done<{ run: { id: string } }>(app, 'runJob', input, 'run { id }')).run.id };
    },
  ],
  [
    'copyState over another state',
    'copyState',
    async (app) => {
      const name = await full(app);
      const other = {
        environment: `${name}/prod`,
        stateId: 'other',
        document: { json: { singer_state: { last: 2 } } },
      };
      await done(app, 'setState', other, 'state { id }');
      return { state: `${name}/dev/kept`, to: { environment: `${name}/prod`, stateId: 'other' } };
    },
  ],
];
