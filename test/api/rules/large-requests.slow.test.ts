import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { fixture } from '../../kit/data/projects.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  await done(app, 'createProject', { name: 'managed' }, 'project { id }');
});
afterAll(() => app.stop());

const environment = 'desk/dev';

/** A state of about 2 MB. */
const large = (version: number): object => ({
  singer_state: {
    bookmarks: Object.fromEntries(
      Array.from({ length: 30_000 }, (_, i) => [`public-orders_${i}`, { at: version, rows: 1e3 + i }]),
    ),
  },
});

/** A `meltano.yml` of about 100 KB. */
const manifest = (more = ''): string =>
  [
    'version: 1',
    'environments: [{ name: dev }]',
    'plugins:',
    '  extractors:',
    ...Array.from({ length: 300 }, (_, i) => [
      `    - name: tap-${i}`,
      `      namespace: tap_${i}`,
      `      pip_url: tap-${i}==1.0.0`,
      '      settings: [{ name: start_date, kind: date_iso8601 }, { name: token, sensitive: true }]',
      `      config: { start_date: '2025-01-01', token: secret-${i} }`,
    ]).flat(),
    '  loaders: [{ name: target, namespace: target, pip_url: target==1.0.0 }]',
    'jobs:',
    ...Array.from({ length: 500 }, (_, i) => `  - { name: job-${i}, tasks: [tap-${i % 300} target] }`),
    more,
  ].join('\n');

/** How many requests are answered, one after the other, before a large one is. */
async function answeredDuring<T>(large: Promise<T>): Promise<{ answered: number; answer: T }> {
  const state = { ended: false };
  const end = large.finally(() => (state.ended = true));
  let answered = 0;
  for (; !state.ended; answered += 1) await app.query('{ __typename }');
  return { answered, answer: await end };
}

test.each<[string, () => Promise<unknown>, string]>([
  [
    'mergeState',
    async () => {
      await done(
        app,
        'setState',
        { environment, stateId: 'merged', document: { json: large(1) } },
        'state { id }',
      );
      return { environment, stateId: 'merged', source: { document: { text: JSON.stringify(large(2)) } } };
    },
    'MergeStateSuccess',
  ],
  [
    'planProject',
    async () => Promise.resolve({ project: 'managed', text: manifest() }),
    'PlanProjectSuccess',
  ],
  ['createProject', async () => Promise.resolve({ name: 'large', text: manifest() }), 'CreateProjectSuccess'],
])('while %s has much to do, many other requests are answered', async (name, prepare, success) => {
  const input = await prepare();
  const { answered, answer } = await answeredDuring(call(app, name, input as object, '__typename'));
  expect(answer).toMatchObject({ __typename: success });
  expect(answered).toBeGreaterThan(30);
});

describe('a large request', () => {
  test('is done as a small one is', async () => {
    const state = { singer_state: { ...large(1), large: '[9007199254740993, 1.0]' } };
    const text = JSON.stringify(state).replace('"[9007199254740993, 1.0]"', '[9007199254740993, 1.0]');
    await done(app, 'setState', { environment, stateId: 'exact', document: { text } }, 'state { id }');
    const path = '/singer_state/large/0';
    const operations = [{ test: { path, value: { text: '9007199254740993' } } }, { remove: { path } }];
    await done(app, 'editState', { state: `${environment}/exact`, operations }, 'state { id }');
    const { project } = await app.query<{ project: { environment: { state: Versions } } }>(
      `{ project(ref: "desk") { environment(name: "dev") { state(stateId: "exact") {
        versions(first: 1) { nodes { diff { changes { path before { text } after { text } } } } }
      } } } }`,
    );
    expect(project.environment.state.versions.nodes[0]?.diff.changes).toEqual([
      { path, before: { text: '9007199254740993' }, after: { text: '1.0' } },
      { path: '/singer_state/large/1', before: { text: '1.0' }, after: null },
    ]);
  });

  test('lists all that it would change, in order', async () => {
    const { plan } = await done<{ plan: { changes: { type: string; name: string }[] } }>(
      app,
      'planProject',
      { project: 'managed', text: manifest() },
      'plan { changes { type name } }',
    );
    const names = plan.changes.map(({ type, name }) => type + name);
    expect(names).toHaveLength(1 + 301 + 500);
    expect(names).toEqual([...names].sort());
  });

  test('is refused as a small one is', async () => {
    await done(
      app,
      'setState',
      { environment, stateId: 'whole', document: { json: large(1) } },
      'state { id }',
    );
    const patch = [{ op: 'remove', path: '/singer_state/none' }];
    expect(await refused(app, 'editState', { state: `${environment}/whole`, patch })).toMatchObject({
      __typename: 'Conflict',
      path: ['input', 'patch', '0'],
    });
    const bad = JSON.stringify(large(1)).replace('"at":1', String.raw`"at":"\u0000"`);
    const text = `{"a": {"completed": ${bad}}}`;
    expect(mistakes(await refused(app, 'importState', { environment, text }))).toEqual([
      'input.text: BAD_TEXT',
      'input.text: BAD_DOCUMENTS',
    ]);
    const states = [{ stateId: 'a', completed: { text: bad }, partial: { json: [] } }];
    expect(mistakes(await refused(app, 'importState', { environment, states }))).toEqual([
      'input.states.0.completed.text: BAD_TEXT',
      'input.states.0.partial.json: NOT_AN_OBJECT',
    ]);
    const operations = [{ add: { path: '/a', value: { text: bad } } }];
    const edit = { state: `${environment}/whole`, operations };
    expect(mistakes(await refused(app, 'editState', edit))).toEqual([
      'input.operations.0.add.value.text: BAD_TEXT',
    ]);
    const project = manifest('schedules: [{ name: nightly, job: none }]');
    expect(await refused(app, 'planProject', { project: 'managed', text: project })).toMatchObject({
      __typename: 'InvalidInput',
      fields: [{ code: 'BAD_MANIFEST', message: expect.stringContaining('nightly') as string }],
    });
  });
});

interface Versions {
  versions: { nodes: { diff: { changes: unknown } }[] };
}

test('the log says when the event loop was kept too long', async () => {
  const until = Date.now() + 400;
  while (Date.now() < until);
  const { fields } = await waitFor('the warning', () =>
    app.logged.find(({ level, message }) => level === 'warn' && message.includes('event loop')),
  );
  expect(fields.ms).toBeGreaterThan(100);
});
