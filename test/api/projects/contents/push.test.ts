import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../../kit/app.ts';

// Nobody looks at the repositories here.
let app: TestApp;
let projectId: string;
let hook: string;
const secret = 'push-secret-of-shop';
beforeAll(async () => {
  const env = { ...process.env, GIT_CREDENTIAL_PUSH: secret };
  app = await startTestApp({ apiToken: 'x'.repeat(32), env });
  const store = app.app.store;
  const project = await store.projects.create({ name: 'shop', directory: '/shop' });
  projectId = project.id;
  const source = { url: 'https://git.example/shop.git', ref: 'main', pushSecret: 'env:GIT_CREDENTIAL_PUSH' };
  await store.prisma.projectSource.create({ data: { projectId, ...source } });
  hook = new URL(`/hooks/git/${encodeGlobalId({ type: 'Project', id: projectId })}`, app.url).href;
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.app.store.prisma.projectSource.update({
    where: { projectId },
    data: { requestedAt: null, nextSyncAt: null, ref: 'main', pushSecret: 'env:GIT_CREDENTIAL_PUSH' },
  });
});

const push = (ref: string) => JSON.stringify({ ref, repository: { default_branch: 'trunk' } });
const signed = (body: string, key = secret): Record<string, string> => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
});
async function send(body: string, headers: Record<string, string>, url = hook): Promise<[number, unknown]> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return [answer.status, await answer.json()];
}
const requestedAt = async (): Promise<Date | null | undefined> =>
  (await app.app.store.projectSources.of(projectId))?.requestedAt;

test('a signed push to the ref that is followed has the repository looked at', async () => {
  const body = push('refs/heads/main');
  expect(await send(body, signed(body))).toEqual([202, { isAsked: true }]);
  const first = await requestedAt();
  expect(first).toBeInstanceOf(Date);
  // Those that follow before anybody has looked ask for nothing more.
  const { statements } = await app.counting(() => send(body, signed(body)));
  expect(statements.length).toBeLessThanOrEqual(3);
  expect(await requestedAt()).toEqual(first);
  // What is under way may have missed it.
  await app.app.store.projectSources.claim('01900000-0000-7000-8000-000000000001');
  expect(await send(body, signed(body))).toEqual([202, { isAsked: true }]);
  expect(await app.app.store.projectSources.of(projectId)).toMatchObject({ leaseId: null });
});

test('GitLab sends the secret itself', async () => {
  const body = JSON.stringify({ ref: 'refs/heads/main', project: { default_branch: 'main' } });
  expect(await send(body, { 'x-gitlab-token': secret })).toEqual([202, { isAsked: true }]);
});

test.each([
  ['main', 'refs/heads/main', true],
  ['main', 'refs/tags/main', true],
  ['main', 'refs/heads/other', false],
  ['refs/heads/main', 'refs/heads/main', true],
  ['HEAD', 'refs/heads/trunk', true],
  ['HEAD', 'refs/heads/main', false],
  ['4b825dc642cb6eb9a060e54bf8d69288fbee4904', 'refs/heads/main', false],
])('who follows %s is told of %s: %s', async (ref, pushed, isAsked) => {
  await app.app.store.prisma.projectSource.update({ where: { projectId }, data: { ref } });
  const body = push(pushed);
  expect(await send(body, signed(body))).toEqual([isAsked ? 202 : 200, { isAsked }]);
  expect((await requestedAt()) !== null).toBe(isAsked);
});

test('a ping is answered, and what tells of no push is refused', async () => {
  expect(await send('{}', { ...signed('{}'), 'x-github-event': 'ping' })).toEqual([200, { isAsked: false }]);
  expect((await send('{}', signed('{}')))[0]).toBe(400);
  expect((await send('no json', signed('no json')))[0]).toBe(400);
  expect((await fetch(hook)).status).toBe(405);
  expect(await requestedAt()).toBeNull();
});

test('a secret can be in a file', async () => {
  const folder = join(app.dataDirectory, 'credentials');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'push'), 'from-a-file\n');
  await app.app.store.prisma.projectSource.update({
    where: { projectId },
    data: { pushSecret: 'file:push' },
  });
  const body = push('refs/heads/main');
  expect((await send(body, signed(body, 'from-a-file')))[0]).toBe(202);
});

test('who has no secret learns nothing, and has to wait', async () => {
  const body = push('refs/heads/main');
  const [, refusal] = await send(body, signed(body, 'wrong'));
  const unknown = new URL(
    `/hooks/git/${encodeGlobalId({ type: 'Project', id: '01900000-0000-7000-8000-000000000001' })}`,
    app.url,
  );
  expect(await send(body, signed(body), unknown.href)).toEqual([401, refusal]);
  expect(await send(body, {})).toEqual([401, refusal]);
  await app.app.store.prisma.projectSource.update({ where: { projectId }, data: { pushSecret: null } });
  expect(await send(body, signed(body))).toEqual([401, refusal]);
  const missing = { pushSecret: 'env:GIT_CREDENTIAL_NONE' };
  await app.app.store.prisma.projectSource.update({ where: { projectId }, data: missing });
  expect(await send(body, signed(body))).toEqual([401, refusal]);
  expect(await requestedAt()).toBeNull();
  // This address has brought the right secret before, so it only waits with wrong ones.
  const answers: number[] = [];
  for (let i = 0; i < 12; i++) answers.push((await send(body, signed(body, `guess-${i}`)))[0]);
  expect(answers.at(-1)).toBe(429);
});

test('the secret of a source is a reference', async () => {
  const query = `{ project(ref: "shop") { source { pushSecret } } }`;
  const answer = await fetch(app.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${'x'.repeat(32)}` },
    body: JSON.stringify({ query }),
  });
  expect(await answer.json()).toEqual({
    data: { project: { source: { pushSecret: 'env:GIT_CREDENTIAL_PUSH' } } },
  });
});
