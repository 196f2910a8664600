import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { fixture } from '../../../kit/data/projects.ts';
import { call, done, mistakes, refused, validate } from '../../../kit/verbs/call.ts';

// Nobody looks at the repositories here.
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  const git = { url: 'https://git.example/team/shop.git' };
  await done(app, 'createProject', { name: 'shop', source: { git } }, 'project { id }');
});
afterAll(() => app.stop());

const url = 'https://git.example/team/other.git';

test.each<[object, string]>([
  [{ url: 'ext::sh -c id' }, 'url: BAD_VALUE'],
  [{ url: '--upload-pack=id' }, 'url: BAD_VALUE'],
  [{ url: 'file:///srv/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'http://git.example/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'git@git.example:team/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'https://user:secret@git.example/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'https://token@git.example/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'ssh://-oProxyCommand=id/shop.git' }, 'url: BAD_VALUE'],
  [{ url: 'https://git.example/a b' }, 'url: BAD_VALUE'],
  [{ url, ref: '--upload-pack=id' }, 'ref: BAD_NAME'],
  [{ url, ref: 'a..b' }, 'ref: BAD_NAME'],
  [{ url, ref: 'a b' }, 'ref: BAD_NAME'],
  [{ url, ref: 'refs/heads/x:refs/heads/y' }, 'ref: BAD_NAME'],
  [{ url, subdirectory: '../x' }, 'subdirectory: BAD_PATH'],
  [{ url, subdirectory: '.git' }, 'subdirectory: BAD_PATH'],
  [{ url, credential: 'hunter2' }, 'credential: BAD_VALUE'],
  [{ url, credential: 'env:AWS_SECRET_ACCESS_KEY' }, 'credential: BAD_VALUE'],
  [{ url, credential: 'file:../secret.key' }, 'credential: BAD_VALUE'],
  [{ url, credential: 'file:/etc/passwd' }, 'credential: BAD_VALUE'],
  [{ url, pollSeconds: 1 }, 'pollSeconds: OUT_OF_RANGE'],
])('a source is refused: %j', async (git, mistake) => {
  const refusal = await refused(app, 'createProject', { name: 'other', source: { git } });
  expect(mistakes(refusal)).toEqual([`input.source.git.${mistake}`]);
  expect(JSON.stringify(refusal)).not.toContain('hunter2');
});

test('a project has a source or a text, and keeps to that', async () => {
  const both = { name: 'other', text: 'version: 1', source: { git: { url } } };
  expect(mistakes(await refused(app, 'createProject', both))).toEqual(['input.source: ONE_OF']);
  const change = { project: 'desk', source: { git: { ref: 'main' } } };
  expect(await refused(app, 'updateProject', change)).toMatchObject({
    __typename: 'Conflict',
    path: ['input', 'source'],
  });
  expect(await refused(app, 'syncProject', { project: 'desk' })).toMatchObject({ __typename: 'Conflict' });
  expect(await validate(app, 'createProject', { name: 'other', source: { git: { url } } })).toEqual({
    __typename: 'Validated',
  });
});

test('a project from a repository is there at once, and empty', async () => {
  const git = { url: 'ssh://git@git.example/team/shop.git', ref: 'release/1.x', subdirectory: './etl/' };
  const more = { credential: 'file:deploy-key', pollSeconds: 60 };
  await done(app, 'createProject', { name: 'early', source: { git: { ...git, ...more } } }, 'project { id }');
  const query = `{ project(ref: "early") { manifestMode environments { totalCount } source {
    url ref subdirectory credential pollSeconds commit problem
  } } desk: project(ref: "desk") { source { url } } }`;
  expect(await app.query(query)).toEqual({
    project: {
      manifestMode: 'READ_ONLY',
      environments: { totalCount: 0 },
      source: { ...git, ...more, subdirectory: 'etl', commit: null, problem: null },
    },
    desk: { source: null },
  });
});

test('a change has it looked at, and costs few statements', async () => {
  const { store } = app.app;
  const { id = '' } = (await store.projects.byName('shop')) ?? {};
  await store.prisma.projectSource.update({
    where: { projectId: id },
    data: { nextSyncAt: null, failures: 7 },
  });
  const update = { project: 'shop', source: { git: { ref: 'main' } } };
  const { statements } = await app.counting(() => done(app, 'updateProject', update, 'isChanged'));
  expect(statements.length).toBeLessThanOrEqual(11);
  expect(await store.projectSources.of(id)).toMatchObject({
    ref: 'main',
    failures: 0,
    requestedAt: expect.any(Date) as Date,
    nextSyncAt: expect.any(Date) as Date,
  });
});

test('one look at a time has it, and a later one replaces an earlier one', async () => {
  const { projectSources, prisma } = app.app.store;
  const at = (ms: number): Date => new Date(Date.now() + ms);
  await prisma.projectSource.updateMany({ data: { nextSyncAt: null } });
  const { id = '' } = (await app.app.store.projects.byName('shop')) ?? {};
  await prisma.projectSource.update({ where: { projectId: id }, data: { nextSyncAt: at(-1000) } });
  const [one, other] = [
    '01900000-0000-7000-8000-000000000001',
    '01900000-0000-7000-8000-000000000002',
  ] as const;
  const claims = await Promise.all([projectSources.claim(one), projectSources.claim(one)]);
  expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  // Somebody asks meanwhile.
  await call(app, 'syncProject', { project: 'shop' }, '__typename');
  expect(await projectSources.claim(other)).toMatchObject({ projectId: id });
  const result = { commit: 'a'.repeat(40), problem: null, againMs: null };
  await projectSources.settle(id, one, result);
  expect(await projectSources.of(id)).toMatchObject({ commit: null, leaseId: other });
  await projectSources.settle(id, other, { ...result, commit: 'b'.repeat(40) });
  expect(await projectSources.of(id)).toMatchObject({
    commit: 'b'.repeat(40),
    leaseId: null,
    nextSyncAt: null,
  });
  // Who dies leaves it to others, and a deleted project is left alone.
  await prisma.projectSource.update({ where: { projectId: id }, data: { nextSyncAt: at(-1000) } });
  await done(app, 'deleteProject', { project: 'shop' }, 'project { id }');
  expect(await projectSources.claim(one)).toBeNull();
  expect(await projectSources.nextIn()).toBeNull();
});
