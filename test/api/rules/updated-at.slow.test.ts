import { setTimeout as sleep } from 'node:timers/promises';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { nodeTypes } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
const document = { json: { singer_state: {} } };
const manifest = `environments: [{ name: dev }]
plugins: { utilities: [{ name: tool, namespace: tool, commands: { go: x } }] }
jobs: [{ name: calls, tasks: ['tool:go'] }]
`;
beforeAll(async () => {
  app = await startTestApp();
  await done(app, 'createProject', { name: 'own', text: manifest }, '__typename');
  const service = { environment: 'own/dev', name: 'page', command: 'tool:go' };
  await done(app, 'createService', service, '__typename');
  const schedule = { job: 'own/dev/calls', name: 'nightly', interval: '@daily' };
  await done(app, 'createSchedule', schedule, '__typename');
  const webhook = {
    project: 'own',
    name: 'alerts',
    url: 'https://hooks.example/',
    format: 'SLACK',
    events: ['RUN_FAILED'],
  };
  await done(app, 'createWebhook', webhook, '__typename');
  await done(app, 'setState', { environment: 'own/dev', stateId: 's', document }, '__typename');
});
afterAll(() => app.stop());

test('every object that can change says when it last did', () => {
  const without = nodeTypes.filter((name) => {
    const type = schema.getType(name);
    return isObjectType(type) && !('updatedAt' in type.getFields());
  });
  // A block has the times of its start and end, a delivery those of its requests, and a version never changes.
  expect(without).toEqual(['RunBlock', 'StateVersion', 'WebhookDelivery']);
});

async function timesOf(field: string, ref: string): Promise<{ createdAt: string; updatedAt: string }> {
  const answer = await app.query<Record<string, { createdAt: string; updatedAt: string }>>(
    `query ($ref: ID!) { ${field}(ref: $ref) { createdAt updatedAt } }`,
    { ref },
  );
  return answer[field] as { createdAt: string; updatedAt: string };
}

test.each<[kind: string, ref: string, verb: string, change: object]>([
  ['project', 'own', 'updateProject', { requiresMeltano: '>=4' }],
  ['environment', 'own/dev', 'updateEnvironment', { stateIdSuffix: 'eu' }],
  ['plugin', 'own/utilities/tool', 'updatePlugin', { label: 'Tool' }],
  ['job', 'own/dev/calls', 'updateJob', { tasks: [{ blocks: ['tool:go', 'tool'] }] }],
  ['schedule', 'own/dev/nightly', 'updateSchedule', { interval: '@hourly' }],
  ['service', 'own/dev/page', 'updateService', { args: ['-v'] }],
  ['webhook', 'own/alerts', 'updateWebhook', { events: ['RUN_LOST'] }],
])('%s: a change is noted, and what changes nothing is not', async (kind, ref, verb, change) => {
  const before = await timesOf(kind, ref);
  expect(Date.parse(before.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.createdAt) - 1000);
  await sleep(5);
  const input = { [kind]: ref, ...change };
  await done(app, verb, input, `${kind} { id }`);
  const after = await timesOf(kind, ref);
  expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
  await sleep(5);
  await done(app, verb, input, `${kind} { id }`);
  expect(await timesOf(kind, ref)).toEqual(after);
});

test('a service changes with its status, though its etag does not', async () => {
  const read = () =>
    app.query<{ service: { etag: string; updatedAt: string; status: string } }>(
      '{ service(ref: "own/dev/page") { etag updatedAt status } }',
    );
  const { service: before } = await read();
  await sleep(5);
  await app.app.store.prisma.service.updateMany({ data: { status: 'FAILED' } });
  const { service: after } = await read();
  expect(after.etag).toBe(before.etag);
  expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
});

test('a run changes with its status, not with its heartbeat', async () => {
  const { prisma } = app.app.store;
  const { run } = await done<{ run: { id: string } }>(app, 'runJob', { job: 'own/dev/calls' }, 'run { id }');
  const before = await timesOf('run', run.id);
  await sleep(5);
  await prisma.run.updateMany({ data: { heartbeatAt: new Date(), logCount: 7 } });
  expect(await timesOf('run', run.id)).toEqual(before);
  await done(app, 'cancelRun', { run: run.id }, '__typename');
  expect(Date.parse((await timesOf('run', run.id)).updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
});

test('a state changes with its documents, a bulk operation with its progress', async () => {
  const state = await timesOf('state', 'own/dev/s');
  await sleep(5);
  const edit = { state: 'own/dev/s', patch: [{ op: 'add', path: '/singer_state/a', value: 1 }] };
  await done(app, 'editState', edit, '__typename');
  expect(Date.parse((await timesOf('state', 'own/dev/s')).updatedAt)).toBeGreaterThan(
    Date.parse(state.updatedAt),
  );
  const filter = { environment: 'own/dev' };
  const { operation } = await done<{ operation: { id: string; updatedAt: string } }>(
    ...([app, 'pauseSchedules', { filter }, 'operation { id updatedAt }'] as const),
  );
  await sleep(5);
  const { operation: cancelled } = await done<{ operation: { updatedAt: string } }>(
    ...([app, 'cancelBulkOperation', { id: operation.id }, 'operation { updatedAt }'] as const),
  );
  expect(Date.parse(cancelled.updatedAt)).toBeGreaterThan(Date.parse(operation.updatedAt));
});
