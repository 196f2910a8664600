import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

const text = `# the shop
version: 1
default_environment: dev
environments:
- name: dev # for trying
- name: prod
plugins:
  extractors:
  - name: tap-shop
    namespace: tap_shop
    settings:
    - {name: page_size, kind: integer, value: 100}
    - {name: password, sensitive: true}
    - name: auth.token
      kind: password
    config:
      page_size: 017 # as it was
      password: hunter2
      auth:
        token: $SHOP_TOKEN
  loaders:
  - name: target-lines
    namespace: target_lines
jobs:
- name: load
  tasks: [tap-shop target-lines]
`;

async function make(name: string, content: string | null = text): Promise<string> {
  const input = { name, text: content };
  return (await done<{ project: { id: string } }>(app, 'createProject', input, 'project { id }')).project.id;
}

async function exported(project: string): Promise<string> {
  return (await done<{ text: string }>(app, 'exportProject', { project }, 'text')).text;
}

interface Setting {
  name: string;
  value: unknown;
  isSet: boolean;
}

async function pluginOf(
  project: string,
  name: string,
): Promise<{ id: string; settings: Setting[]; extras: unknown }> {
  const { project: found } = await app.query<{
    project: { plugins: { nodes: { id: string; name: string; settings: Setting[]; extras: unknown }[] } };
  }>(
    'query ($name: ID!) { project(ref: $name) { plugins { nodes { id name extras settings { name value isSet } } } } }',
    { name: project },
  );
  const plugin = found.plugins.nodes.find((one) => one.name === name);
  if (!plugin) throw new Error(`There is no ${name}.`);
  return plugin;
}

test('a managed project begins with a text, and keeps its comments, quotes and order', async () => {
  const id = await make('shop');
  const after = await exported('shop');
  expect(after).toContain('# the shop\n');
  expect(after).toContain('- name: dev # for trying\n');
  expect(after).toContain('page_size: 017 # as it was\n');
  expect(after).toContain('password: (redacted)\n');
  expect(after).toContain('token: $SHOP_TOKEN\n');
  expect(after).toContain('project_id: ');
  const { project } = await app.query<{ project: Record<string, unknown> }>(
    '{ project(ref: "shop") { id manifestMode defaultEnvironment environments { nodes { name jobs { nodes { name } } } } } }',
  );
  expect(project).toMatchObject({
    id,
    manifestMode: 'MANAGED',
    defaultEnvironment: 'dev',
    environments: { nodes: [{ name: 'dev', jobs: { nodes: [{ name: 'load' }] } }, { name: 'prod' }] },
  });
});

test('an empty managed project is filled piece by piece', async () => {
  await make('bare', null);
  await done(app, 'createEnvironment', { project: 'bare', name: 'dev' }, 'environment { id }');
  const tap = {
    project: 'bare',
    type: 'EXTRACTOR',
    name: 'tap-n',
    namespace: 'tap_n',
    executable: 'bin/tap',
    capabilities: ['catalog', 'state'],
    settings: [
      { name: 'rows', kind: 'INTEGER', value: 3 },
      { name: 'key', isSensitive: true },
    ],
    config: { rows: 5, key: 'abc', label: 'yes' },
    select: ['a.*', '!a.b'],
    extras: { metadata: { a: { 'replication-method': 'FULL_TABLE' } } },
  };
  await done(app, 'createPlugin', tap, 'plugin { id }');
  const utility = {
    name: 'shell',
    type: 'UTILITY',
    namespace: 'shell',
    commands: [{ name: 'say', args: '-n "a b"' }],
  };
  await done(app, 'createPlugin', { project: 'bare', ...utility }, 'plugin { id }');
  await done(
    app,
    'createJob',
    { environment: 'bare/dev', name: 'say', tasks: [{ blocks: ['shell:say'] }] },
    'job { id }',
  );
  const { id } = await pluginOf('bare', 'tap-n');
  const values = { plugin: id, config: { rows: 7 }, env: [{ name: 'SIZE', value: '010' }] };
  const more = { stateIdSuffix: 'eu', env: [{ name: 'STAGE', value: 'on' }], plugins: [values] };
  await done(app, 'updateEnvironment', { environment: 'bare/dev', ...more }, 'environment { id }');
  await done(
    app,
    'updateProject',
    { project: 'bare', defaultEnvironment: 'dev', env: [{ name: 'A', value: '1' }] },
    'project { id }',
  );
  expect((await exported('bare')).replace(/(?<=project_id: ).*/, 'x')).toBe(`version: 1
project_id: x
environments:
  - name: dev
    state_id_suffix: eu
    env:
      STAGE: "on"
    config:
      plugins:
        extractors:
          - name: tap-n
            config:
              rows: 7
            env:
              SIZE: "010"
plugins:
  extractors:
    - name: tap-n
      executable: bin/tap
      namespace: tap_n
      capabilities:
        - catalog
        - state
      settings:
        - name: rows
          kind: integer
          value: 3
        - name: key
          sensitive: true
      config:
        rows: 5
        key: (redacted)
        label: "yes"
      select:
        - a.*
        - "!a.b"
      metadata:
        a:
          replication-method: FULL_TABLE
  utilities:
    - name: shell
      namespace: shell
      commands:
        say:
          args: -n "a b"
default_environment: dev
env:
  A: "1"
jobs:
  - name: say
    tasks:
      - shell:say
`);
});

