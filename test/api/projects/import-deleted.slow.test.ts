import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purgeDeleted } from '../../../src/domain/lifecycle/purge.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { lastingDatabase } from '../../kit/database.ts';
import { contentsOf, namesOf, projectId } from '../../kit/data/deleted.ts';
import { graphOf } from '../../kit/data/project-graph.ts';
import { copyOf, importAgain, type ProjectCopy } from '../../kit/data/projects.ts';
import { done, refused } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

async function desk(name: string): Promise<ProjectCopy & { id: string }> {
  const copy = await copyOf('desk');
  await importAgain(app, copy.directory, name);
  return { ...copy, id: (await projectId(app, name)) ?? '' };
}

const remove = (verb: string, input: object) => done(app, verb, { ...input, force: true }, '__typename');
const purge = () =>
  purgeDeleted(
    { db: app.app.store, transaction: app.app.store.transaction, deletedRetentionMs: 0 },
    new Date(Date.now() + 1000),
  );

describe('an import leaves deleted what the API has deleted:', () => {
  test('an environment with all in it, also when jobs and schedules are new or other than before', async () => {
    const copy = await desk('environment');
    await remove('deleteEnvironment', { environment: 'environment/dev' });
    const before = await contentsOf(app, copy.id);
    await copy.edit('tasks: [[tap-calls, target-desk]]', 'tasks: [[tap-calls, round-times, target-desk]]');
    await copy.edit("'@weekly'", "'@monthly'");
    await copy.edit('jobs:\n', "jobs:\n  - { name: fresh, tasks: ['digest:daily'] }\n");
    await copy.edit('schedules:\n', "schedules:\n  - { name: fresh, interval: '@daily', job: fresh }\n");
    await importAgain(app, copy.directory);
    expect(namesOf(await contentsOf(app, copy.id))).toEqual(
      [...namesOf(before), 'job prod fresh', 'schedule prod fresh'].sort(),
    );
    expect((await graphOf(app, 'environment')).importWarnings).toEqual([]);

    // The next import after it has come back brings it up to date.
    const all = await contentsOf(app, copy.id, true);
    await done(app, 'undelete', { id: all['environment dev']?.id }, '__typename');
    await importAgain(app, copy.directory);
    const { environments } = await graphOf(app, 'environment');
    const [dev, prod] = environments.nodes;
    const names = (list: { nodes: { name: string; tasks?: object; interval?: string }[] } | undefined) =>
      list?.nodes.map(({ name, tasks, interval }) => ({ name, tasks, interval }));
    expect(names(dev?.jobs)).toEqual(names(prod?.jobs));
    expect(names(dev?.schedules)).toEqual(names(prod?.schedules));
    expect(dev?.jobs.nodes).toHaveLength(3);
  });

  test('and brings an environment back with all that was deleted with it when its own definition changes', async () => {
    const copy = await desk('changed');
    const mine = { environment: 'changed/prod', name: 'mine', tasks: [{ blocks: ['digest'] }] };
    await done(app, 'createJob', mine, '__typename');
    await done(app, 'deleteSchedule', { schedule: 'changed/prod/nightly' }, '__typename');
    const before = await contentsOf(app, copy.id, true);
    await remove('deleteEnvironment', { environment: 'changed/prod' });
    await copy.edit('state_id_suffix: eu', 'state_id_suffix: us');
    await importAgain(app, copy.directory);
    expect(await contentsOf(app, copy.id, true)).toEqual(before);
  });

  test('a job that was moved out of the environment before still follows its definition', async () => {
    const copy = await desk('follows');
    const to = { environment: 'follows/prod', name: 'calls-2' };
    await done(app, 'deleteSchedule', { schedule: 'follows/dev/calls-hourly' }, '__typename');
    await done(app, 'moveResource', { resource: { job: 'follows/dev/calls' }, to }, '__typename');
    await remove('deleteEnvironment', { environment: 'follows/dev' });
    await copy.edit('tasks: [[tap-calls, target-desk]]', 'tasks: [[tap-calls, round-times, target-desk]]');
    await importAgain(app, copy.directory);
    const { environments } = await graphOf(app, 'follows');
    const job = environments.nodes[0]?.jobs.nodes.find(({ name }) => name === 'calls-2');
    expect(job?.tasks).toEqual([{ blocks: ['tap-calls', 'round-times', 'target-desk'] }]);
  });

  test('plugins, jobs and schedules, also when their time is over', async () => {
    const copy = await desk('kept');
    const before = await contentsOf(app, copy.id);
    const job = { environment: 'kept/dev', name: 'mine', tasks: [{ blocks: ['digest'] }] };
    const { job: mine } = await done<{ job: { id: string } }>(app, 'createJob', job, 'job { id }');
    await remove('deletePlugin', { plugin: before['plugin digest']?.id });
    await remove('deleteJob', { job: 'kept/dev/calls' });
    await remove('deleteJob', { job: mine.id });
    await remove('deleteEnvironment', { environment: 'kept/prod' });
    const left = namesOf(await contentsOf(app, copy.id));
    await purge();
    // Out of sight for good, though a row remembers it.
    const after = await contentsOf(app, copy.id, true);
    expect(namesOf(after)).toEqual(left);
    expect(namesOf(after, true)).toEqual([]);
    for (const id of [mine.id, before['job dev calls']?.id, before['environment prod']?.id]) {
      const { node } = await app.query<{ node: object | null }>('query ($id: ID!) { node(id: $id) { id } }', {
        id,
      });
      expect(node).toBeNull();
    }
    const answer = await refused(app, 'undelete', { id: before['job dev calls']?.id });
    expect(answer.__typename).toBe('NotFound');
    await copy.edit("'@weekly'", "'@monthly'");
    await importAgain(app, copy.directory);
    expect(namesOf(await contentsOf(app, copy.id, true))).toEqual(left);

    // What the files drop is removed for good, and made anew when they have it again.
    await copy.edit('  - name: calls\n    tasks: [[tap-calls, target-desk]]\n', '');
    await copy.edit("  - { name: calls-hourly, interval: '@hourly', job: calls }\n", '');
    await importAgain(app, copy.directory);
    await purge();
    expect(
      await app.app.store.prisma.job.count({
        where: { name: 'calls', environment: { project: { name: 'kept' } } },
      }),
    ).toBe(0);
    await copy.restore();
    await importAgain(app, copy.directory);
    const anew = await contentsOf(app, copy.id);
    expect(anew['job dev calls']?.id).not.toBe(before['job dev calls']?.id);
    expect(anew['schedule dev calls-hourly']).toBeDefined();
    expect(anew['environment prod']).toBeUndefined();
  });
});

