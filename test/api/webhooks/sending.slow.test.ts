import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import type { Gateway } from '../../../src/domain/gateway.ts';
import { decodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { forgetDeliveries, keptDays } from '../../../src/domain/webhooks/forget-deliveries.ts';
import { readAllowed } from '../../../src/lib/outbound/addresses.ts';
import { openVault } from '../../../src/lib/vault/vault.ts';
import type { Store, Webhook, WebhookDelivery } from '../../../src/store/index.ts';
import type { DueWork } from '../../../src/worker/due-work.ts';
import { startSending } from '../../../src/worker/webhooks/start-sending.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { holdAt } from '../../kit/faults/crash-windows.ts';
import { fixture } from '../../kit/data/projects.ts';
import { startReceiver, type Receiver } from '../../kit/programs/receiver.ts';
import { done, refused } from '../../kit/verbs/call.ts';
import { gatewayOn } from '../../kit/verbs/execution.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
let store: Store;
let receiver: Receiver;
let gateway: Gateway;
let sender: DueWork | null = null;
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
beforeAll(async () => {
  app = await startTestApp({
    projects: [{ name: 'desk', directory: fixture('desk') }],
    webhookAddresses: ['127.0.0.0/8'],
    polls: false,
  });
  ({ store } = app.app);
  const allowed = readAllowed(['127.0.0.0/8']);
  if (!allowed) throw new Error('no addresses');
  gateway = { ...gatewayOn(app), vault: await openVault(app.dataDirectory), webhookAddresses: allowed };
});
afterAll(() => app.stop());
beforeEach(async () => {
  receiver = await startReceiver();
  await store.prisma.webhook.deleteMany();
  await store.prisma.webhookDelivery.deleteMany();
});
afterEach(async () => {
  await sender?.stop();
  sender = null;
  await receiver.close();
});

const start = (): void => void (sender = startSending(store, gateway, false));

/** @returns its id in the store */
async function webhook(name: string, more: object = {}): Promise<string> {
  const input = {
    project: 'desk',
    name,
    url: `${receiver.url}/T0K3N/${name}`,
    secret,
    events: ['RUN_FAILED'],
  };
  const answer = await done<{ webhook: { id: string } }>(
    app,
    'createWebhook',
    { ...input, ...more },
    'webhook { id }',
  );
  return decodeGlobalId(answer.webhook.id)?.id ?? '';
}

/** Something to tell a webhook. */
const payload = { type: 'run.failed', timestamp: '2026-01-01T00:00:00.000Z', data: {} };
async function tell(webhookId: string, count = 1): Promise<void> {
  const row = {
    webhookId,
    event: 'RUN_FAILED' as const,
    payload,
    nextAttemptAt: new Date(Date.now() - 60_000),
  };
  await store.prisma.webhookDelivery.createMany({ data: Array.from({ length: count }, () => row) });
  await store.prisma.$queryRawUnsafe(`SELECT pg_notify('meltano_graphql', '{"topic":"WEBHOOK"}')::text`);
}
const deliveries = (webhookId: string): Promise<WebhookDelivery[]> =>
  store.prisma.webhookDelivery.findMany({ where: { webhookId }, orderBy: { id: 'asc' } });
const row = (id: string): Promise<Webhook> => store.prisma.webhook.findUniqueOrThrow({ where: { id } });
const settled = (webhookId: string, attempts = 1): Promise<WebhookDelivery> =>
  waitFor('an attempt', async () => {
    const all = await deliveries(webhookId);
    return all.find((one) => one.attempts >= attempts) ?? null;
  });
/** Waits until nobody sends to a webhook. */
const idle = (id: string): Promise<true> =>
  waitFor('the end of a turn', async () => (await row(id)).leaseId === null || null);

test('a request is signed by Standard Webhooks, with the former secret for some time', async () => {
  const id = await webhook('signed');
  start();
  await tell(id);
  await receiver.got(1);
  await done(app, 'updateWebhook', { webhook: 'desk/signed', secret: other }, 'isChanged');
  await tell(id);
  await receiver.got(2);
  const [first, second] = receiver.received as [(typeof receiver.received)[0], (typeof receiver.received)[0]];
  const verify = (key: string, { body, headers }: typeof first): unknown =>
    new StandardWebhook(key).verify(body, headers as Record<string, string>);
  expect(verify(secret, first)).toEqual(payload);
  expect(() => verify(other, first)).toThrow();
  expect(verify(secret, second)).toEqual(payload);
  expect(verify(other, second)).toEqual(payload);
  expect(first.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(first.path).toBe('/T0K3N/signed');
  await settled(id);
  const [one] = await deliveries(id);
  expect(decodeGlobalId(first.headers['webhook-id'] as string)).toEqual({
    type: 'WebhookDelivery',
    id: one?.id,
  });
  expect(one).toMatchObject({
    status: 'DELIVERED',
    attempts: 1,
    statusCode: 204,
    error: null,
    nextAttemptAt: null,
  });
  expect(one?.endedAt).not.toBeNull();
});

test('a test is sent at once, and its answer is shown without what is secret', async () => {
  await webhook('chat', { format: 'SLACK', secret: null });
  receiver.reply({ status: 400, body: 'no_such_path /T0K3N/chat' });
  const shown = 'delivery { event status attempts statusCode response error }';
  const answer = await done(app, 'testWebhook', { webhook: 'desk/chat', clientRequestId: 'test' }, shown);
  expect(answer).toMatchObject({
    delivery: {
      ...{ event: 'TEST', status: 'FAILED', attempts: 1, statusCode: 400 },
      response: 'no_such_path (redacted)',
      error: 'The receiver answered with the status 400.',
    },
  });
  // Sent again, it gives the same answer.
  expect(await done(app, 'testWebhook', { webhook: 'desk/chat', clientRequestId: 'test' }, shown)).toEqual(
    answer,
  );
  expect(receiver.received.map(({ body, headers }) => [body, headers['webhook-signature']])).toEqual([
    ['{"text":"*desk/chat* works: this is a test"}', undefined],
  ]);
  await done(app, 'updateWebhook', { webhook: 'desk/chat', isEnabled: false }, 'isChanged');
  expect(await refused(app, 'testWebhook', { webhook: 'desk/chat' })).toMatchObject({
    __typename: 'Conflict',
  });
});

test('what failed is sent again later, and sooner when somebody asks', async () => {
  const id = await webhook('flaky');
  receiver.reply(
    { status: 500, body: 'oops' },
    { status: 307, headers: { location: receiver.url } },
    { status: 200 },
  );
  start();
  await tell(id);
  const failed = await settled(id);
  expect(failed).toMatchObject({
    ...{ status: 'PENDING', statusCode: 500, response: 'oops' },
    error: 'The receiver answered with the status 500.',
  });
  const wait = (failed.nextAttemptAt?.getTime() ?? 0) - (failed.lastAttemptAt?.getTime() ?? 0);
  expect(wait).toBeGreaterThanOrEqual(5000);
  expect(wait).toBeLessThanOrEqual(6000);
  expect(await row(id)).toMatchObject({ failureCount: 1, resumesAt: null, isEnabled: true });
  const again = { id: receiver.received[0]?.headers['webhook-id'] };
  await done(app, 'retryDelivery', again, 'delivery { status }');
  expect(await settled(id, 2)).toMatchObject({
    statusCode: 307,
    error: 'The receiver answered with the status 307. Redirects are not followed.',
  });
  await done(app, 'retryDelivery', again, 'delivery { status }');
  expect(await settled(id, 3)).toMatchObject({ status: 'DELIVERED', statusCode: 200, error: null });
  expect(await row(id)).toMatchObject({ failureCount: 0, failingSince: null });
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

test('a receiver that asks for it is left alone, and one that is gone is disabled', async () => {
  const id = await webhook('busy');
  receiver.reply({ status: 429, headers: { 'retry-after': '120' } }, { status: 410 });
  start();
  await tell(id);
  const busy = await settled(id);
  const wait = (busy.nextAttemptAt?.getTime() ?? 0) - (busy.lastAttemptAt?.getTime() ?? 0);
  expect(wait).toBe(120_000);
  await idle(id);
  const { resumesAt } = await row(id);
  expect(resumesAt?.getTime()).toBeGreaterThan(Date.now() + 60_000);
  // What comes meanwhile waits, too.
  await tell(id);
  expect(receiver.received).toHaveLength(1);
  await store.prisma.webhook.update({ where: { id }, data: { resumesAt: null } });
  await tell(id);
  await waitFor('the end', async () => (await row(id)).disableReason === 'GONE' || null);
  const ended = await waitFor('all to be given up', async () => {
    const all = await deliveries(id);
    return all.every(({ status }) => status === 'FAILED') ? all : null;
  });
  expect(ended).toHaveLength(3);
  expect(ended.filter(({ error }) => error?.endsWith('The webhook was disabled.'))).not.toEqual([]);
  const again = { webhook: 'desk/busy', isEnabled: true };
  await done(app, 'updateWebhook', again, 'isChanged');
  expect(await row(id)).toMatchObject({ isEnabled: true, disableReason: null, failureCount: 0 });
});

test('a receiver that has failed for days is disabled', async () => {
  const id = await webhook('dead');
  receiver.reply({ status: 500 });
  const days = new Date(Date.now() - 73 * 3600 * 1000);
  await store.prisma.webhook.update({ where: { id }, data: { failureCount: 19, failingSince: days } });
  start();
  await tell(id);
  await waitFor('the end', async () => (await row(id)).disableReason === 'FAILING' || null);
});

test('a receiver that does not answer keeps no other waiting', async () => {
  const silent = await startReceiver();
  try {
    silent.reply(null);
    const mute = await webhook('mute', { url: silent.url });
    await tell(mute, 30);
    start();
    await silent.got(1);
    const id = await webhook('well');
    await tell(id);
    await receiver.got(1);
    // Only some of them are under way.
    expect(silent.received.length).toBeLessThanOrEqual(4);
  } finally {
    await silent.close();
  }
});

test('an address that is not public any more is not reached', async () => {
  const id = await webhook('inside');
  sender = startSending(store, { ...gateway, webhookAddresses: { hosts: new Set(), ranges: [] } }, false);
  await tell(id);
  expect(await settled(id)).toMatchObject({
    statusCode: null,
    error:
      'The request failed: 127.0.0.1 is not a public address, and is not allowed by --webhook-addresses.',
  });
  expect(receiver.received).toEqual([]);
});

test('what was answered and not recorded comes again with the same id', async () => {
  const id = await webhook('twice');
  const held = holdAt('WEBHOOK_ANSWERED');
  start();
  await tell(id);
  await held.reached;
  const dead = sender;
  // The process is gone: nobody has recorded the answer, and its lease runs out.
  await store.prisma.webhook.update({ where: { id }, data: { leasedUntil: new Date(0) } });
  sender = startSending(store, gateway, false);
  await receiver.got(2);
  held.letGo();
  await dead?.stop();
  expect(await settled(id)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
});

test('old deliveries are removed, and those of a webhook that was deleted', async () => {
  const id = await webhook('old');
  const at = (days: number): Date => new Date(Date.now() - days * 24 * 3600 * 1000);
  const ended = { webhookId: id, event: 'RUN_FAILED', payload, status: 'DELIVERED' } as const;
  await store.prisma.webhookDelivery.createMany({
    data: [
      { ...ended, endedAt: at(keptDays + 1) },
      { ...ended, endedAt: at(keptDays - 1) },
    ],
  });
  await forgetDeliveries(gateway);
  expect(await deliveries(id)).toHaveLength(1);
  await done(app, 'deleteWebhook', { webhook: 'desk/old' }, 'project { path }');
  await forgetDeliveries(gateway);
  expect(await deliveries(id)).toEqual([]);
});

test('many webhooks and deliveries are taken by few statements', async () => {
  for (let i = 0; i < 5; i++) await tell(await webhook(`many-${i}`), 200);
  const { statements } = await app.counting(() =>
    store.deliveries.claim('01900000-0000-7000-8000-000000000001'),
  );
  expect(statements).toHaveLength(1);
});
