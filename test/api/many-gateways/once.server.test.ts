import { expect, onTestFinished, test } from 'vitest';
import { applyRetention, BeingRetained } from '../../../src/domain/retention/apply-retention.ts';
import { keepAll } from '../../../src/domain/retention-limits.ts';
import { purgeDeleted } from '../../../src/domain/lifecycle/purge.ts';
import { newId } from '../../../src/lib/uuid.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../../kit/app.ts';
import { describeOnServer, freshDatabase } from '../../kit/database.ts';
import { placeRun, projectId } from '../../kit/data/deleted.ts';
import { copyOf, deskAndAnnex } from '../../kit/data/projects.ts';
import { call, done, type Refused } from '../../kit/verbs/call.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';
import { placeState } from '../../kit/verbs/states.ts';
import { waitFor } from '../../kit/wait.ts';

const dayMs = 24 * 3600 * 1000;

/** Gateways on one database, which end with the test. */
async function gateways(
  count: number,
  projects: TestAppOptions['projects'] = deskAndAnnex,
): Promise<TestApp[]> {
  const database = await freshDatabase();
  const started = Promise.all(Array.from({ length: count }, () => startTestApp({ database, projects })));
  onTestFinished(async () => {
    await Promise.all((await started).map((app) => app.stop()));
    await database.drop();
  });
  return started;
}

// An embedded database has one gateway, and does one transaction after the other.
describeOnServer('several gateways on one server', () => {
  test('that start at once import the same projects once', async () => {
    const [desk, annex] = [await copyOf('desk'), await copyOf('annex')];
    const apps = await gateways(
      3,
      [desk, annex].map(({ directory }) => ({ name: null, directory })),
    );
    for (const app of apps) {
      const query = '{ projects { nodes { name environments { totalCount } } } }';
      expect(await app.query(query)).toEqual({
        projects: {
          nodes: [
            { name: 'annex', environments: { totalCount: 1 } },
            { name: 'desk', environments: { totalCount: 2 } },
          ],
        },
      });
    }
  });

  test('go on when a newer one has added columns to what their prepared statements return', async () => {
    const [app] = (await gateways(1)) as [TestApp];
    const { store } = app.app;
    const query =
      '{ runs { nodes { id status } } projects { nodes { name environments { nodes { jobs { nodes { name } } } } } } }';
    const claimNothing = () => store.claims.claimFree(newId(), 'here/1');
    for (let i = 0; i < 3; i++) await Promise.all([claimNothing(), app.query(query)]);
    await enrol(store, 'here/1');
    const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls' });
    for (const table of ['Run', 'RunBlock', 'Project', 'Job', 'Worker'])
      await store.prisma.$executeRawUnsafe(`ALTER TABLE "${table}" ADD COLUMN later text`);
    expect(await Promise.all([claimNothing(), claimNothing()])).toEqual([null, null]);
    expect(await store.claims.claimFree(storeId(id), 'here/1')).toMatchObject({ status: 'RUNNING' });
    expect(await app.query(query)).toMatchObject({ runs: { nodes: [{ id, status: 'RUNNING' }] } });
  });

  test('that purge at once do it once', async () => {
    const apps = await gateways(2);
    const [app] = apps as [TestApp];
    await placeRun(app, 'desk/dev/calls', { lines: 30 });
    await placeState(app, 'desk/dev/a', { completed: '{"singer_state": 1}' });
    const project = await projectId(app, 'desk');
    await done(app, 'deleteProject', { project, force: true }, '__typename');
    const now = new Date(Date.now() + 31 * dayMs);
    const purge = ({ app: { store } }: TestApp) =>
      purgeDeleted({ db: store, transaction: store.transaction, deletedRetentionMs: 30 * dayMs }, now);
    const removed = await Promise.all([...apps, ...apps].map(purge));
    removed.push(await purge(app));
    expect(removed.flat()).toHaveLength(1);
  });

  test('remove what is not kept one at a time', async () => {
    const [app, other] = (await gateways(2)) as [TestApp, TestApp];
    const walk = ({ app: { store } }: TestApp) =>
      applyRetention({ db: store, transaction: store.transaction, retention: keepAll }).next();
    await app.app.store.transaction(async (tx) => {
      expect(await tx.retention.lock()).toBe(true);
      await expect(walk(other)).rejects.toThrow(BeingRetained);
    });
    await expect(walk(other)).resolves.toBeDefined();
  });

  test('store no run of a job that a transaction deletes which has yet to end', async () => {
    const [app] = (await gateways(1)) as [TestApp];
    const { store } = app.app;
    const job = 'desk/dev/calls';
    const row = await store.prisma.job.findFirstOrThrow({
      where: { name: 'calls', environment: { name: 'dev', project: { name: 'desk' } } },
    });
    let asked: Promise<Refused> | undefined;
    await store.transaction(async (tx) => {
      await tx.jobs.update(row.id, { deletedAt: new Date() });
      asked = call<object>(app, 'runJob', { job }, '__typename');
      await waitFor('the run to wait for the transaction', async () => {
        const waiting = await store.prisma.$queryRaw<unknown[]>`
          SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return waiting.length > 0;
      });
    });
    expect(await asked).toMatchObject({ __typename: 'NotFound', path: ['input', 'job'] });
    expect(await store.prisma.run.count()).toBe(0);
  });
});
