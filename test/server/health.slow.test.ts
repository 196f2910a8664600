import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { sendRaw } from '../kit/http.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ slots: 1 });
});
afterAll(() => app.stop());

const ask = async (path: string, method = 'GET') => {
  const { status, headers, body } = await sendRaw(new URL(path, app.url).href, { method });
  return { status, retry: headers['retry-after'], said: JSON.parse(body || '{}') as Record<string, string> };
};

const change = (statement: string) => app.app.store.prisma.$executeRawUnsafe(statement);

/** What is true of a second ago may still be said. */
async function readiness(status: number) {
  await expect.poll(async () => (await ask('/readyz')).status).toBe(status);
  return ask('/readyz');
}

const ok = { gateway: 'ok', database: 'ok', migrations: 'ok', queue: 'ok', worker: 'ok' };

test('a gateway that works is alive and ready', async () => {
  for (const path of ['/readyz', '/health']) {
    expect(await ask(path)).toEqual({ status: 200, retry: undefined, said: { status: 'ready', ...ok } });
    expect(await ask(path, 'HEAD')).toMatchObject({ status: 200, said: {} });
  }
  expect(await ask('/livez')).toMatchObject({ status: 200, said: {} });
  for (const path of ['/livez', '/readyz', '/health'])
    expect(await ask(path, 'POST')).toMatchObject({ status: 405 });
});

test.each([
  [
    'migrations',
    'ALTER TABLE _prisma_migrations RENAME TO gone',
    'ALTER TABLE gone RENAME TO _prisma_migrations',
  ],
  ['queue', 'ALTER SCHEMA pgboss RENAME TO gone', 'ALTER SCHEMA gone RENAME TO pgboss'],
])('what is wrong with the %s is said, and nothing else is wrong', async (part, breakIt, mendIt) => {
  await change(breakIt);
  const { said, retry } = await readiness(503).finally(() => change(mendIt));
  expect(retry).toBe('5');
  expect(said).toEqual({
    ...ok,
    status: 'not ready',
    [part]: expect.stringMatching(/^The .*\.$/) as unknown,
  });
  expect(await ask('/livez')).toMatchObject({ status: 200 });
  expect((await readiness(200)).said).toEqual({ status: 'ready', ...ok });
});

test('many who ask at once cost one look', async () => {
  await readiness(200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const { statements } = await app.counting(() =>
    Promise.all(Array.from({ length: 50 }, () => ask('/readyz'))),
  );
  expect(statements.filter((text) => text.includes('_prisma_migrations'))).toHaveLength(1);
});
