import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeOnServer, freshDatabase, type TestDatabase } from '../../kit/database.ts';
import { subscribe } from '../../kit/events.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import { ask, expectNoOverlap, linesOf, runEnded, runToEnd, runWhen, storeId } from '../../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../../kit/data/sample.ts';
import { startSampleApp } from '../../kit/sample-app.ts';
import { waitFor } from '../../kit/wait.ts';

const job = 'demo/dev/sales';
const errorsIn = (app: TestApp) => app.logged.filter(({ level }) => level === 'error');

interface Lines {
  runLogs: { cursor: string; node: { sequence: number } };
}

describeOnServer('on a server', () => {
  describeWithMeltano('two gateways on one server', () => {
    let database: TestDatabase;
    let sample: Sample;
    let apps: TestApp[];
    beforeAll(async () => {
      database = await freshDatabase();
      sample = await copySample();
      const options = { projects: [sample.project], meltano: meltano ?? '', slots: 2, database };
      apps = [await startTestApp(options), await startTestApp(options)];
    });
    afterAll(async () => {
      await Promise.all(apps.map((app) => app.stop()));
      await database.drop();
      await sample.remove();
      expect(apps.flatMap(errorsIn)).toEqual([]);
    });

    test('execute every run once, on one state id one after the other', async () => {
      const shared = sample.place();
      const places = numbers(1, 3).map(() => sample.place());
      const app = (i: number): TestApp => apps[i % 2] as TestApp;
      const asked = await Promise.all([
        ...numbers(1, 4).map((_, i) => ask(app(i), 'runJob', { job, ...shared.with({ rows: 2 }) })),
        ...places.map((place, i) => ask(app(i), 'runJob', { job, ...place.with({ rows: 2 }) })),
      ]);
      const runs = await Promise.all(asked.map(({ id }, i) => runEnded(app(i + 1), id)));
      expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'SUCCEEDED'));
      expectNoOverlap(runs.slice(0, 4));
      expect(await shared.sales()).toEqual(numbers(1, 8));
      for (const place of places) expect(await place.sales()).toEqual([1, 2]);
      // Both took their share, and each run's lines were written by one of them.
      expect(new Set(runs.map(({ workerId }) => workerId)).size).toBe(2);
      for (const { id, logCount } of runs) {
        const lines = await linesOf(app(0), id);
        expect(lines.map(({ sequence }) => sequence)).toEqual(numbers(1, logCount));
        expect(lines.filter(({ message }) => message === 'Run completed')).toHaveLength(1);
      }
    });

    test('a run is cancelled through the gateway that does not execute it', async () => {
      const [one, two] = [apps[0] as TestApp, apps[1] as TestApp];
      const place = sample.place();
      const { id } = await ask(one, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.25 }) });
      await runWhen(one, id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
      const executes = (app: TestApp): boolean =>
        app.logged.some(({ message, fields }) => message === 'run started' && fields.runId === storeId(id));
      expect(apps.filter(executes)).toHaveLength(1);
      const other = executes(one) ? two : one;
      expect((await ask(other, 'cancelRun', { run: id })).status).toBe('CANCELLING');
      expect((await runEnded(two, id)).status).toBe('CANCELLED');
    });
  });

  describeWithMeltano('a run', () => {
    test('goes on when the server drops every connection, and so do those who follow it', async () => {
      const { app, sample, stop } = await startSampleApp();
      onTestFinished(stop);
      const place = sample.place();
      const { id } = await ask(app, 'runJob', { job, ...place.with({ rows: 80, delay: 0.05 }) });
      const received: number[] = [];
      const linesAfter = (cursor: string | null): string =>
        `subscription { runLogs(run: "${id}", after: ${JSON.stringify(cursor)}) { cursor node { sequence } } }`;
      // As clients do, it asks again after its last line when the gateway says that it cannot read now.
      const following = (async () => {
        for (let after: string | null = null, isComplete = false; !isComplete;) {
          isComplete = true;
          for await (const { data, errors } of subscribe<Lines>(app.url, linesAfter(after))) {
            if (data) {
              after = data.runLogs.cursor;
              received.push(data.runLogs.node.sequence);
            } else {
              expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['UNAVAILABLE']);
              isComplete = false;
            }
          }
        }
      })();
      await waitFor('Lines', () => received.length > 10);
      if (app.database.location.kind !== 'SERVER') throw new Error('This is for a server.');
      const client = new pg.Client({ connectionString: app.database.location.url });
      await client.connect();
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await client.end();
      expect(rowCount).toBeGreaterThan(2);

      await following;
      const run = await runEnded(app, id);
      expect(run).toMatchObject({ status: 'SUCCEEDED' });
      expect(received).toEqual(numbers(1, run.logCount));
      expect(await place.sales()).toEqual(numbers(1, 80));
      // Those who wait are woken again, too.
      const next = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 1 }) });
      expect(next.status).toBe('SUCCEEDED');
    });
  });
});
