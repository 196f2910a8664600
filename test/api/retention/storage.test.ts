import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('says in one statement what takes how much', async () => {
  const { store } = app.app;
  const seed = seeder(store);
  const run = await seed.run(await seed.project({ name: 'alpha' }), {});
  await store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, message)
    SELECT ${run}::uuid, n, now(), 'INFO', repeat('x', 100) FROM generate_series(1, 5000) AS n`;
  // As autovacuum, or the vacuum of the embedded database, does from time to time.
  await store.prisma.$executeRaw`ANALYZE "RunLog"`;
  const { statements, result } = await app.counting(() =>
    app.query<{ storage: { bytes: number; parts: { kind: string; rows: number; bytes: number }[] } }>(
      '{ storage { bytes parts { kind rows bytes } } }',
    ),
  );
  expect(statements).toHaveLength(1);
  const { bytes, parts } = result.storage;
  expect(parts.map(({ kind }) => kind)).toEqual([
    ...[
      'RUNS',
      'LOGS',
      'STATES',
      'STATE_VERSIONS',
      'TICKS',
      'CATALOGS',
      'CHANGES',
      'BULK_OPERATIONS',
      'OTHER',
    ],
  ]);
  const logs = parts.find(({ kind }) => kind === 'LOGS');
  expect(logs?.rows).toBeGreaterThanOrEqual(5000);
  expect(logs?.rows).toBeLessThan(10_001);
  expect(logs?.bytes).toBeGreaterThan(500_000);
  expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
});
