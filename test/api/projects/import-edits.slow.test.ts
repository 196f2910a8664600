import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { graphOf, ids, job, schedule } from '../../kit/data/project-graph.ts';
import { importAgain, importCopy, type ProjectCopy } from '../../kit/data/projects.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const desk = (name: string): Promise<ProjectCopy> => importCopy(app, 'desk', name);

/** Changes something else in the file and imports it, so that the import looks at every row. */
async function importWithOtherChange(copy: ProjectCopy): Promise<void> {
  await copy.edit('value: 100', 'value: 200');
  // The project and the plugin.
  expect(await importAgain(app, copy.directory)).toMatchObject({ created: 0, updated: 2, deleted: 0 });
}

const otherTasks = [{ blocks: ['digest:weekly'] }];
const callsInFile = 'tasks: [[tap-calls, target-desk]]';
const callsChanged = 'tasks: [[tap-calls, round-times, target-desk]]';
const changedTasks = [{ blocks: ['tap-calls', 'round-times', 'target-desk'] }];

describe('what the API has changed survives an import until its definition in the file changes:', () => {
  test('tasks of a job', async () => {
    const copy = await desk('tasks');
    await done(app, 'updateJob', { job: 'tasks/dev/calls', tasks: otherTasks }, 'job { id }');
    await importWithOtherChange(copy);
    const kept = await graphOf(app, 'tasks');
    expect(job(kept, 'dev', 'calls')?.tasks).toEqual(otherTasks);
    expect(job(kept, 'prod', 'calls')?.tasks).toEqual([{ blocks: ['tap-calls', 'target-desk'] }]);

    await copy.edit(callsInFile, callsChanged);
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'tasks');
    expect(job(after, 'dev', 'calls')).toMatchObject({
      id: job(kept, 'dev', 'calls')?.id,
      tasks: changedTasks,
    });
  });

  test('the interval of a schedule', async () => {
    const copy = await desk('interval');
    const input = { schedule: 'interval/dev/nightly', interval: '5 4 * * *' };
    await done(app, 'updateSchedule', input, 'schedule { id }');
    await importWithOtherChange(copy);
    expect(schedule(await graphOf(app, 'interval'), 'dev', 'nightly')?.interval).toBe('5 4 * * *');

    await copy.edit("'@daily'", "'@monthly'");
    await importAgain(app, copy.directory);
    expect(schedule(await graphOf(app, 'interval'), 'dev', 'nightly')?.interval).toBe('@monthly');
  });

  test('a deletion', async () => {
    const copy = await desk('deletion');
    const before = await graphOf(app, 'deletion');
    await done(app, 'deleteSchedule', { schedule: 'deletion/dev/calls-hourly' }, 'schedule { id }');
    await done(app, 'deleteJob', { job: 'deletion/dev/calls' }, 'job { id }');
    await importWithOtherChange(copy);
    const kept = await graphOf(app, 'deletion');
    expect(job(kept, 'dev', 'calls')).toBeUndefined();
    expect(schedule(kept, 'dev', 'calls-hourly')).toBeUndefined();

    await copy.edit(callsInFile, callsChanged);
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'deletion');
    expect(job(after, 'dev', 'calls')).toMatchObject({
      id: job(before, 'dev', 'calls')?.id,
      tasks: changedTasks,
    });
    expect(schedule(after, 'dev', 'calls-hourly')).toBeUndefined();
  });

  test('what it made is left alone, also when everything else of the environment changes', async () => {
    const copy = await desk('made');
    const input = { environment: 'made/dev', name: 'mine', tasks: otherTasks };
    await done(app, 'createJob', input, 'job { id }');
    const extra = { job: 'made/dev/calls', name: 'my-hours', interval: '@hourly' };
    await done(app, 'createSchedule', extra, 'schedule { id }');
    const before = await graphOf(app, 'made');
    await copy.edit(callsInFile, callsChanged);
    await copy.edit("'@weekly'", "'@monthly'");
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'made');
    expect(job(after, 'dev', 'mine')).toEqual(job(before, 'dev', 'mine'));
    expect(schedule(after, 'dev', 'my-hours')).toEqual(schedule(before, 'dev', 'my-hours'));
  });
});

