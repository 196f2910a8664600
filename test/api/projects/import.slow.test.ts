import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { graphOf, ids, job, schedule } from '../../kit/data/project-graph.ts';
import { copyOf, fixture, importAgain, importCopy, type ProjectCopy } from '../../kit/data/projects.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done } from '../../kit/verbs/call.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const desk = (name: string): Promise<ProjectCopy> => importCopy(app, 'desk', name);

describe('importing a project', () => {
  test.each(['desk', 'shop', 'split', 'locked', 'vault'])(
    'twice changes nothing at all the second time (%s)',
    async (name) => {
      const first = await importAgain(app, fixture(name), `twice-${name}`);
      expect(first.created).toBeGreaterThan(3);
      const before = await tableTexts(app.app.store);
      const second = await importAgain(app, fixture(name), `twice-${name}`);
      expect(second).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      expect(await tableTexts(app.app.store)).toEqual(before);
    },
  );

  test('makes each job and schedule once in each environment, with the schedule on its own job', async () => {
    await desk('each');
    const graph = await graphOf(app, 'each');
    expect(graph.environments.nodes.map(({ name }) => name)).toEqual(['dev', 'prod']);
    for (const environment of graph.environments.nodes) {
      expect(environment.jobs.nodes).toMatchObject([
        { name: 'calls', tasks: [{ blocks: ['tap-calls', 'target-desk'] }] },
        {
          name: 'tickets',
          tasks: [{ blocks: ['tap-tickets', 'hide-names', 'target-desk'] }, { blocks: ['digest:daily'] }],
        },
      ]);
      expect(environment.schedules.nodes).toMatchObject([
        { name: 'by-pair', interval: '@weekly', job: null },
        { name: 'calls-hourly', interval: '@hourly', job: { path: `each/${environment.name}/calls` } },
        { name: 'nightly', interval: '@daily', job: { path: `each/${environment.name}/tickets` } },
      ]);
    }
    expect(graph.importWarnings).toEqual([]);
  });

  test('takes the name of the directory, with a number when that is taken', async () => {
    const [one, two, odd] = [
      await copyOf('annex', 'same'),
      await copyOf('annex', 'same'),
      await copyOf('annex', '-my: odd/../name of it'),
    ];
    const names: string[] = [];
    for (const { directory } of [one, two, odd]) names.push((await importAgain(app, directory)).project.name);
    expect(names).toEqual(['same', 'same-2', 'name-of-it']);
    expect((await importAgain(app, one.directory)).project.name).toBe('same');
  });

  test('under a new name renames it, and all else stays', async () => {
    const copy = await desk('old-name');
    const before = await graphOf(app, 'old-name');
    expect(await importAgain(app, copy.directory, 'new-name')).toMatchObject({
      ...{ created: 0, updated: 1, deleted: 0 },
      project: { name: 'new-name' },
    });
    expect(ids(await graphOf(app, 'new-name'))).toEqual(ids(before));
    expect(await app.query('{ project(ref: "old-name") { name } }')).toEqual({
      project: { name: 'new-name' },
    });
  });

  test('again changes what changed in the file, and nothing else', async () => {
    const copy = await desk('changes');
    const before = await graphOf(app, 'changes');
    await copy.edit('tasks: [[tap-calls, target-desk]]', 'tasks: [[tap-calls, round-times, target-desk]]');
    await copy.edit("'@weekly'", "'@monthly'");
    // The project itself, and the job and the schedule in two environments each.
    expect(await importAgain(app, copy.directory)).toMatchObject({ created: 0, updated: 5, deleted: 0 });
    const after = await graphOf(app, 'changes');
    expect(ids(after)).toEqual(ids(before));
    expect(job(after, 'prod', 'calls')?.tasks).toEqual([
      { blocks: ['tap-calls', 'round-times', 'target-desk'] },
    ]);
    expect(schedule(after, 'dev', 'by-pair')?.interval).toBe('@monthly');
    expect(job(after, 'dev', 'tickets')).toEqual(job(before, 'dev', 'tickets'));
  });

  test('again keeps runs and state', async () => {
    const copy = await desk('keeps');
    const { run } = await done<{ run: { id: string } }>(
      app,
      'runJob',
      { job: 'keeps/dev/calls' },
      'run { id }',
    );
    const input = {
      environment: 'keeps/dev',
      stateId: 'dev:tap-calls-to-target-desk',
      document: { json: { singer_state: 1 } },
    };
    await done(app, 'setState', input, 'state { id }');
    const before = await graphOf(app, 'keeps');
    await copy.edit(
      'tasks: [[tap-calls, target-desk]]',
      "tasks: [[tap-calls, target-desk], 'digest:weekly']",
    );
    await importAgain(app, copy.directory);
    const after = await graphOf(app, 'keeps');
    expect(job(after, 'dev', 'calls')?.runs.nodes).toEqual([{ id: run.id }]);
    expect(after.environments.nodes[0]?.states).toEqual(before.environments.nodes[0]?.states);
    const { node } = await app.query<{ node: object }>(
      `query ($id: ID!) { node(id: $id) { ... on Run { command status } } }`,
      run,
    );
    expect(node).toEqual({ command: 'tap-calls target-desk', status: 'QUEUED' });
  });

  test('removes what is gone from the file, and brings it back with its id, its runs and its state', async () => {
    const copy = await desk('back');
    await done(app, 'runJob', { job: 'back/prod/calls' }, 'run { id }');
    const state = { environment: 'back/prod', stateId: 'x', document: { json: { singer_state: {} } } };
    await done(app, 'setState', state, 'state { id }');
    const before = await graphOf(app, 'back');

    await copy.edit("  - { name: calls-hourly, interval: '@hourly', job: calls }\n", '');
    await copy.edit('  - name: calls\n    tasks: [[tap-calls, target-desk]]\n', '');
    await copy.edit('  - name: prod\n    state_id_suffix: eu\n', '');
    await copy.edit(
      '      commands: { daily: --days 1, weekly: --days 7 }\n',
      '      commands: { daily: --days 1 }\n',
    );
    const removed = await importAgain(app, copy.directory);
    // `prod` with its two jobs and three schedules, and the job and the schedule in `dev`.
    expect(removed).toMatchObject({ created: 0, deleted: 8 });
    const without = ids(await graphOf(app, 'back'));
    expect(Object.keys(without).filter((name) => !name.startsWith('plugin'))).toEqual([
      'environment dev',
      'job dev/tickets',
      'schedule dev/by-pair',
      'schedule dev/nightly',
    ]);
    const { node } = await app.query<{ node: { deletedAt: string | null } }>(
      `query ($id: ID!) { node(id: $id) { ... on Job { deletedAt } } }`,
      { id: job(before, 'dev', 'calls')?.id },
    );
    expect(node.deletedAt).toMatch(/Z$/);

    await copy.restore();
    expect(await importAgain(app, copy.directory)).toMatchObject({ created: 0, deleted: 0 });
    expect(await graphOf(app, 'back')).toEqual(before);
  });

  test('notes what is odd in the file as warnings, with file and line', async () => {
    const copy = await desk('odd');
    await copy.edit("'@hourly'", "'61 * * * *'");
    await copy.edit('job: tickets,', 'job: tickets, start_date: 2020-01-01,');
    await copy.edit('  - name: calls\n', '  - { name: tickets, tasks: [digest] }\n  - name: calls\n');
    await importAgain(app, copy.directory);
    const { importWarnings } = await graphOf(app, 'odd');
    expect(importWarnings).toEqual([
      'meltano.yml:35: The job `tickets` is here twice, first at meltano.yml:33, and Meltano ignores this one; rename or remove it.',
      'meltano.yml:40: The schedule `calls-hourly` never comes due: "61 * * * *" is not a cron expression: Invalid value for minute.',
    ]);
  });
});
