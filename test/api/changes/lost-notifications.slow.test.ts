import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';
import { openEvents } from '../../kit/events.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** Takes away what the gateway hears notifications by. On a server it listens again after a second. */
async function loseNotifications(): Promise<void> {
  const { location } = app.database;
  if (location.kind === 'OPEN') {
    await location.pglite.exec('UNLISTEN *');
    return;
  }
  const client = new pg.Client({ connectionString: location.kind === 'SERVER' ? location.url : '' });
  await client.connect();
  const { rowCount } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND query = 'LISTEN meltano_graphql'`,
  );
  await client.end();
  expect(rowCount).toBe(1);
}

test('what happens while notifications are lost is told by the next look', async () => {
  const { store } = app.app;
  const seed = seeder(store);
  const project = await seed.project({ name: 'shop' });
  const run = await seed.run(project, { status: 'QUEUED' });
  const operation = await seed.bulkOperation({ itemCount: 1 });
  const events = await Promise.all(
    [
      'changes { nodes { node { ... on Run { status } } } }',
      'runsUpdated { nodes { status } }',
      `runUpdated(run: "${encodeGlobalId({ type: 'Run', id: run })}") { status }`,
      `bulkOperationUpdated(id: "${encodeGlobalId({ type: 'BulkOperation', id: operation })}") { status }`,
    ].map((field) => openEvents(app.url, `subscription { ${field} }`)),
  );
  for (const one of events) await one.next();
  await loseNotifications();
  await store.runs.requestCancel(run);
  await store.bulk.cancel(operation);
  const told = await Promise.all(events.map(async (one) => JSON.stringify((await one.next()).value)));
  for (const event of told) expect(event).toContain('"status":"CANCELLED"');
  await Promise.all(events.map((one) => one.return(undefined)));
});
