import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { graphOf, job, schedule } from '../../kit/data/project-graph.ts';
import { importAgain, importCopy, type ProjectCopy } from '../../kit/data/projects.ts';
import { done, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const desk = (name: string): Promise<ProjectCopy> => importCopy(app, 'desk', name);

interface Planned {
  plan: { etag: string; changes: { action: string; type: string; name: string }[] };
}

async function plan(project: string, prune: boolean): Promise<Planned['plan']> {
  const input = { project, prune };
  return (await done<Planned>(app, 'planProject', input, 'plan { etag changes { action type name } }')).plan;
}

async function apply(project: string, prune: boolean): Promise<string[]> {
  const { etag, changes } = await plan(project, prune);
  await done(app, 'applyProject', { project, prune, planEtag: etag }, 'project { id }');
  return changes.map(({ action, type, name }) => `${action} ${type} ${name}`);
}

/** Moves a job, changes a schedule, deletes another one and makes a job. */
async function change(project: string): Promise<void> {
  const move = { resource: { job: `${project}/dev/calls` }, to: { name: 'phone' } };
  await done(app, 'moveResource', move, 'resource { id }');
  const interval = { schedule: `${project}/dev/nightly`, interval: '5 4 * * *' };
  await done(app, 'updateSchedule', interval, 'schedule { id }');
  await done(app, 'deleteSchedule', { schedule: `${project}/dev/by-pair` }, 'schedule { id }');
  const mine = { environment: `${project}/dev`, name: 'mine', tasks: [{ blocks: ['digest:weekly'] }] };
  await done(app, 'createJob', mine, 'job { id }');
}

test.each([true, false])(
  'what the API has changed is left alone, as by an import; prune: %s',
  async (prune) => {
    const name = `kept-${prune}`;
    const { directory } = await desk(name);
    await change(name);
    const before = await graphOf(app, name);
    expect(await apply(name, prune)).toEqual([]);
    expect(await graphOf(app, name)).toEqual(before);
    expect(await importAgain(app, directory)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    expect(await graphOf(app, name)).toEqual(before);
  },
);

test('a plan, an apply and an import take the same from a changed file', async () => {
  const edit = async ({ edit: replace }: ProjectCopy): Promise<void> => {
    await replace('tasks: [[tap-calls, target-desk]]', 'tasks: [[tap-calls, round-times, target-desk]]');
    await replace("'@daily'", "'@monthly'");
  };
  const applied = await desk('applied');
  await change('applied');
  await edit(applied);
  expect(await apply('applied', true)).toEqual([
    'UPDATE JOB applied/dev/phone',
    'UPDATE JOB applied/prod/calls',
    'UPDATE SCHEDULE applied/dev/nightly',
    'UPDATE SCHEDULE applied/prod/nightly',
  ]);
  const imported = await desk('imported');
  await change('imported');
  await edit(imported);
  await importAgain(app, imported.directory, 'imported');
  const withoutIds = async (name: string): Promise<unknown> =>
    JSON.parse(
      JSON.stringify(await graphOf(app, name), (key, value: unknown) =>
        key === 'id' ? '' : value,
      ).replaceAll(`"${name}/`, '"p/'),
    ) as unknown;
  expect(await withoutIds('applied')).toEqual(await withoutIds('imported'));
});

test('prune deletes what the file had, and nothing that the API made', async () => {
  const copy = await desk('pruned');
  await change('pruned');
  await copy.edit(
    "  - { name: nightly, interval: '@daily', job: tickets, env: { TAP_TICKETS_PAGE_SIZE: '50' } }\n",
    '',
  );
  expect((await plan('pruned', false)).changes).toEqual([]);
  expect(await apply('pruned', true)).toEqual([
    'DELETE SCHEDULE pruned/dev/nightly',
    'DELETE SCHEDULE pruned/prod/nightly',
  ]);
  expect(job(await graphOf(app, 'pruned'), 'dev', 'mine')).toBeDefined();
});

test('without prune, what the file has no more stays, also when the file is imported again', async () => {
  const copy = await desk('stays');
  await copy.edit(
    "  - { name: nightly, interval: '@daily', job: tickets, env: { TAP_TICKETS_PAGE_SIZE: '50' } }\n",
    '',
  );
  await apply('stays', false);
  await copy.edit('value: 100', 'value: 200');
  await importAgain(app, copy.directory);
  expect(schedule(await graphOf(app, 'stays'), 'dev', 'nightly')).toBeDefined();
});

test('a plan that would delete is made while a run has not ended, and is not applied', async () => {
  const copy = await desk('busy');
  await done(app, 'runCommand', { environment: 'busy/dev', command: 'digest:daily' }, 'run { id }');
  await copy.edit(
    "  - { name: nightly, interval: '@daily', job: tickets, env: { TAP_TICKETS_PAGE_SIZE: '50' } }\n",
    '',
  );
  const { etag, changes } = await plan('busy', true);
  expect(changes.map(({ action }) => action)).toEqual(['DELETE', 'DELETE']);
  const answer = await refused(app, 'applyProject', { project: 'busy', prune: true, planEtag: etag });
  expect(answer).toMatchObject({ __typename: 'Busy', path: ['input', 'prune'] });
});
