import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';

let app: TestApp;
let seed: ReturnType<typeof seeder>;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
});
afterAll(() => app.stop());

interface Sizes {
  bytes: number;
  parts: { kind: string; rows: number; bytes: number }[];
}

test('says in one statement what takes how much', async () => {
  const { store } = app.app;
  const run = await seed.run(await seed.project({ name: 'alpha' }), {});
  await store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, message)
    SELECT ${run}::uuid, n, now(), 'INFO', repeat('x', 100) FROM generate_series(1, 5000) AS n`;
  // As autovacuum, or the vacuum of the embedded database, does from time to time.
  await store.prisma.$executeRaw`ANALYZE "RunLog"`;
  const { statements, result } = await app.counting(() =>
    app.query<{ storage: Sizes }>('{ storage { bytes parts { kind rows bytes } } }'),
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
      'FILES',
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

test('says what each project takes, in two statements for all of them', async () => {
  const { store } = app.app;
  const lines: Record<string, number> = { large: 30_000, small: 10_000, empty: 0 };
  for (const [name, count] of Object.entries(lines)) {
    const project = await seed.project({ name });
    const environment = await seed.environment(project, { name: 'dev' });
    const job = await seed.job(environment, { name: 'sales' });
    const run = await seed.run(project, { environmentId: environment, jobId: job });
    const schedule = await seed.schedule(environment, { name: 'hourly', jobId: job });
    await store.prisma.$executeRaw`
      INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, message)
      SELECT ${run}::uuid, n, now(), 'INFO', repeat('x', 100) FROM generate_series(1, ${count}::int) AS n`;
    const state = await seed.state(environment, { stateId: 'dev:s' });
    await seed.stateVersion(state, { version: 1, stateId: 'dev:s' });
    const dueAt = new Date();
    const facts = { dueAt, lastDueAt: dueAt, plannedAt: dueAt, decidedAt: dueAt };
    await store.prisma.scheduleTick.create({ data: { scheduleId: schedule, ...facts, outcome: 'SKIPPED' } });
  }
  const { statements, result } = await app.counting(() =>
    app.query<{ projects: { nodes: { name: string; storage: Sizes }[] } }>(
      '{ projects { nodes { name storage { bytes parts { kind rows bytes } } } } }',
    ),
  );
  // One for the projects.
  expect(statements).toHaveLength(3);
  const sizes = new Map(result.projects.nodes.map(({ name, storage }) => [name, storage]));
  const part = (name: string, kind: string): { rows: number; bytes: number } => {
    const found = sizes.get(name)?.parts.find((one) => one.kind === kind);
    if (!found) throw new Error(`${name} has no ${kind}`);
    return found;
  };
  for (const name of Object.keys(lines)) {
    const { bytes, parts } = sizes.get(name) ?? { bytes: 0, parts: [] };
    expect(parts.map(({ kind }) => kind)).toEqual([
      ...['RUNS', 'LOGS', 'STATES', 'STATE_VERSIONS', 'TICKS', 'CATALOGS', 'FILES'],
    ]);
    for (const kind of ['RUNS', 'STATES', 'STATE_VERSIONS', 'TICKS'])
      expect({ kind, rows: part(name, kind).rows }).toEqual({ kind, rows: 1 });
    expect(part(name, 'CATALOGS')).toMatchObject({ rows: 0, bytes: 0 });
    expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(bytes);
  }
  // The table has more pages than are looked at.
  expect(part('large', 'LOGS').rows).toBeGreaterThan(20_000);
  expect(part('large', 'LOGS').rows).toBeLessThan(45_000);
  expect(part('large', 'LOGS').bytes).toBeGreaterThan(1.5 * part('small', 'LOGS').bytes);
  expect(part('small', 'LOGS').bytes).toBeGreaterThan(500_000);
  expect(part('empty', 'LOGS')).toMatchObject({ rows: 0, bytes: 0 });
});