describe('what the API has moved stays where it is:', () => {
  test('a job, which still follows its definition, with its schedules', async () => {
    const copy = await desk('moved-job');
    const before = await graphOf(app, 'moved-job');
    const to = { environment: 'moved-job/prod', name: 'calls-2' };
    await done(app, 'deleteSchedule', { schedule: 'moved-job/prod/calls-hourly' }, 'schedule { id }');
    await done(app, 'moveResource', { resource: { job: 'moved-job/dev/calls' }, to }, 'resource { id }');
    // An edit of a schedule that has moved along survives as well.
    const edit = { schedule: 'moved-job/prod/calls-hourly', interval: '7 * * * *' };
    await done(app, 'updateSchedule', edit, 'schedule { id }');
    await importWithOtherChange(copy);
    const kept = await graphOf(app, 'moved-job');
    expect(job(kept, 'dev', 'calls')).toBeUndefined();
    expect(job(kept, 'prod', 'calls-2')?.id).toBe(job(before, 'dev', 'calls')?.id);
    expect(schedule(kept, 'prod', 'calls-hourly')).toEqual({
      ...{ id: schedule(before, 'dev', 'calls-hourly')?.id, name: 'calls-hourly', interval: '7 * * * *' },
      job: { path: 'moved-job/prod/calls-2' },
    });

    await copy.edit(callsInFile, callsChanged);
    await copy.edit("'@hourly'", "'9 * * * *'");
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'moved-job');
    expect(job(after, 'prod', 'calls-2')).toMatchObject({ tasks: changedTasks });
    expect(schedule(after, 'prod', 'calls-hourly')).toMatchObject({
      ...{ interval: '9 * * * *', job: { path: 'moved-job/prod/calls-2' } },
    });
    expect(Object.values(ids(after)).toSorted()).toEqual(Object.values(ids(kept)).toSorted());
  });

  test('a schedule, when the file changes its interval; when the file gives it another job, it goes there', async () => {
    const copy = await desk('moved-schedule');
    const before = await graphOf(app, 'moved-schedule');
    const to = { job: 'moved-schedule/prod/calls', name: 'nightly-2' };
    await done(
      app,
      'moveResource',
      { resource: { schedule: 'moved-schedule/dev/nightly' }, to },
      'resource { id }',
    );
    await copy.edit("'@daily'", "'@monthly'");
    await importAgain(app, copy.directory);
    const kept = await graphOf(app, 'moved-schedule');
    expect(schedule(kept, 'prod', 'nightly-2')).toEqual({
      ...{ id: schedule(before, 'dev', 'nightly')?.id, name: 'nightly-2', interval: '@monthly' },
      job: { path: 'moved-schedule/prod/calls' },
    });
    expect(schedule(kept, 'prod', 'nightly')?.job?.path).toBe('moved-schedule/prod/tickets');

    await copy.edit("'@monthly', job: tickets", "'@monthly', job: calls");
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'moved-schedule');
    expect(schedule(after, 'dev', 'nightly-2')?.job?.path).toBe('moved-schedule/dev/calls');
    expect(schedule(after, 'prod', 'nightly')?.job?.path).toBe('moved-schedule/prod/calls');
  });
});

