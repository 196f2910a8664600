import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { contentsOf, namesOf, placeRun, projectId } from '../../kit/data/deleted.ts';
import { graphOf } from '../../kit/data/project-graph.ts';
import { copyOf, importAgain, type ProjectCopy } from '../../kit/data/projects.ts';
import { placeState } from '../../kit/verbs/states.ts';
import { call, done, mistakes, refused } from '../../kit/verbs/call.ts';

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

const undelete = (id: string | undefined) => done(app, 'undelete', { id }, 'resource { id }');
const refuse = (id: string | undefined) => refused(app, 'undelete', { id });
const remove = (verb: string, input: object) => done(app, verb, { ...input, force: true }, '__typename');

describe('undelete', () => {
  test('brings a project back with all that was deleted with it, and not what was deleted before', async () => {
    const { id } = await desk('back');
    await placeRun(app, 'back/dev/calls');
    await placeState(app, 'back/dev/x', { completed: '{"singer_state": 1}' });
    await done(app, 'deleteSchedule', { schedule: 'back/dev/nightly' }, '__typename');
    const before = await graphOf(app, 'back');
    const all = await contentsOf(app, id, true);
    await remove('deleteProject', { project: 'back' });
    expect(await undelete(id)).toMatchObject({ resource: { id } });
    expect(await graphOf(app, 'back')).toEqual(before);
    expect(await contentsOf(app, id, true)).toEqual(all);
    expect(namesOf(await contentsOf(app, id, true), true)).toEqual(['schedule dev nightly']);
  });

  test('brings back an environment, a job and a schedule, each with what was deleted with it', async () => {
    const { id } = await desk('parts');
    const before = await contentsOf(app, id);
    const idOf = (name: string): string => before[name]?.id ?? '';
    await placeState(app, 'parts/prod/x', { completed: '{"singer_state": 1}' });
    const graph = await graphOf(app, 'parts');
    await remove('deleteEnvironment', { environment: 'parts/prod' });
    await remove('deleteJob', { job: 'parts/dev/calls' });
    await done(app, 'deleteSchedule', { schedule: 'parts/dev/nightly' }, '__typename');
    await remove('deletePlugin', { plugin: idOf('plugin digest') });
    await undelete(idOf('environment prod'));
    await undelete(idOf('schedule dev nightly'));
    await undelete(idOf('plugin digest'));
    expect(namesOf(await contentsOf(app, id, true), true)).toEqual([
      'job dev calls',
      'schedule dev calls-hourly',
    ]);
    await undelete(idOf('job dev calls'));
    expect(await graphOf(app, 'parts')).toEqual(graph);
    await done(app, 'runJob', { job: 'parts/dev/tickets' }, 'run { id }');
  });

  test('is refused for what is not deleted, what is not there, a path and the id of something else', async () => {
    const { id } = await desk('none');
    const contents = await contentsOf(app, id);
    const answer = await refuse(contents['job dev calls']?.id);
    expect(answer).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'id'] },
      message: 'There is no deleted job of that id, or its time is over.',
    });
    const nobody = Buffer.from('Project:00000000-0000-7000-8000-000000000000').toString('base64url');
    expect((await refuse(nobody)).__typename).toBe('NotFound');
    expect(mistakes(await refuse('none/dev/calls'))).toEqual(['input.id: NOT_FOUND']);
    expect(mistakes(await refuse(id))).toEqual(['input.id: NOT_FOUND']);
  });

  test('is refused when the name was taken meanwhile', async () => {
    const { id } = await desk('taken');
    const contents = await contentsOf(app, id);
    await remove('deleteJob', { job: 'taken/dev/calls' });
    const job = { environment: 'taken/dev', name: 'calls', tasks: [{ blocks: ['digest'] }] };
    await done(app, 'createJob', job, '__typename');
    expect(await refuse(contents['job dev calls']?.id)).toMatchObject({
      ...{ __typename: 'AlreadyExists', code: 'ALREADY_EXISTS', path: ['input', 'id'] },
      message: 'Its name was given to another job meanwhile; rename or delete that one first.',
    });
    await done(
      app,
      'moveResource',
      { resource: { job: 'taken/dev/calls' }, to: { name: 'other' } },
      '__typename',
    );
    await undelete(contents['job dev calls']?.id);

    await remove('deleteProject', { project: id });
    await desk('taken');
    expect((await refuse(id)).__typename).toBe('AlreadyExists');
    await done(
      app,
      'moveResource',
      { resource: { project: 'taken' }, to: { name: 'taken-2' } },
      '__typename',
    );
    await undelete(id);
    expect(await projectId(app, 'taken')).toBe(id);
  });

  test('is refused while what it belongs to is deleted', async () => {
    const { id } = await desk('orphan');
    const contents = await contentsOf(app, id);
    await remove('deleteJob', { job: 'orphan/dev/calls' });
    const schedule = contents['schedule dev calls-hourly']?.id;
    expect(await refuse(schedule)).toMatchObject({
      ...{ __typename: 'Conflict', path: ['input', 'id'] },
      message: 'The job that it belongs to is deleted, too; bring that back first.',
    });
    await remove('deleteEnvironment', { environment: 'orphan/dev' });
    expect((await refuse(contents['job dev calls']?.id)).message).toContain('The environment that');
    await remove('deleteProject', { project: id });
    expect((await refuse(contents['environment dev']?.id)).message).toContain('The project that');
    expect((await refuse(contents['plugin digest']?.id)).message).toContain('The project that');
    await undelete(id);
    await undelete(contents['environment dev']?.id);
    // It was deleted before its environment was.
    expect(namesOf(await contentsOf(app, id, true), true)).toEqual([
      'job dev calls',
      'schedule dev calls-hourly',
    ]);
  });

  test('puts a schedule into the environment that its job was moved to meanwhile', async () => {
    const { id } = await desk('moved');
    const contents = await contentsOf(app, id);
    const schedule = contents['schedule dev calls-hourly']?.id;
    await done(app, 'deleteSchedule', { schedule }, '__typename');
    await done(
      app,
      'moveResource',
      { resource: { job: 'moved/dev/calls' }, to: { environment: 'moved/prod', name: 'c' } },
      '__typename',
    );
    expect((await refuse(schedule)).__typename).toBe('AlreadyExists');
    await done(
      app,
      'moveResource',
      { resource: { schedule: 'moved/prod/calls-hourly' }, to: { name: 'old' } },
      '__typename',
    );
    const answer = await done(
      app,
      'undelete',
      { id: schedule },
      'resource { ... on Schedule { path job { path } } }',
    );
    expect(answer).toMatchObject({
      resource: { path: 'moved/prod/calls-hourly', job: { path: 'moved/prod/c' } },
    });
  });

  test('is refused when its time is over, though it was not removed yet', async () => {
    const { id } = await desk('late');
    await remove('deleteEnvironment', { environment: 'late/dev' });
    const { prisma } = app.app.store;
    const age = async (days: number): Promise<void> => {
      await prisma.environment.updateMany({
        where: { name: 'dev', project: { name: 'late' } },
        data: { deletedAt: new Date(Date.now() - days * 24 * 3600 * 1000) },
      });
    };
    const all = await contentsOf(app, id, true);
    await age(30.001);
    expect((await refuse(all['environment dev']?.id)).__typename).toBe('NotFound');
    await age(29.999);
    await undelete(all['environment dev']?.id);
  });

  test('at the same moment as something takes its name: one of them gets it', async () => {
    for (let round = 0; round < 4; round++) {
      const { id } = await desk(`race-${round}`);
      const job = (await contentsOf(app, id))['job dev calls']?.id;
      await remove('deleteJob', { job });
      const create = { environment: `race-${round}/dev`, name: 'calls', tasks: [{ blocks: ['digest'] }] };
      const answers = await Promise.all([
        call<object>(app, 'undelete', { id: job }, '__typename'),
        call<object>(app, 'createJob', create, '__typename'),
      ]);
      expect(answers.filter(({ __typename: type }) => type.endsWith('Success'))).toHaveLength(1);
      expect(answers.filter(({ __typename: type }) => type === 'AlreadyExists')).toHaveLength(1);
    }
  });
});
