import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { lastingDatabase } from '../../kit/database.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { refused } from '../../kit/verbs/call.ts';

const broken = `environments:
- name: dev
  stage: 1
jobs:
- {name: a, tasks: b c}
`;

const complaints = [
  'meltano.yml:3: The environment `dev` has a key `stage` that Meltano does not know; it takes `name`, `config`, `env`, `state_id_suffix` and `annotations`.',
  'meltano.yml:5: `tasks` of the job `a` is text, which Meltano takes letter by letter; write a list: `tasks: ["b c"]`.',
];

const projectsOf = (app: TestApp) =>
  app.query<{ projects: { nodes: { name: string; environments: { totalCount: number } }[] } }>(
    '{ projects { nodes { name environments { totalCount } } } }',
  );

test('an unknown project that cannot be read is served without contents, and says each file and line', async () => {
  const copy = await copyOf('desk');
  const original = await readFile(join(copy.directory, 'meltano.yml'), 'utf8');
  await writeFile(join(copy.directory, 'meltano.yml'), broken);
  const good = await copyOf('annex');
  const projects = [
    { name: 'good', directory: good.directory },
    { name: 'broken', directory: copy.directory },
  ];
  const database = await lastingDatabase();
  const first = await startTestApp({ projects, database });
  expect(first.app.projects).toEqual(['good', 'broken']);
  expect((await projectsOf(first)).projects.nodes).toEqual([
    { name: 'broken', environments: { totalCount: 0 } },
    { name: 'good', environments: { totalCount: 1 } },
  ]);
  const query = '{ project(ref: "broken") { importWarnings manifest { text findings { severity line } } } }';
  expect(await first.query(query)).toEqual({
    project: {
      importWarnings: complaints,
      manifest: {
        text: null,
        findings: [
          { severity: 'ERROR', line: 3 },
          { severity: 'ERROR', line: 5 },
        ],
      },
    },
  });
  expect(first.logged.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'project cannot be imported and is served without contents', fields: { project: 'broken' } },
  ]);
  const asked = { environment: 'broken/dev', command: 'tap target' };
  expect(await refused(first, 'runCommand', asked)).toMatchObject({ __typename: 'NotFound' });
  await first.stop();

  await writeFile(join(copy.directory, 'meltano.yml'), original);
  const second = await startTestApp({ projects, database });
  expect((await projectsOf(second)).projects.nodes).toContainEqual({
    name: 'broken',
    environments: { totalCount: 2 },
  });
  expect(await second.query('{ project(ref: "broken") { importWarnings } }')).toEqual({
    project: { importWarnings: [] },
  });
  await second.stop();
  await database.drop();
});

test('a bad file changes nothing', async () => {
  const app = await startTestApp();
  try {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'desk');
    const before = await tableTexts(app.app.store);
    await writeFile(join(copy.directory, 'meltano.yml'), broken);
    await expect(importAgain(app, copy.directory)).rejects.toThrow(complaints.join('\n'));
    expect(await tableTexts(app.app.store)).toEqual(before);
  } finally {
    await app.stop();
  }
});

test('a known project that cannot be read any more is served as it was, and the log says where it is wrong', async () => {
  const database = await lastingDatabase();
  const copy = await copyOf('desk');
  const good = await copyOf('annex');
  const projects = [
    { name: 'desk', directory: copy.directory },
    { name: 'annex', directory: good.directory },
  ];
  const first = await startTestApp({ database, projects });
  const before = await tableTexts(first.app.store);
  await first.stop();
  await writeFile(join(copy.directory, 'meltano.yml'), broken);
  const second = await startTestApp({ database, projects });
  try {
    expect(await tableTexts(second.app.store)).toEqual(before);
    expect(second.app.projects).toEqual(['desk', 'annex']);
    expect((await projectsOf(second)).projects.nodes).toEqual([
      { name: 'annex', environments: { totalCount: 1 } },
      { name: 'desk', environments: { totalCount: 2 } },
    ]);
    const [error, ...more] = second.logged.filter(({ level }) => level === 'error');
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      message: 'project cannot be imported and is served as it was',
      fields: {
        project: 'desk',
        findings: [
          { file: 'meltano.yml', line: 3 },
          { file: 'meltano.yml', line: 5 },
        ],
      },
    });
  } finally {
    await second.stop();
    await database.drop();
  }
});
