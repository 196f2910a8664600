import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purgeDeleted } from '../../../src/domain/lifecycle/purge.ts';
import { undelete } from '../../../src/domain/lifecycle/undelete.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { contentsOf, placeRun, projectId } from '../../kit/data/deleted.ts';
import { copyOf, importAgain } from '../../kit/data/projects.ts';
import { placeState } from '../../kit/verbs/states.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done, refused } from '../../kit/verbs/call.ts';
import { waitFor } from '../../kit/wait.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const day = 24 * 3600 * 1000;
const purge = (now: number) =>
  purgeDeleted(
    { db: app.app.store, transaction: app.app.store.transaction, deletedRetentionMs: 30 * day },
    new Date(now),
  );

async function desk(name: string): Promise<string> {
  await importAgain(app, (await copyOf('desk')).directory, name);
  return (await projectId(app, name)) ?? '';
}

const remove = (verb: string, input: object) => done(app, verb, { ...input, force: true }, '__typename');
const json = '{"singer_state": 1}';

/** Fills a project with runs, lines and states, and deletes some of it. */
async function fill(name: string): Promise<void> {
  await placeRun(app, `${name}/dev/calls`, { lines: 30 });
  await placeRun(app, `${name}/dev`, { lines: 3 });
  await placeRun(app, `${name}/prod/calls`);
  await placeState(app, `${name}/dev/a`, { completed: json });
  await placeState(app, `${name}/dev/a`, { completed: '{}' });
  await placeState(app, `${name}/prod/b`, { completed: json });
}

test('costs one statement while nothing is overdue', async () => {
  const { statements } = await app.counting(() => purge(Date.now()));
  expect(statements).toHaveLength(1);
});

