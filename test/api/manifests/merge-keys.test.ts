import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const text = `x-base: &base
  size: 1
  api: {url: here, retries: 3}
x-plugin: &plugin
  pip_url: tap-a==1
  config: {size: 2, own: 1}
environments:
- name: dev
plugins:
  extractors:
  - name: tap-a
    namespace: tap_a
    config:
      <<: *base
      mine: 1
  - name: tap-b
    namespace: tap_b
    <<: *plugin
`;

interface Plugin {
  id: string;
  name: string;
  pipUrl: string | null;
  settings: { name: string; value: unknown; isSet: boolean }[];
}

async function pluginOf(project: string, name: string): Promise<Plugin> {
  const { project: found } = await app.query<{ project: { plugins: { nodes: Plugin[] } } }>(
    'query ($project: ID!) { project(ref: $project) { plugins { nodes { id name pipUrl settings { name value isSet } } } } }',
    { project },
  );
  const plugin = found.plugins.nodes.find((one) => one.name === name);
  if (!plugin) throw new Error(`There is no ${name}.`);
  return plugin;
}

let projects = 0;

/** The plugin after a change of a new project, and the text. */
async function updated(name: string, fields: object) {
  const project = `merging${projects++}`;
  await done(app, 'createProject', { name: project, text }, 'project { id }');
  const { id } = await pluginOf(project, name);
  await done(app, 'updatePlugin', { plugin: id, ...fields }, 'plugin { id }');
  const { text: after } = await done<{ text: string }>(app, 'exportProject', { project }, 'text');
  const { settings, ...plugin } = await pluginOf(project, name);
  const values = settings.filter(({ isSet }) => isSet).map((one) => [one.name, one.value]);
  return { plugin, values: Object.fromEntries(values) as object, text: after };
}

test('a setting that comes from `<<` is removed where it is named', async () => {
  const { values, text: after } = await updated('tap-a', { config: { size: null } });
  expect(values).toEqual({ 'api.url': 'here', 'api.retries': 3, mine: 1 });
  expect(after).toContain('      mine: 1\n      size: null\n');
  expect(after).toContain('size: 1\n');
});

test('a part of what comes from `<<` is changed where it is named, and the other parts stay', async () => {
  const { values } = await updated('tap-a', { config: { 'api.url': 'there', 'api.retries': null } });
  expect(values).toEqual({ size: 1, 'api.url': 'there', mine: 1 });
});

test('the configuration that a plugin takes over by `<<` keeps its other settings', async () => {
  const { values } = await updated('tap-b', { config: { more: 1 } });
  expect(values).toEqual({ size: 2, own: 1, more: 1 });
});

test('a field that a plugin takes over by `<<` is removed', async () => {
  expect((await updated('tap-b', { pipUrl: null })).plugin.pipUrl).toBeNull();
});
