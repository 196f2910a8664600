import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../src/store/index.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { describeOnServer } from '../../kit/database.ts';
import { enrol } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';

describeOnServer('a worker that reports while others have locked rows of it', () => {
  let app: TestApp;
  let store: Store;
  let other: pg.Client;
  beforeAll(async () => {
    app = await startTestApp({ projects: deskAndAnnex });
    ({ store } = app.app);
    const { location } = app.database;
    other = new pg.Client({ connectionString: location.kind === 'SERVER' ? location.url : '' });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await app.stop();
  });

  test('waits for none, renews all other leases, and hears for how long each was silent', async () => {
    const worker = { id: await enrol(store, 'here/1'), name: 'here/1' };
    const ids: string[] = [];
    for (const stateIdSuffix of ['a', 'b', 'c']) {
      ids.push(storeId((await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix })).id));
      await store.claims.claimFree(ids.at(-1) ?? '', worker.name);
    }
    const [, locked] = ids;
    await other.query(`UPDATE "Run" SET "heartbeatAt" = now() - interval '20 seconds'`);
    await other.query(`UPDATE "Worker" SET "heartbeatAt" = now() - interval '20 seconds'`);
    await other.query('BEGIN');
    await other.query('SELECT FROM "Run" WHERE id = $1 FOR UPDATE', [locked]);
    await other.query('SELECT FROM "Worker" FOR UPDATE');
    const report = () =>
      store.beats.report(
        worker,
        ids.map((id) => ({ id, processId: null })),
      );
    const { orders, runs } = await report();
    expect(orders).toEqual({ drainingAt: null, isStopping: false });
    for (const { id, status, silentMs } of runs) {
      expect(status).toBe('RUNNING');
      if (id === locked) expect(silentMs).toBeGreaterThanOrEqual(20_000);
      else expect(silentMs).toBe(0);
    }
    await other.query('COMMIT');
    expect((await report()).runs.map(({ silentMs }) => silentMs)).toEqual([0, 0, 0]);
  });
});
