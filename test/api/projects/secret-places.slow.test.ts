import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { done, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await done(app, 'createProject', { name: 'places', text }, '__typename');
});
afterAll(() => app.stop());

// Everything that begins with `hidden` is a secret; everything that begins with `plain` is none.
const text = `version: 1
x-shared: &shared { door: { deep: hidden1 } }
x-scalar: &scalar hidden2
x-open: { door: plain1 }
env: { TAP_DOOR_DEEP: hidden3, TAP_DOORS: plain2 }
environments:
  - name: dev
    env: { TAP_CODE: hidden4 }
    config:
      plugins:
        extractors:
          - name: tap
            config: { door.inner: hidden5, pin.part: hidden6, other: plain3 }
plugins:
  extractors:
    - name: tap
      namespace: tap
      settings:
        - { name: door, kind: object, sensitive: true }
        - { name: door.handle, value: hidden7 }
        - { name: code, sensitive: true, aliases: [pin] }
        - { name: other, value: plain4 }
        - { name: password }
        - { name: login_url }
        - { name: tokens_per_minute, value: plain9 }
      config:
        door.deep: hidden8
        code: *scalar
        headers:
          - { name: Authorization, value: hidden9 }
          - { name: Authorization, value: hidden14 }
          - { name: Accept, value: plain5 }
        password: hidden17
        api_key: \${plain10}
        sqlalchemy_url: 'postgresql://\${plain11}:\${plain12}@host'
        login_url: 'https://user:hidden15@host'
        token: $Hidden16
    - name: '[0]'
      namespace: zero
      settings: [{ name: code, sensitive: true }]
      config: { code: hidden10 }
    - name: env
      namespace: odd
      settings: [{ name: code, sensitive: true }]
      config: { code: hidden11 }
    - name: heir
      inherit_from: tap
      config: { <<: *shared, other: plain6 }
  mappers:
    - name: mapper
      namespace: mapper
      settings: [{ name: salt, sensitive: true }]
      mappings: [{ name: salted, config: { salt: hidden12, column: plain7 } }]
jobs: [{ name: job, tasks: [tap] }]
schedules: [{ name: nightly, interval: '@daily', job: job, env: { TAP_DOOR_DEEP: hidden13, DAY: plain8 } }]
`;

const everything = `{ project(ref: "places") {
  manifest { text json findings { message } } importWarnings
  plugins(first: 100) { nodes {
    name extras mappings settings { name isSensitive default value } commands { args }
  } }
  environments { nodes { pluginConfig schedules { nodes { env { name value } } } } }
} }`;

const exported = async (): Promise<string> =>
  (await done<{ text: string }>(app, 'exportProject', { project: 'places' }, 'text')).text;

const named = (answer: string, word: string): string[] => [
  ...new Set([...answer.matchAll(new RegExp(`${word}\\d+`, 'gi'))].map(([found]) => found)),
];

test('no answer shows a secret, wherever it stands and however its place is written', async () => {
  const answer = JSON.stringify(await app.query(everything));
  expect(named(answer, 'hidden')).toEqual([]);
  expect(named(answer, 'plain').toSorted()).toEqual(
    Array.from({ length: 12 }, (_, i) => `plain${i + 1}`).toSorted(),
  );
});

test('no export shows a secret, and it can be applied again without a change', async () => {
  const shown = await exported();
  expect(named(shown, 'hidden')).toEqual([]);
  expect(named(shown, 'plain')).toHaveLength(12);
  const { plan } = await done<{ plan: unknown }>(
    app,
    'planProject',
    { project: 'places', text: shown },
    'plan { changes { action } changedSecrets }',
  );
  expect(plan).toEqual({ changes: [], changedSecrets: [] });
});

test('a plan names the places of secrets that change, and shows none', async () => {
  const changed = text.replace('hidden10', 'hidden20').replace('hidden8', 'hidden18');
  const { plan } = await done<{ plan: { changedSecrets: string[] } }>(
    app,
    'planProject',
    { project: 'places', text: changed },
    'plan { changes { name changes { path before after } } changedSecrets }',
  );
  expect(named(JSON.stringify(plan), 'hidden')).toEqual([]);
  expect(plan.changedSecrets.toSorted()).toEqual([
    'plugins.extractors.[0].config.code',
    'plugins.extractors.tap.config.door.deep',
  ]);
});

