import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { call, done } from '../../kit/verbs/call.ts';

let app: TestApp;
let plugin: string;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  const text = `environments: [{ name: dev }]
plugins: { extractors: [{ name: tap-a, namespace: tap_a, config: { size: 1 } }] }
`;
  await done(app, 'createProject', { name: 'own', text }, 'project { id }');
  const { project } = await app.query<{ project: { plugins: { nodes: { id: string }[] } } }>(
    '{ project(ref: "own") { plugins { nodes { id } } } }',
  );
  plugin = project.plugins.nodes[0]?.id ?? '';
  const source = { git: { url: 'https://git.invalid/a.git' } };
  await done(app, 'createProject', { name: 'cloned', source }, 'project { id }');
  const job = { environment: 'desk/dev', name: 'mine', tasks: [{ blocks: ['digest'] }] };
  await done(app, 'createJob', job, 'job { id }');
  const schedule = { name: 'mine', job: 'desk/dev/mine', interval: '@daily' };
  await done(app, 'createSchedule', schedule, 'schedule { id }');
  const service = { environment: 'desk/dev', name: 'mine', command: 'digest:daily' };
  await done(app, 'createService', service, 'service { id }');
  const webhook = {
    project: 'own',
    name: 'mine',
    url: 'https://hooks.example/a',
    format: 'SLACK',
    events: ['RUN_LOST'],
  };
  await done(app, 'createWebhook', webhook, 'webhook { id }');
});
afterAll(() => app.stop());

/** For each update, inputs that change something. */
const updates: Record<string, () => object[]> = {
  updateProject: () => [
    { project: 'own', defaultEnvironment: 'dev' },
    { project: 'own', env: [{ name: 'A', value: '1' }] },
    { project: 'cloned', source: { git: { ref: 'main', pollSeconds: 60 } } },
  ],
  updateEnvironment: () => [
    { environment: 'own/dev', env: [{ name: 'A', value: '1' }] },
    { environment: 'own/dev', plugins: [{ plugin, config: { size: 2 } }] },
    { environment: 'annex/dev', stateIdSuffix: 'mine' },
  ],
  updatePlugin: () => [
    { plugin, config: { size: 2, more: { deep: true } } },
    { plugin, config: { size: null } },
  ],
  updateJob: () => [{ job: 'desk/dev/mine', tasks: [{ blocks: ['digest:daily'] }] }],
  updateSchedule: () => [
    { schedule: 'desk/dev/mine', interval: '0 1 * * *' },
    { schedule: 'desk/dev/mine', env: [{ name: 'A', value: '1' }] },
  ],
  updateService: () => [
    { service: 'desk/dev/mine', command: 'digest' },
    { service: 'desk/dev/mine', env: [{ name: 'A', value: '1' }], maxRestarts: 3 },
  ],
  updateWebhook: () => [
    {
      webhook: 'own/mine',
      url: 'https://hooks.example/b',
      events: ['RUN_FAILED'],
      environments: ['own/dev'],
    },
    { webhook: 'own/mine', secret: `whsec_${Buffer.alloc(24, 1).toString('base64')}` },
    { webhook: 'own/mine', isEnabled: false },
  ],
};

test('every update says whether anything was to change', () => {
  const verbs = Object.keys(schema.getMutationType()?.getFields() ?? {});
  expect(Object.keys(updates).sort()).toEqual(verbs.filter((verb) => verb.startsWith('update')).sort());
});

test.each(Object.entries(updates))('%s says so the first time, and not the second', async (verb, inputs) => {
  const field = verb.slice('update'.length).toLowerCase();
  const selection = `isChanged ${field} { etag }`;
  type Answer = Record<string, unknown> & { isChanged: boolean };
  for (const input of inputs()) {
    const first = await done<Answer>(app, verb, input, selection);
    const second = await done<Answer>(app, verb, input, selection);
    expect([first.isChanged, second.isChanged]).toEqual([true, false]);
    expect(second[field]).toEqual(first[field]);
  }
});

test('a value to remove that is nowhere is nothing to change', async () => {
  expect(await done(app, 'updatePlugin', { plugin, config: { nowhere: null } }, 'isChanged')).toMatchObject({
    isChanged: false,
  });
});

test('a repeated request gets the first answer', async () => {
  const input = { job: 'desk/dev/mine', tasks: [{ blocks: ['digest'] }], clientRequestId: 'again' };
  const first = await done(app, 'updateJob', input, 'isChanged');
  expect(first).toMatchObject({ isChanged: true });
  expect(await call(app, 'updateJob', input, 'isChanged')).toEqual(first);
});