test('a change of a plugin writes what it names, where it was written, and no more', async () => {
  await make('edited');
  const { id } = await pluginOf('edited', 'tap-shop');
  const config = { page_size: 50, 'auth.token': 'written-out', password: null, extra: '017' };
  await done(app, 'updatePlugin', { plugin: id, config, description: 'A shop.' }, 'plugin { id }');
  const after = await exported('edited');
  expect(after).toContain('page_size: 50 # as it was\n');
  expect(after).toMatch(/auth:\n +token: \(redacted\)\n/);
  expect(after).not.toContain('password: (');
  expect(after).toContain('extra: "017"\n');
  const { settings } = await pluginOf('edited', 'tap-shop');
  expect(settings.map(({ name, value, isSet }) => [name, value, isSet])).toEqual([
    ['page_size', 50, true],
    ['password', null, false],
    ['auth.token', null, true],
    ['extra', '017', true],
  ]);
});

test('what cannot be is refused, and changes nothing', async () => {
  await make('refusing');
  const { id: plugin } = await pluginOf('refusing', 'tap-shop');
  expect(mistakes(await refused(app, 'createProject', { name: 'a/b' }))).toEqual(['input.name: BAD_NAME']);
  expect(await refused(app, 'createProject', { name: 'shop' })).toMatchObject({
    __typename: 'AlreadyExists',
  });
  const broken = { name: 'broken', text: 'jobs:\n- {name: j, tasks: a}\n- {name: k, other: 1}\n' };
  expect(mistakes(await refused(app, 'createProject', broken))).toHaveLength(3);
  const including = { name: 'including', text: 'include_paths: []\n' };
  expect(mistakes(await refused(app, 'createProject', including))).toEqual(['input.text: BAD_MANIFEST']);
  const secret = { name: 'secret', text: text.replace('hunter2', '(redacted)') };
  expect(mistakes(await refused(app, 'createProject', secret))).toEqual(['input.text: REDACTED']);
  const bad = { plugin, config: [1], extras: { name: 'x' }, env: [{ name: 'a b', value: '' }] };
  expect(mistakes(await refused(app, 'updatePlugin', bad)).sort()).toEqual([
    'input.config: NOT_AN_OBJECT',
    'input.env.0.name: BAD_NAME',
    'input.extras.name: NOT_AN_EXTRA',
  ]);
  expect(
    mistakes(await refused(app, 'updatePlugin', { plugin, extras: { plugin_x: 1, python: [] } })),
  ).toBeDefined();
  const again = { project: 'refusing', type: 'EXTRACTOR', name: 'tap-shop' };
  expect(await refused(app, 'createPlugin', again)).toMatchObject({ __typename: 'AlreadyExists' });
  expect(await refused(app, 'createEnvironment', { project: 'refusing', name: 'dev' })).toMatchObject({
    __typename: 'AlreadyExists',
  });
});

test('an imported project is not written', async () => {
  const { id: plugin } = await pluginOf('desk', 'tap-tickets');
  const inputs = {
    updateProject: { project: 'desk', defaultEnvironment: 'prod' },
    createEnvironment: { project: 'desk', name: 'qa' },
    createPlugin: { project: 'desk', type: 'UTILITY', name: 'u' },
    updatePlugin: { plugin, config: { page_size: 1 } },
    updateEnvironment: { environment: 'desk/dev', env: [] },
  };
  for (const [verb, input] of Object.entries(inputs)) {
    const answer = await refused(app, verb, input);
    expect(answer).toMatchObject({ __typename: 'Conflict' });
    expect(answer.message).toContain('is imported');
  }
});