describe('where the API stands in the way of the file, the import goes on and says so:', () => {
  test('a job of the API with the name of a new one becomes the one of the file', async () => {
    const copy = await desk('adopted');
    const input = { environment: 'adopted/dev', name: 'fresh', tasks: otherTasks };
    const made = await done<{ job: { id: string } }>(app, 'createJob', input, 'job { id }');
    await copy.edit('jobs:\n', "jobs:\n  - { name: fresh, tasks: ['digest:daily'] }\n");
    await importAgain(app, copy.directory);
    const graph = await graphOf(app, 'adopted');
    expect(job(graph, 'dev', 'fresh')).toMatchObject({ ...made.job, tasks: [{ blocks: ['digest:daily'] }] });
    expect(job(graph, 'prod', 'fresh')).toBeDefined();
    expect(graph.importWarnings).toEqual([]);
    // From now on it is the file's: it goes when its definition goes.
    await copy.restore();
    await importAgain(app, copy.directory);
    expect(job(await graphOf(app, 'adopted'), 'dev', 'fresh')).toBeUndefined();
  });

  test('a job that was moved keeps its name; the one of the file waits until the name is free', async () => {
    const copy = await desk('taken');
    const move = { resource: { job: 'taken/dev/calls' }, to: { name: 'fresh' } };
    await done(app, 'moveResource', move, 'resource { id }');
    await copy.edit('jobs:\n', "jobs:\n  - { name: fresh, tasks: ['digest:daily'] }\n");
    await copy.edit(
      'schedules:\n',
      "schedules:\n  - { name: fresh-daily, interval: '@daily', job: fresh }\n",
    );
    await importAgain(app, copy.directory);
    const graph = await graphOf(app, 'taken');
    expect(job(graph, 'dev', 'fresh')?.tasks).toEqual([{ blocks: ['tap-calls', 'target-desk'] }]);
    expect(job(graph, 'prod', 'fresh')?.tasks).toEqual([{ blocks: ['digest:daily'] }]);
    expect(schedule(graph, 'prod', 'fresh-daily')).toBeDefined();
    expect(schedule(graph, 'dev', 'fresh-daily')).toBeUndefined();
    expect(graph.importWarnings).toEqual([
      'meltano.yml:33: The job "fresh" of the environment "dev" cannot be imported as it is here: its name was given to another one.',
      'meltano.yml:39: The schedule "fresh-daily" of the environment "dev" cannot be imported as it is here: its job "fresh" was deleted or left out.',
    ]);

    await done(
      app,
      'moveResource',
      { resource: { job: 'taken/dev/fresh' }, to: { name: 'stale' } },
      'resource { id }',
    );
    expect(await importAgain(app, copy.directory)).toMatchObject({ created: 2, deleted: 0 });
    const after = await graphOf(app, 'taken');
    expect(job(after, 'dev', 'fresh')?.tasks).toEqual([{ blocks: ['digest:daily'] }]);
    expect(schedule(after, 'dev', 'fresh-daily')?.job?.path).toBe('taken/dev/fresh');
    expect(after.importWarnings).toEqual([]);
    expect(await importAgain(app, copy.directory)).toMatchObject({ created: 0, updated: 0, deleted: 0 });
  });

  test('a name that the file drops while it brings back another', async () => {
    const copy = await desk('swapped');
    await done(
      app,
      'moveResource',
      { resource: { job: 'swapped/dev/calls' }, to: { name: 'fresh' } },
      'resource { id }',
    );
    await copy.edit('- name: calls\n', '- name: fresh\n');
    await copy.edit('job: calls', 'job: fresh');
    await importAgain(app, copy.directory);
    const graph = await graphOf(app, 'swapped');
    expect(graph.importWarnings).toEqual([]);
    expect(graph.environments.nodes.map(({ jobs }) => jobs.nodes.map(({ name }) => name))).toEqual([
      ['fresh', 'tickets'],
      ['fresh', 'tickets'],
    ]);
    expect(schedule(graph, 'dev', 'calls-hourly')?.job?.path).toBe('swapped/dev/fresh');
  });

  test('a job that the API made anew, when the file changes the one that was deleted', async () => {
    const copy = await desk('anew');
    await done(app, 'deleteSchedule', { schedule: 'anew/dev/calls-hourly' }, 'schedule { id }');
    await done(app, 'deleteJob', { job: 'anew/dev/calls' }, 'job { id }');
    const input = { environment: 'anew/dev', name: 'calls', tasks: otherTasks };
    const made = await done<{ job: { id: string } }>(app, 'createJob', input, 'job { id }');
    await importWithOtherChange(copy);
    expect(job(await graphOf(app, 'anew'), 'dev', 'calls')).toMatchObject({ ...made.job, tasks: otherTasks });
    await copy.edit(callsInFile, callsChanged);
    await importAgain(app, copy.directory);
    const graph = await graphOf(app, 'anew');
    expect(job(graph, 'dev', 'calls')).toMatchObject({ ...made.job, tasks: changedTasks });
    expect(graph.importWarnings).toEqual([]);
  });
});

test('what the API made in an environment is gone with it, is out of reach, and comes back with it', async () => {
  const copy = await desk('gone');
  const input = { environment: 'gone/prod', name: 'mine', tasks: otherTasks };
  const { job: mine } = await done<{ job: { id: string } }>(app, 'createJob', input, 'job { id }');
  const before = await graphOf(app, 'gone');
  await copy.edit('  - name: prod\n    state_id_suffix: eu\n', '');
  await importAgain(app, copy.directory);
  for (const reference of [mine.id, 'gone/prod/mine']) {
    const answer = await app.query<{ runJob: object }>(
      `mutation ($job: ID!) { runJob(input: { job: $job }) { __typename ... on UserError { path } } }`,
      { job: reference },
    );
    expect(answer.runJob).toEqual({ __typename: 'NotFound', path: ['input', 'job'] });
  }
  await copy.restore();
  await importAgain(app, copy.directory);
  expect(await graphOf(app, 'gone')).toEqual(before);
});