test('a hidden value that nothing is known of is refused with its place, and without another secret', async () => {
  const shown = (await exported())
    .replace('- name: "[0]"', "- name: '[1]'")
    .replace("- name: '[0]'", "- name: '[1]'");
  const answer = await refused(app, 'planProject', { project: 'places', text: shown });
  expect(answer.fields?.map(({ message }) => message)).toEqual([
    '`plugins.extractors.[1].config.code` is "(redacted)", and there is no value that this could stand for; give one.',
  ]);
});

test('of two items with one name, none is given the secret of the other', async () => {
  const shown = await exported();
  const oneLeft = shown.replace(/\n *- \{ ?name: Authorization.*/, '');
  expect(oneLeft).not.toBe(shown);
  const answer = await refused(app, 'planProject', { project: 'places', text: oneLeft });
  expect(answer.fields?.map(({ message }) => message)).toEqual([
    '`plugins.extractors.tap.config.headers.Authorization.value` is "(redacted)", and there is no value that this could stand for; give one.',
  ]);
});

test('a variable of a part of a sensitive setting is shown without its value', async () => {
  const env = [
    { name: 'TAP_DOOR_DEEP', value: 'hidden1' },
    { name: 'TAP_DOORS', value: 'plain1' },
  ];
  const schedule = await done(
    app,
    'createSchedule',
    { job: 'places/dev/job', name: 'hourly', interval: '@hourly', env },
    'schedule { env { name value } }',
  );
  expect(schedule).toMatchObject({
    schedule: {
      env: [
        { name: 'TAP_DOOR_DEEP', value: null },
        { name: 'TAP_DOORS', value: 'plain1' },
      ],
    },
  });
});

test('an export whose secrets are all in variables can be created again, and shows where they come from', async () => {
  const variables = `project_id: two
env: { ROOT_TOKEN: $TOKEN }
plugins:
  extractors:
    - name: tap
      namespace: tap
      settings: [{ name: password, value: '\${P}' }, { name: url, sensitive: true }]
      config: { password: $TAP_PASSWORD, url: 'postgresql://\${U}:\${P}@host', sqlalchemy_url: 'a://$U:$P@h', use_token: true }
environments: [{ name: dev, config: { plugins: { extractors: [{ name: tap, config: { password: '\${DEV}' } }] } } }]
jobs: [{ name: job, tasks: [tap] }]
schedules: [{ name: nightly, interval: '@daily', job: job, env: { API_TOKEN: '\${TOKEN}' } }]
`;
  await done(app, 'createProject', { name: 'variables', text: variables }, '__typename');
  const { text: shown } = await done<{ text: string }>(
    app,
    'exportProject',
    { project: 'variables' },
    'text',
  );
  expect(shown).not.toContain('redacted');
  await done(app, 'createProject', { name: 'copy', text: shown }, '__typename');
  const { plan } = await done<{ plan: unknown }>(
    app,
    'planProject',
    { project: 'copy', text: shown },
    'plan { changes { action } changedSecrets }',
  );
  expect(plan).toEqual({ changes: [], changedSecrets: [] });
  const { project } = await app.query<object & { project: unknown }>(`{ project(ref: "copy") {
    plugins { nodes { settings { name value isSensitive } } }
    environments { nodes { pluginConfig schedules { nodes { env { name value } } } } }
  } }`);
  expect(project).toMatchObject({
    plugins: {
      nodes: [
        {
          settings: [
            { name: 'password', value: '$TAP_PASSWORD', isSensitive: true },
            { name: 'url', value: 'postgresql://${U}:${P}@host', isSensitive: true },
            { name: 'sqlalchemy_url', value: 'a://$U:$P@h', isSensitive: true },
            { name: 'use_token', value: true, isSensitive: true },
          ],
        },
      ],
    },
    environments: {
      nodes: [
        {
          pluginConfig: { EXTRACTOR: { tap: { password: '${DEV}' } } },
          schedules: { nodes: [{ env: [{ name: 'API_TOKEN', value: '${TOKEN}' }] }] },
        },
      ],
    },
  });
});