test('what was deleted from a managed project can be brought back, and its name is kept for that', async () => {
  await make('deleting');
  const { id } = await pluginOf('deleting', 'tap-shop');
  await done(app, 'deletePlugin', { plugin: id, force: true }, 'plugin { id }');
  expect(await exported('deleting')).not.toContain('tap-shop\n');
  const again = { project: 'deleting', type: 'EXTRACTOR', name: 'tap-shop' };
  expect((await refused(app, 'createPlugin', again)).message).toContain('undelete');
  // Another change in between does not lose what is to be brought back.
  await done(app, 'createEnvironment', { project: 'deleting', name: 'qa' }, 'environment { id }');
  await done(app, 'undelete', { id }, 'resource { id }');
  expect(await exported('deleting')).toContain('name: tap-shop\n');
  expect((await pluginOf('deleting', 'tap-shop')).id).toBe(id);
});

interface Plan {
  etag: string;
  changedSecrets: string[];
  changes: {
    action: string;
    type: string;
    name: string;
    changes: { path: string; before: unknown; after: unknown }[];
  }[];
}
const planned = 'plan { etag changedSecrets changes { action type name changes { path before after } } }';

async function plan(input: object): Promise<Plan> {
  return (await done<{ plan: Plan }>(app, 'planProject', input, planned)).plan;
}

test('a plan says all that applying does, which does that or nothing', async () => {
  await make('planned');
  const next = (await exported('planned'))
    .replace('- name: prod\n', '- name: stage\n')
    .replace('page_size: 017', 'page_size: 20')
    .replace('tasks: [tap-shop target-lines]', 'tasks: [tap-shop target-lines, tap-shop target-lines]');
  const input = { project: 'planned', text: next, prune: true };
  const before = await tableTexts(app.app.store);
  const { etag, changes } = await plan(input);
  expect(await tableTexts(app.app.store)).toEqual(before);
  expect(changes.map(({ action, type, name }) => `${action} ${type} ${name}`)).toEqual([
    'CREATE ENVIRONMENT planned/stage',
    'CREATE JOB planned/stage/load',
    'UPDATE JOB planned/dev/load',
    'UPDATE PLUGIN EXTRACTOR tap-shop',
    'DELETE ENVIRONMENT planned/prod',
    'DELETE JOB planned/prod/load',
  ]);
  expect(changes[3]?.changes).toEqual([{ path: '/settings/page_size/value', before: 17, after: 20 }]);

  // Somebody changes something that the plan would change.
  await done(
    app,
    'updateJob',
    { job: 'planned/dev/load', tasks: [{ blocks: ['tap-shop', 'target-lines'] }] },
    'job { id }',
  );
  const { id: plugin } = await pluginOf('planned', 'tap-shop');
  await done(app, 'updatePlugin', { plugin, config: { page_size: 18 } }, 'plugin { id }');
  const stale = await refused(app, 'applyProject', { ...input, planEtag: etag });
  expect(stale).toMatchObject({ __typename: 'Conflict' });
  const anew = await plan(input);
  expect(stale.etag).toBe(anew.etag);

  const applied = await done<{ plan: Plan }>(app, 'applyProject', { ...input, planEtag: anew.etag }, planned);
  expect(applied.plan).toEqual(anew);
  expect((await plan(input)).changes).toEqual([]);
  // The secret that the text had redacted is still there: another one would be seen as a change.
  const other = await plan({ ...input, text: next.replace('password: (redacted)', 'password: other') });
  expect(other).toMatchObject({
    changes: [],
    changedSecrets: ['plugins.extractors.tap-shop.config.password'],
  });
});

test('without prune nothing is deleted, and what stays is the own of the API', async () => {
  await make('kept');
  const input = { project: 'kept', text: 'version: 1\nenvironments:\n- name: dev\n' };
  const { etag, changes } = await plan(input);
  expect(changes.map(({ type, changes }) => [type, changes.map(({ path }) => path)])).toEqual([
    ['PROJECT', ['/defaultEnvironment']],
  ]);
  await done(app, 'applyProject', { ...input, planEtag: etag }, 'project { id }');
  const graph = '{ project(ref: "kept") { environments { nodes { name } } plugins { nodes { name } } } }';
  expect(await app.query(graph)).toEqual({
    project: {
      environments: { nodes: [{ name: 'dev' }, { name: 'prod' }] },
      plugins: { nodes: [{ name: 'tap-shop' }, { name: 'target-lines' }] },
    },
  });
});

test('secrets are in no answer and in no log', async () => {
  await make('silent');
  const { id: plugin } = await pluginOf('silent', 'tap-shop');
  await call(
    app,
    'updatePlugin',
    { plugin, config: { password: 'hunter3', page_size: { a: ['hunter3'] } } },
    'plugin { id }',
  );
  const answers = await app.query(
    '{ project(ref: "silent") { manifest { text json findings { message } } plugins { nodes { settings { value default } extras } } environments { nodes { pluginConfig } } } }',
  );
  expect(JSON.stringify(answers)).not.toContain('hunter2');
  expect(JSON.stringify(app.logged)).not.toMatch(/hunter/);
});

