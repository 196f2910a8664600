import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copyOf, fixture, importAgain } from '../../kit/data/projects.ts';
import { done, refused } from '../../kit/verbs/call.ts';

const fixtures = readdirSync(fixture('.'));

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    projects: fixtures.map((name) => ({ name, directory: fixture(name) })),
  });
});
afterAll(() => app.stop());

interface Plan {
  plan: {
    etag: string;
    changes: {
      action: string;
      type: string;
      name: string;
      changes: { path: string; before: unknown; after: unknown }[];
    }[];
    changedSecrets: string[];
  };
}

const planned = 'plan { etag changedSecrets changes { action type name changes { path before after } } }';

async function plan(input: object): Promise<Plan['plan']> {
  return (await done<Plan>(app, 'planProject', input, planned)).plan;
}

async function exported(project: string): Promise<string> {
  return (await done<{ text: string }>(app, 'exportProject', { project }, 'text')).text;
}

test.each(fixtures)('what is exported of the project %s loads to the same', async (name) => {
  const text = await exported(name);
  expect(text).not.toContain('include_paths');
  expect((await plan({ project: name, text, prune: true })).changes).toEqual([]);
  expect(await exported(name)).toBe(text);
});

test('comments are kept, and what did not change is exported to the letter', async () => {
  const file = await readFile(join(fixture('desk'), 'meltano.yml'), 'utf8');
  expect(await exported('desk')).toBe(file);
});

test('what the API has changed is exported', async () => {
  const { directory } = await copyOf('desk', 'changed');
  await importAgain(app, directory);
  for (const environment of ['dev', 'prod']) {
    const added = {
      environment: `changed/${environment}`,
      name: 'added',
      tasks: [{ blocks: ['digest:daily'] }],
    };
    await done(app, 'createJob', added, 'job { id }');
    const schedule = { job: `changed/${environment}/added`, name: 'often', interval: '*/5 * * * *' };
    await done(
      app,
      'createSchedule',
      { ...schedule, env: [{ name: 'STEP', value: '010' }] },
      'schedule { id }',
    );
    const calls = { resource: { job: `changed/${environment}/calls` }, to: { name: 'phone' } };
    await done(app, 'moveResource', calls, 'resource { id }');
  }
  // Under a name that something else had before.
  for (const environment of ['dev', 'prod']) {
    const added = {
      environment: `changed/${environment}`,
      name: 'calls',
      tasks: [{ blocks: ['digest:weekly'] }],
    };
    await done(app, 'createJob', added, 'job { id }');
  }
  const text = await exported('changed');
  expect(text).toContain('- name: added\n');
  expect(text).toContain('STEP: "010"');
  expect(text).toContain('- name: phone\n');
  expect(text).toMatch(/- name: phone\n {4}tasks: \[\[tap-calls, target-desk\]\]/);
  expect(text).toMatch(/- name: calls\n {4}tasks:\n {6}- digest:weekly/);
  expect(text).toContain('# A help desk');
  expect((await plan({ project: 'changed', text, prune: true })).changes).toEqual([]);

  await done(
    app,
    'updateJob',
    { job: 'changed/dev/added', tasks: [{ blocks: ['digest:weekly'] }] },
    'job { id }',
  );
  expect(await refused(app, 'exportProject', { project: 'changed' })).toMatchObject({
    __typename: 'Conflict',
    message: expect.stringContaining(
      'The job "added" cannot be written to meltano.yml: it is not the same',
    ) as string,
  });
  await done(app, 'deleteJob', { job: 'changed/dev/added', force: true }, 'job { id }');
  expect((await refused(app, 'exportProject', { project: 'changed' })).message).toContain('it is in prod');
  type View = { project: { manifest: { text: string; findings: { severity: string; message: string }[] } } };
  const { project } = await app.query<View>(
    '{ project(ref: "changed") { manifest { text json findings { severity file line message } } } }',
  );
  expect(project.manifest.text).not.toContain('added');
  const severities = project.manifest.findings.map(({ severity }) => severity);
  expect(severities).toEqual(['ERROR', 'ERROR', 'ADVICE']);
});
