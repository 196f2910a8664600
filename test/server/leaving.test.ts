import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { fixture } from '../kit/data/projects.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
});
afterAll(() => app.stop());

// An error that nobody catches would end the gateway, and fails this file.
test('a client may leave before its subscription is answered', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  // The embedded database has one connection, so the subscription waits for this transaction.
  const held = app.app.store.transaction(() => released);
  const query = 'subscription { runsUpdated(environment: "desk/dev") { cursor } }';
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const sent = request(app.url, { method: 'POST', headers, agent: false });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ query }));
  await wait(200);
  sent.destroy();
  await wait(200);
  release();
  await held;
  await wait(200);
  expect(await app.query('{ project(ref: "desk") { name } }')).toEqual({ project: { name: 'desk' } });
});
