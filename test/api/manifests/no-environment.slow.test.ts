import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { graphOf } from '../../kit/data/project-graph.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const text = `plugins:
  extractors:
  - {name: tap-a, namespace: tap_a}
  loaders:
  - {name: target-a, namespace: target_a}
jobs:
- name: load
  tasks: [tap-a target-a]
schedules:
- {name: often, interval: '@hourly', job: load}
- {name: by-pair, interval: '@daily', extractor: tap-a, loader: target-a, transform: skip}
`;

interface Exported {
  text: string;
}

async function exported(project: string): Promise<string> {
  return (await done<Exported>(app, 'exportProject', { project }, 'text')).text;
}

async function contentsOf(project: string): Promise<unknown> {
  const { environments } = await graphOf(app, project);
  return environments.nodes.map(({ name, jobs, schedules }) => [
    name,
    jobs.nodes.map((one) => one.name),
    schedules.nodes.map((one) => one.name),
  ]);
}

const inDefault = [['default', ['load'], ['by-pair', 'often']]];
const inDev = [['dev', ['load'], ['by-pair', 'often']]];

test('jobs and schedules of an imported project without environments are shown, and exported to the letter', async () => {
  const { directory } = await copyOf('desk', 'bare');
  await writeFile(join(directory, 'meltano.yml'), text);
  await importAgain(app, directory, 'bare');
  expect(await contentsOf('bare')).toEqual(inDefault);
  expect(await exported('bare')).toBe(text);
  const { importWarnings } = await graphOf(app, 'bare');
  expect(importWarnings).toEqual([
    'meltano.yml:1: There is no environment, and `meltano run` needs one. Its jobs and schedules are shown in `default`; add one.',
  ]);
  await writeFile(join(directory, 'meltano.yml'), `${text}environments: [{name: dev}]\n`);
  await importAgain(app, directory, 'bare');
  expect(await contentsOf('bare')).toEqual(inDev);
});

test('a managed project keeps them through changes, an export and its first environment', async () => {
  await done(app, 'createProject', { name: 'made', text }, 'project { id }');
  expect(await contentsOf('made')).toEqual(inDefault);
  const before = await exported('made');
  expect(before.replace(/project_id: .*\n/, '')).toBe(text);
  const planned = await done<{ plan: { changes: unknown[] } }>(
    app,
    'planProject',
    { project: 'made', text: before, prune: true },
    'plan { changes { name } }',
  );
  expect(planned.plan.changes).toEqual([]);
  await done(
    app,
    'updateSchedule',
    { schedule: 'made/default/often', interval: '@weekly' },
    'schedule { id }',
  );
  expect(await exported('made')).toBe(before.replace("'@hourly'", '"@weekly"'));
  await done(
    app,
    'moveResource',
    { resource: { environment: 'made/default' }, to: { name: 'dev' } },
    'resource { id }',
  );
  expect(await contentsOf('made')).toEqual(inDev);
  expect(await exported('made')).toContain('environments:\n- name: dev\n');
});

test('an environment that shows them is written to the file when it is changed', async () => {
  await done(app, 'createProject', { name: 'written', text }, 'project { id }');
  await done(
    app,
    'updateEnvironment',
    { environment: 'written/default', stateIdSuffix: 'eu' },
    'environment { id }',
  );
  expect(await contentsOf('written')).toEqual(inDefault);
  expect(await exported('written')).toContain('environments:\n- name: default\n  state_id_suffix: eu\n');
});

test('a project without environments, jobs and schedules has none', async () => {
  await done(app, 'createProject', { name: 'empty', text: 'version: 1\n' }, 'project { id }');
  expect(await contentsOf('empty')).toEqual([]);
});