describe('what was deleted', () => {
  test('stays until its time is over, and is then removed with all that came of it', async () => {
    // What followers are told of it is kept for a day.
    const rows = () => tableTexts(app.app.store, { changes: false });
    const before = await rows();
    const id = await desk('purged');
    await fill('purged');
    const asked = await done<{ run: { id: string } }>(app, 'installPlugins', { project: id }, 'run { id }');
    await done(app, 'cancelRun', { run: asked.run.id }, '__typename');
    await remove('deleteProject', { project: id });
    const deleted = await rows();
    const now = Date.now();
    expect(await purge(now + 29.9 * day)).toEqual([]);
    expect(await rows()).toEqual(deleted);
    const removed = await purge(now + 30.1 * day);
    expect(removed).toHaveLength(1);
    expect(await rows()).toEqual(before);
  });

  test('of an environment goes with its runs and states; what stands beside it stays', async () => {
    const id = await desk('beside');
    await fill('beside');
    const other = await contentsOf(app, id);
    await remove('deleteEnvironment', { environment: 'beside/dev' });
    await purge(Date.now() + 31 * day);
    const { prisma } = app.app.store;
    const runs = await prisma.run.findMany({
      where: { project: { name: 'beside' } },
      include: { environment: true },
    });
    expect(runs.map((run) => run.environment?.name)).toEqual(['prod']);
    expect(
      await prisma.state.findMany({
        select: { stateId: true },
        where: { environment: { project: { name: 'beside' } } },
      }),
    ).toEqual([{ stateId: 'b' }]);
    const left = await contentsOf(app, id, true);
    expect(Object.keys(left)).toEqual(Object.keys(other).filter((name) => !/ dev( |$)/.test(name)));
  });

  test('of a job leaves its runs in their environment', async () => {
    await desk('runs');
    const job = { environment: 'runs/dev', name: 'mine', tasks: [{ blocks: ['digest'] }] };
    await done(app, 'createJob', job, '__typename');
    const run = await placeRun(app, 'runs/dev/mine', { lines: 2 });
    const imported = await placeRun(app, 'runs/dev/calls');
    await remove('deleteJob', { job: 'runs/dev/mine' });
    await remove('deleteJob', { job: 'runs/dev/calls' });
    await purge(Date.now() + 31 * day);
    for (const { id } of [run, imported]) {
      const { node } = await app.query<{ node: object }>(
        'query ($id: ID!) { node(id: $id) { ... on Run { job { id } environment { path } } } }',
        { id },
      );
      expect(node).toEqual({ job: null, environment: { path: 'runs/dev' } });
    }
  });

  test('is removed in batches of bounded size', async () => {
    const id = await desk('batches');
    const before = await app.app.store.prisma.runLog.count();
    for (let i = 0; i < 3; i++) await placeRun(app, 'batches/dev/calls', { lines: 12_000 });
    await remove('deleteProject', { project: id });
    const { statements } = await app.counting(() => purge(Date.now() + 31 * day));
    const deletes = statements.filter((text) => text.includes('DELETE FROM "RunLog" AS l'));
    // 36,000 lines, 10,000 at a time.
    expect(deletes.length).toBeGreaterThanOrEqual(4);
    expect(await app.app.store.prisma.runLog.count()).toBe(before);
  });

  test('an environment that the files dropped is not removed while a run of it has not ended', async () => {
    const copy = await copyOf('desk');
    await importAgain(app, copy.directory, 'unended');
    const run = await placeRun(app, 'unended/prod', { status: 'RUNNING' });
    await copy.edit('  - name: prod\n    state_id_suffix: eu\n', '');
    await importAgain(app, copy.directory);
    const count = () =>
      app.app.store.prisma.environment.count({ where: { name: 'prod', project: { name: 'unended' } } });
    await purge(Date.now() + 31 * day);
    expect(await count()).toBe(1);
    await run.end();
    await purge(Date.now() + 31 * day);
    expect(await count()).toBe(0);
  });

  test('can be brought back until then, and never half of it', async () => {
    const untilOver = 300;
    for (let round = 0; round < 6; round++) {
      const id = await desk(`both-${round}`);
      await fill(`both-${round}`);
      await remove('deleteProject', { project: id });
      const deletedAt = new Date(Date.now() - 30 * day + untilOver);
      await app.app.store.prisma.project.updateMany({
        where: { name: `both-${round}` },
        data: { deletedAt },
      });
      const end = { purged: [] as string[], undeleted: false };
      const purgeInTime = async (): Promise<void> => {
        while (end.purged.length === 0 && !end.undeleted) end.purged = await purge(Date.now());
      };
      const undeleteInTime = async (): Promise<void> => {
        await sleep(untilOver - 6 + 4 * round);
        end.undeleted = await done(app, 'undelete', { id }, '__typename').then(
          () => true,
          () => false,
        );
      };
      await Promise.all([purgeInTime(), undeleteInTime()]);
      const { purged, undeleted } = end;
      expect(purged.length + (undeleted ? 1 : 0)).toBe(1);
      if (!undeleted) {
        expect((await refused(app, 'undelete', { id })).__typename).toBe('NotFound');
      }
      const runs = await app.app.store.prisma.run.count({ where: { project: { name: `both-${round}` } } });
      expect(runs).toBe(undeleted ? 3 : 0);
    }
  });

  test.each([
    ['environment', 'deleteEnvironment', 'dev'],
    ['job', 'deleteJob', 'dev/calls'],
  ])('is no %s that is half purged while it is brought back', async (kind, verb, path) => {
    const name = `half-${kind}`;
    await desk(name);
    const { store } = app.app;
    await placeRun(app, `${name}/dev/calls`, { lines: 3 });
    const query = `{ project(ref: "${name}") { environment(name: "dev") { id job(name: "calls") { id } } } }`;
    const { project } = await app.query<{ project: { environment: { id: string; job: { id: string } } } }>(
      query,
    );
    const { id } = kind === 'job' ? project.environment.job : project.environment;
    await remove(verb, { [kind]: `${name}/${path}` });
    const begun: { purge?: Promise<unknown> } = {};
    /** Reads the clock just before the time is over; the purge comes just after. */
    const now = async (): Promise<Date> => {
      begun.purge = purge(Date.now() + 31 * day);
      await Promise.race([begun.purge, sleep(500)]);
      return new Date();
    };
    const transaction: typeof store.transaction = (work) => store.transaction((tx) => work({ ...tx, now }));
    await undelete({ transaction, deletedRetentionMs: 30 * day }, { id });
    await begun.purge;
    const runs = await store.prisma.run.findMany({
      where: { project: { name } },
      select: { job: { select: { name: true } } },
    });
    expect(runs).toEqual([{ job: { name: 'calls' } }]);
  });

  test('takes few statements to find that there is nothing', async () => {
    const { statements } = await app.counting(() => purge(Date.now()));
    expect(statements.length).toBeLessThanOrEqual(8);
  });
});

test('a worker removes by itself what has had its time', async () => {
  const working = await startTestApp({ slots: 1, deletedRetentionDays: 0 });
  try {
    await importAgain(working, (await copyOf('desk')).directory, 'soon');
    const project = await projectId(working, 'soon');
    await done(working, 'deleteProject', { project, force: true }, '__typename');
    await waitFor(
      'The end of the project',
      async () => (await working.app.store.prisma.project.count()) === 0,
    );
  } finally {
    await working.stop();
  }
});
