import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { done, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  const text = `
environments: [{ name: dev }, { name: prod }]
plugins:
  utilities:
    - { name: shell, namespace: shell, commands: { sweep: sweep, wash: wash } }
    - { name: other, namespace: other, inherit_from: shell }`;
  await done(app, 'createProject', { name: 'shop', text }, 'project { id }');
});
afterAll(() => app.stop());

const pathOf = 'resource { ... on Project { path } ... on Environment { path } ... on Plugin { path } }';

const moved = async (resource: object, name: string): Promise<string> =>
  (await done<{ resource: { path: string } }>(app, 'moveResource', { resource, to: { name } }, pathOf))
    .resource.path;

test.each([
  [{ project: 'shop' }, 'desk', ['input', 'to']],
  [{ environment: 'shop/dev' }, 'prod', ['input', 'to', 'name']],
  [{ plugin: 'shop/utilities/shell' }, 'other', ['input', 'to', 'name']],
])('%j gets no name that is taken (%s), and may keep its own', async (resource, taken, path) => {
  expect(await refused(app, 'moveResource', { resource, to: { name: taken } })).toMatchObject({
    __typename: 'AlreadyExists',
    path,
  });
  const [own = ''] = Object.values(resource);
  expect(await moved(resource, own.split('/').at(-1) ?? '')).toBe(own);
});

test('with a new name they are found by their former paths, too', async () => {
  const tasks = [{ blocks: ['shell:sweep', 'other:wash'] }];
  await done(app, 'createJob', { environment: 'shop/dev', name: 'chores', tasks }, '__typename');
  expect(await moved({ plugin: 'shop/utilities/shell' }, 'bash')).toBe('shop/utilities/bash');
  expect(await moved({ environment: 'shop/dev' }, 'test')).toBe('shop/test');
  const found = await app.query(`{
    environment(ref: "shop/dev") { path } plugin(ref: "shop/utilities/shell") { path }
    project(ref: "shop") { plugins { nodes { name inheritFrom } } }
    job(ref: "shop/test/chores") { tasks { blocks } }
  }`);
  expect(found).toMatchObject({
    environment: { path: 'shop/test' },
    plugin: { path: 'shop/utilities/bash' },
    project: { plugins: { nodes: [{ name: 'bash' }, { name: 'other', inheritFrom: 'bash' }] } },
    job: { tasks: [{ blocks: ['bash:sweep', 'other:wash'] }] },
  });
});
