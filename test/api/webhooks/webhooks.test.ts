import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done, mistakes, refused, validate } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
});
afterAll(() => app.stop());

const url = 'https://hooks.example/services/T0K3N/path?key=hidden-key';
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const input = (name: string) => ({ project: 'desk', name, url, secret, events: ['RUN_FAILED', 'RUN_LOST'] });
const shown = `webhook { id name path origin format events isFinalOnly isEnabled disableReason disabledAt formerSecretEndsAt
  etag environments { nodes { path } } jobs { nodes { path } } project { path } }`;
type Shown = { webhook: Record<string, unknown> & { id: string; etag: string } };

test('a webhook is created, read, renamed, changed and deleted', async () => {
  const { webhook } = await done<Shown>(
    app,
    'createWebhook',
    { ...input('failures'), environments: ['desk/dev'], jobs: ['desk/dev/calls'] },
    shown,
  );
  expect(webhook).toMatchObject({
    path: 'desk/failures',
    origin: 'https://hooks.example',
    format: 'STANDARD',
    events: ['RUN_FAILED', 'RUN_LOST'],
    ...{
      isFinalOnly: false,
      isEnabled: true,
      disableReason: null,
      disabledAt: null,
      formerSecretEndsAt: null,
    },
    environments: { nodes: [{ path: 'desk/dev' }] },
    jobs: { nodes: [{ path: 'desk/dev/calls' }] },
    project: { path: 'desk' },
  });
  const update = {
    webhook: 'desk/failures',
    name: 'alerts',
    events: ['RUN_FAILED'],
    jobs: [],
    secret: other,
  };
  const changed = await done<Shown>(app, 'updateWebhook', { ...update, ifMatch: webhook.etag }, shown);
  expect(changed.webhook).toMatchObject({
    ...{ id: webhook.id, path: 'desk/alerts', events: ['RUN_FAILED'], jobs: { nodes: [] } },
    formerSecretEndsAt: expect.any(String) as string,
  });
  expect(changed.webhook.etag).not.toBe(webhook.etag);
  const off = await done<Shown>(app, 'updateWebhook', { webhook: webhook.id, isEnabled: false }, shown);
  expect(off.webhook).toMatchObject({ isEnabled: false, disableReason: 'REQUESTED' });
  expect(off.webhook.disabledAt).not.toBeNull();
  const read = `{ webhook(ref: "desk/alerts") { id } node(id: "${webhook.id}") { ... on Webhook { name } }
    project(ref: "desk") { webhooks { totalCount nodes { name deliveries { totalCount } } } webhook(name: "alerts") { id } none: webhook(name: "none") { id } }
    gone: webhook(ref: "desk/failures") { id } }`;
  const { statements, result } = await app.counting(() => app.query(read));
  expect(result).toEqual({
    webhook: { id: webhook.id },
    node: { name: 'alerts' },
    project: {
      webhooks: { totalCount: 1, nodes: [{ name: 'alerts', deliveries: { totalCount: 0 } }] },
      webhook: { id: webhook.id },
      none: null,
    },
    gone: null,
  });
  expect(statements.length).toBeLessThanOrEqual(6);
  await done(app, 'deleteWebhook', { webhook: 'desk/alerts' }, 'project { path }');
  expect(await app.query('{ webhook(ref: "desk/alerts") { id } }')).toEqual({ webhook: null });
});

test('neither the address nor a secret is stored in clear, or shown', async () => {
  const answer = await done<Shown>(app, 'createWebhook', input('hidden'), shown);
  await done(app, 'updateWebhook', { webhook: 'desk/hidden', secret: other }, 'isChanged');
  const texts = JSON.stringify([answer, await tableTexts(app.app.store)]);
  for (const part of ['T0K3N', 'hidden-key', secret.slice(6), other.slice(6)])
    expect(texts).not.toContain(part);
});

test.each<[object, string]>([
  [{ url: 'ftp://hooks.example/' }, 'url: BAD_VALUE'],
  [{ url: 'hooks.example' }, 'url: BAD_VALUE'],
  [{ url: 'https://user:secret@hooks.example/' }, 'url: BAD_VALUE'],
  [{ url: 'https://token@hooks.example/' }, 'url: BAD_VALUE'],
  [{ url: 'http://localhost/' }, 'url: BAD_VALUE'],
  [{ url: 'http://a.localhost:80/' }, 'url: BAD_VALUE'],
  [{ url: 'http://127.0.0.1/' }, 'url: BAD_VALUE'],
  [{ url: 'http://0x7f.1/' }, 'url: BAD_VALUE'],
  [{ url: 'http://[::1]/' }, 'url: BAD_VALUE'],
  [{ url: 'http://[::ffff:10.0.0.1]/' }, 'url: BAD_VALUE'],
  [{ url: 'http://169.254.169.254/latest/meta-data' }, 'url: BAD_VALUE'],
  [{ url: `https://hooks.example/${'a'.repeat(2000)}` }, 'url: BAD_VALUE'],
  [{ secret: 'hunter2hunter2' }, 'secret: BAD_VALUE'],
  [{ secret: null }, 'secret: MISSING'],
  [{ events: [] }, 'events: MISSING'],
  [{ events: ['TEST'] }, 'events: BAD_VALUE'],
  [{ name: 'a/b' }, 'name: BAD_NAME'],
  [{ environments: ['annex/dev'] }, 'environments.0: OTHER_PROJECT'],
  [{ jobs: ['desk/dev/none'] }, 'jobs.0: NOT_FOUND'],
])('a webhook is refused: %j', async (change, mistake) => {
  const refusal = await refused(app, 'createWebhook', { ...input('bad'), ...change });
  expect(mistakes(refusal)).toEqual([`input.${mistake}`]);
  expect(JSON.stringify(refusal)).not.toMatch(/hunter2|:secret@/);
});

test('names are unique in a project, and what is only checked is not there', async () => {
  await done(app, 'createWebhook', input('once'), 'webhook { id }');
  await done(app, 'createWebhook', { ...input('twice'), format: 'SLACK', secret: null }, 'webhook { id }');
  expect(await refused(app, 'createWebhook', input('once'))).toMatchObject({ __typename: 'AlreadyExists' });
  const rename = { webhook: 'desk/twice', name: 'once' };
  expect(await refused(app, 'updateWebhook', rename)).toMatchObject({ __typename: 'AlreadyExists' });
  // The other format is signed.
  const change = { webhook: 'desk/twice', format: 'STANDARD' };
  expect(mistakes(await refused(app, 'updateWebhook', change))).toEqual(['input.secret: MISSING']);
  expect(await validate(app, 'createWebhook', input('new'))).toEqual({ __typename: 'Validated' });
  const etag = { webhook: 'desk/once', isFinalOnly: true, ifMatch: '9-none' };
  expect(await refused(app, 'updateWebhook', etag)).toMatchObject({ __typename: 'Conflict' });
});

test('a webhook is found by a former path of its project', async () => {
  await done(app, 'createWebhook', { ...input('kept'), project: 'annex' }, 'webhook { id }');
  const move = { resource: { project: 'annex' }, to: { name: 'attic' } };
  await done(app, 'moveResource', move, '__typename');
  const { webhook } = await app.query<{ webhook: { path: string } }>(
    '{ webhook(ref: "annex/kept") { path } }',
  );
  expect(webhook).toEqual({ path: 'attic/kept' });
  const change = { webhook: 'annex/kept', isFinalOnly: true };
  expect(await done(app, 'updateWebhook', change, 'isChanged')).toMatchObject({ isChanged: true });
});
