import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../../kit/app.ts';
import { fixture } from '../../../kit/data/projects.ts';
import { call, done, mistakes, refused, validate } from '../../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  const text = 'environments: [{ name: dev }]';
  await done(app, 'createProject', { name: 'shop', text }, 'project { id }');
});
afterAll(() => app.stop());

const put = (path: string, text: string, more: object = {}): Promise<PutAnswer> =>
  done<PutAnswer>(app, 'putProjectFile', { project: 'shop', path, text, ...more }, selection);
const selection = 'isChanged file { path size digest isExecutable etag }';

interface PutAnswer {
  isChanged: boolean;
  file: { path: string; size: number; digest: string; isExecutable: boolean; etag: string };
}

async function filesOf(project: string): Promise<{ path: string; text: string }[]> {
  const query = `query ($project: ID!) { project(ref: $project) { files { nodes { path text } } } }`;
  type Read = { project: { files: { nodes: { path: string; text: string }[] } } };
  return (await app.query<Read>(query, { project })).project.files.nodes;
}

test('a file is put, read, put again and deleted', async () => {
  const first = await put('./models//é.sql', 'select 1');
  expect(first).toEqual({
    __typename: 'PutProjectFileSuccess',
    isChanged: true,
    file: {
      path: 'models/é.sql',
      size: 8,
      digest: '822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f',
      isExecutable: false,
      etag: expect.any(String) as string,
    },
  });
  expect(await put('models/é.sql', 'select 1')).toEqual({ ...first, isChanged: false });
  const second = await put('models/é.sql', 'select 2', { ifMatch: first.file.etag });
  expect(second.file.etag).not.toBe(first.file.etag);
  const stale = { project: 'shop', path: 'models/é.sql', text: 'x', ifMatch: first.file.etag };
  expect(await refused(app, 'putProjectFile', stale)).toMatchObject({
    __typename: 'Conflict',
    etag: second.file.etag,
    path: ['input', 'ifMatch'],
  });
  const query = `{ project(ref: "shop") { file(path: "models/é.sql") { text } none: file(path: "nope") { text } } }`;
  expect(await app.query(query)).toEqual({ project: { file: { text: 'select 2' }, none: null } });
  await done(app, 'deleteProjectFile', { project: 'shop', path: 'models/é.sql' }, 'project { id }');
  expect(await filesOf('shop')).toEqual([]);
  expect(
    mistakes(await refused(app, 'deleteProjectFile', { project: 'shop', path: 'models/é.sql' })),
  ).toEqual(['input.path: NOT_FOUND']);
});

describe('a file is refused', () => {
  test.each([
    ['', 'BAD_PATH'],
    ['models/', 'BAD_PATH'],
    ['/etc/passwd', 'OUTSIDE'],
    ['C:/x', 'OUTSIDE'],
    ['a/../../b', 'OUTSIDE'],
    ['..', 'OUTSIDE'],
    [String.raw`a\b`, 'BAD_PATH'],
    ['a\nb', 'BAD_PATH'],
    ['a /b', 'BAD_PATH'],
    ['a./b', 'BAD_PATH'],
    [`${'ä'.repeat(101)}.sql`, 'BAD_PATH'],
    ['a/'.repeat(250) + 'b', 'BAD_PATH'],
    ['meltano.yml', 'RESERVED'],
    ['./Meltano.YML', 'RESERVED'],
    ['.env', 'RESERVED'],
    ['.meltano/extractors/x', 'RESERVED'],
    ['.git/config', 'RESERVED'],
    ['.meltano-graphql-files.json', 'RESERVED'],
    ['plugins/extractors/tap-a--b.lock', 'RESERVED'],
  ])('at the path %j: %s', async (path, code) => {
    const input = { project: 'shop', path, text: '' };
    const refusal = await refused(app, 'putProjectFile', input);
    expect(mistakes(refusal)).toEqual([`input.path: ${code}`]);
    expect(await validate(app, 'putProjectFile', input)).toEqual(refusal);
  });

  test('when it is too large, or no text', async () => {
    const long = await refused(app, 'putProjectFile', {
      project: 'shop',
      path: 'a',
      text: 'x'.repeat(1_000_001),
    });
    expect(mistakes(long)).toEqual(['input.text: TOO_LONG']);
    const bad = await refused(app, 'putProjectFile', { project: 'shop', path: 'a', text: 'a\0b' });
    expect(mistakes(bad)).toEqual(['input.text: BAD_TEXT']);
  });

  test('where it would be a file and a folder, and when there are too many', async () => {
    await put('in/the/way', '');
    for (const path of ['in/the', 'in', 'in/the/way/x'])
      expect(mistakes(await refused(app, 'putProjectFile', { project: 'shop', path, text: '' }))).toEqual([
        'input.path: BAD_PATH',
      ]);
    const { store } = app.app;
    const { id: projectId } = await store.prisma.project.findFirstOrThrow({ where: { name: 'shop' } });
    const data = Array.from({ length: 999 }, (_, i) => ({
      path: `many/${i}`,
      text: '',
      size: 20_020,
      digest: '',
    }));
    await store.prisma.projectFile.createMany({ data: data.map((one) => ({ ...one, projectId })) });
    expect(
      mistakes(await refused(app, 'putProjectFile', { project: 'shop', path: 'more', text: 'x' })),
    ).toEqual(['input.path: TOO_MANY']);
    expect(
      mistakes(
        await refused(app, 'putProjectFile', { project: 'shop', path: 'many/0', text: 'x'.repeat(40_000) }),
      ),
    ).toEqual(['input.text: TOO_LONG']);
    await store.prisma.projectFile.deleteMany({ where: { projectId } });
  });

  test('in an imported project', async () => {
    const input = { project: 'desk', path: 'a.sql', text: '' };
    expect(await refused(app, 'putProjectFile', input)).toMatchObject({ __typename: 'Conflict' });
    expect(await filesOf('desk')).toEqual([]);
  });
});

test('a file costs few statements, however many there are', async () => {
  const { statements } = await app.counting(() => put('counted.sql', 'select 1'));
  expect(statements.length).toBeLessThanOrEqual(10);
});

test('files stay through a rename, a deletion and an undeletion', async () => {
  await done(
    app,
    'moveResource',
    { resource: { project: 'shop' }, to: { name: 'store' } },
    'resource { id }',
  );
  const { project } = await done<{ project: { id: string } }>(
    app,
    'deleteProject',
    { project: 'store', force: true },
    'project { id }',
  );
  expect(
    await call(app, 'putProjectFile', { project: 'store', path: 'a', text: '' }, '__typename'),
  ).toMatchObject({
    __typename: 'NotFound',
  });
  await done(app, 'undelete', { id: project.id }, 'resource { id }');
  expect(await filesOf('store')).toEqual([{ path: 'counted.sql', text: 'select 1' }]);
});