test('undelete is refused for an environment and a plugin that the files no longer have', async () => {
  const copy = await desk('dropped');
  const before = await contentsOf(app, copy.id);
  await remove('deleteEnvironment', { environment: 'dropped/prod' });
  await copy.edit('  - name: prod\n    state_id_suffix: eu\n', '');
  await copy.edit('commands: { daily: --days 1, weekly: --days 7 }', 'commands: {}');
  await importAgain(app, copy.directory);
  const id = before['environment prod']?.id;
  const answer = await refused(app, 'undelete', { id });
  expect(answer).toMatchObject({ __typename: 'Conflict', path: ['input', 'id'] });
  expect(answer.message).toContain('no longer in the project');
  await copy.restore();
  await importAgain(app, copy.directory);
  expect(namesOf(await contentsOf(app, copy.id))).toEqual(namesOf(before));
});

test('a given name that another project has is refused, and nothing is changed', async () => {
  await desk('one');
  const two = await desk('two');
  await expect(importAgain(app, two.directory, 'one')).rejects.toThrow('There is a project "one" already');
  expect(await projectId(app, 'two')).toBe(two.id);
});

test('a start does not serve a project that was deleted, says so, and serves it again when it is back', async () => {
  const database = await lastingDatabase();
  const copy = await copyOf('desk');
  const projects = [{ name: 'desk', directory: copy.directory }];
  const first = await startTestApp({ database, projects });
  const id = (await projectId(first, 'desk')) ?? '';
  await done(first, 'deleteProject', { project: id, force: true }, '__typename');
  await first.stop();
  await copy.edit("'@weekly'", "'@monthly'");
  const second = await startTestApp({ database, projects });
  expect(second.app.projects).toEqual([]);
  expect(second.logged).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: expect.stringContaining('project was deleted') as string,
    }),
  );
  expect(await projectId(second, 'desk')).toBeNull();
  await done(second, 'undelete', { id }, '__typename');
  await second.stop();
  const third = await startTestApp({ database, projects });
  expect(third.app.projects).toEqual(['desk']);
  expect(await projectId(third, 'desk')).toBe(id);
  await third.stop();
  // When its time is over it is imported anew.
  const fourth = await startTestApp({ database, projects, deletedRetentionDays: 0 });
  await done(fourth, 'deleteProject', { project: id, force: true }, '__typename');
  await fourth.stop();
  const fifth = await startTestApp({ database, projects, deletedRetentionDays: 0 });
  expect(fifth.app.projects).toEqual(['desk']);
  expect(await projectId(fifth, 'desk')).not.toBe(id);
  await fifth.stop();
  await database.drop();
});