test('settings show the values of an environment, and where each comes from', async () => {
  const content = `env: {TAP_SHOP_LEVEL: high}
${text
  .replace(
    '- name: prod',
    '- name: prod\n  config: {plugins: {extractors: [{name: tap-shop, config: {page_size: 5, own: x, password: p}}]}}',
  )
  .replace('{name: password,', '{name: level, value: low}\n    - {name: password,')
  .replace('  loaders:', '  - {name: tap-outlet, inherit_from: tap-shop}\n  loaders:')}`;
  await make('staged', content);
  const settings = async (name: string, environment: string | null) => {
    const query = `query ($environment: ID) { project(ref: "staged") { plugins { nodes { name
      settings(environment: $environment) { name value isSet valueSource } } } } }`;
    type Found = { name: string; settings: (Setting & { valueSource: string | null })[] };
    const { project } = await app.query<{ project: { plugins: { nodes: Found[] } } }>(query, { environment });
    const found = project.plugins.nodes.find((plugin) => plugin.name === name)?.settings ?? [];
    return found.map(({ name, value, isSet, valueSource }) => [name, value, isSet, valueSource]);
  };
  const own = [
    ['page_size', 17, true, 'MELTANO_YML'],
    ['level', null, false, 'ENV'],
    ['password', null, true, 'MELTANO_YML'],
    ['auth.token', '$SHOP_TOKEN', true, 'MELTANO_YML'],
    ['own', null, false, null],
  ];
  const inProd = [
    ['page_size', 5, true, 'MELTANO_ENVIRONMENT'],
    ['level', null, false, 'ENV'],
    ['password', null, true, 'MELTANO_ENVIRONMENT'],
    ['auth.token', '$SHOP_TOKEN', true, 'MELTANO_YML'],
    ['own', 'x', true, 'MELTANO_ENVIRONMENT'],
  ];
  expect(await settings('tap-shop', null)).toEqual(own);
  expect(await settings('tap-shop', 'staged/dev')).toEqual(own);
  expect(await settings('tap-shop', 'staged/prod')).toEqual(inProd);
  // What only an environment sets there, and no definition has, is not inherited.
  const inherited = inProd
    .filter(([name]) => name !== 'own')
    .map(([name, value, isSet]) => [name, value, isSet, 'INHERITED']);
  expect(await settings('tap-outlet', 'staged/prod')).toEqual(inherited);
  // A new name changes nothing.
  await done(
    app,
    'moveResource',
    { resource: { environment: 'staged/prod' }, to: { name: 'live' } },
    'resource { id }',
  );
  expect(await settings('tap-shop', 'staged/live')).toEqual(inProd);

  for (const of of ['staged/qa', 'qa', '', 'desk/dev']) {
    const { project } = await app.query<{ project: { name: string; plugins: { nodes: object[] } } }>(
      'query ($of: ID!) { project(ref: "staged") { name plugins { nodes { settings(environment: $of) { name } } } } }',
      { of },
    );
    expect(project.plugins.nodes[0], of).toEqual({ settings: null });
    expect(project.name).toBe('staged');
  }
});

test('what an alias stands for changes with the place that is named, and nowhere else', async () => {
  const content = `environments:
- name: dev
  env: &variables {MODE: slow}
- name: prod
  env: *variables
plugins:
  extractors:
  - {name: tap-one, namespace: one, config: &config {size: 1, nested: {a: 1}}}
  - {name: tap-two, namespace: two, config: *config}
  - {name: tap-three, namespace: three, config: *config}
`;
  await make('aliased', content);
  expect(await exported('aliased')).toContain('config: *config');
  const { id: one } = await pluginOf('aliased', 'tap-one');
  const { id: two } = await pluginOf('aliased', 'tap-two');
  await done(app, 'updatePlugin', { plugin: two, config: { size: 2 } }, 'plugin { id }');
  await done(app, 'updatePlugin', { plugin: one, config: { size: 3 } }, 'plugin { id }');
  await done(app, 'updateEnvironment', { environment: 'aliased/dev', env: [] }, 'environment { id }');
  for (const [name, size] of Object.entries({ 'tap-one': 3, 'tap-two': 2, 'tap-three': 1 })) {
    const { settings } = await pluginOf('aliased', name);
    expect(settings.map((setting) => [setting.name, setting.value])).toEqual([
      ['size', size],
      ['nested.a', 1],
    ]);
  }
  const { project } = await app.query<{ project: object }>(
    '{ project(ref: "aliased") { environments { nodes { name envNames } } } }',
  );
  expect(project).toEqual({
    environments: {
      nodes: [
        { name: 'dev', envNames: [] },
        { name: 'prod', envNames: ['MODE'] },
      ],
    },
  });
});
