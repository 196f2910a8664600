import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { afterEach, expect, test } from 'vitest';
import { applyMigrations, readMigrations } from '../../src/store/database/migrations.ts';
import { breaksOf, catalogOf, type Catalog } from './catalog.ts';

// While a new version is rolled out, processes of the version before use the same database, also after it was migrated.
// So a migration only adds. What is to go is no longer used first, by one released version, and goes with the next.

/** What looks as if it broke the released version, and why it does not. */
const judged: Record<string, Record<string, string>> = {
  '20261201010410_run_rollups': {
    'trigger Run.Run_countNew is new': 'it writes only to its own table, and raises nothing',
    'trigger Run.Run_countEnded is new': 'the same',
  },
  '20261201013425_retry_policies': {
    'trigger Run.Run_takeRetryPolicy is new':
      'it fills two columns that the released version does not know, so that its runs are retried, too',
  },
  '20261201015237_project_sources': {
    'trigger Run.Run_noteCommit is new':
      'it fills a column that the released version does not know, so that others execute its runs in the right files',
  },
  '20261201100100_run_expiry': {
    'value RunEndReason.EXPIRED is new':
      'only runs have it that were asked for with an expiry, and the released version answers an error for that one field',
    'trigger Run.Run_setExpiry is new':
      'it does nothing to runs of the released version, which have no expiry',
  },
  '20261201101500_job_labels': {
    'trigger Run.Run_takeLabels is new':
      'it does nothing to runs with labels, and the released version gives all of its own some, or none',
  },
  '20261201103000_run_priorities': {
    'trigger Run.Run_takeTurn is new':
      'it fills a column that the released version does not know, so that others find its runs',
    'trigger Schedule.Schedule_countRevision is another': 'it counts changes of one more column',
  },
  '20261201100000_webhooks': {
    'trigger Run.Run_tellOfStart is new': 'it writes only to tables of its own',
    'trigger Run.Run_tellOfEnd is new': 'the same',
    'trigger ScheduleTick.ScheduleTick_tell is new': 'the same',
    'trigger Schedule.Schedule_tell is new': 'the same',
    'trigger Service.Service_tell is new': 'the same',
  },
};

let pglite: PGlite;
afterEach(() => pglite.close());

/** The names of the migrations that the released version has. */
async function releasedMigrations(): Promise<Set<string>> {
  const backup = fileURLToPath(new URL('../fixtures/backups/0.1.0.backup', import.meta.url));
  for await (const line of createInterface({ input: createReadStream(backup).pipe(createGunzip()) })) {
    const { migrations } = JSON.parse(line.slice(1)) as { migrations: { name: string }[] };
    return new Set(migrations.map(({ name }) => name));
  }
  throw new Error('The backup is empty.');
}

test('each migration since the released version leaves that version all that it uses, unless its name says what it needs', async () => {
  pglite = await PGlite.create();
  const released = await releasedMigrations();
  const names = (await readMigrations()).migrationDirectories.map(({ path }) => path);
  expect(names).toEqual(expect.arrayContaining([...released]));
  const adapter = new PrismaPGlite(pglite);
  const applied = new Set(released);
  await applyMigrations(adapter, applied);
  const before = await catalogOf(pglite);
  let breaks = new Set<string>();
  for (const name of names.filter((name) => !released.has(name))) {
    await applyMigrations(adapter, applied.add(name));
    const all = breaksOf(before, await catalogOf(pglite));
    const own = all.filter((sentence) => !breaks.has(sentence));
    breaks = new Set(all);
    if (/_needs_\d{14}$/.test(name)) continue;
    expect([name, own.sort()]).toEqual([name, Object.keys(judged[name] ?? {}).sort()]);
  }
});

const cases: [change: string, breaks: string[]][] = [
  ['ALTER TABLE t ADD COLUMN more text', []],
  [`ALTER TABLE t ADD COLUMN more text NOT NULL DEFAULT ''`, []],
  ['ALTER TABLE t ADD COLUMN more int GENERATED ALWAYS AS IDENTITY', []],
  ['CREATE TABLE n (id int PRIMARY KEY, t int NOT NULL REFERENCES t ON DELETE CASCADE CHECK (t > 0))', []],
  ['CREATE INDEX ON t (a)', []],
  ['ALTER TABLE t ALTER b DROP NOT NULL', []],
  [`CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'`, []],
  ['ALTER TABLE t ADD COLUMN more text NOT NULL', ['column t.more is new']],
  ['ALTER TABLE t DROP COLUMN a', ['column t.a is gone']],
  ['ALTER TABLE t RENAME a TO d', ['column t.a is gone']],
  [
    'DROP TABLE t',
    [
      'column t.a is gone',
      'column t.b is gone',
      'column t.c is gone',
      'column t.id is gone',
      'unique t.t_pkey is gone',
    ],
  ],
  ['ALTER TABLE t ALTER a TYPE varchar(3)', ['column t.a is another']],
  ['ALTER TABLE t ALTER a SET NOT NULL', ['column t.a is needed now']],
  ['ALTER TABLE t ALTER c SET NOT NULL', ['column t.c is needed now']],
  ['ALTER TABLE t ALTER b DROP DEFAULT', ['column t.b is needed now']],
  ['ALTER TABLE t ADD CHECK (b > 0)', ['constraint t.t_b_check is new']],
  ['CREATE UNIQUE INDEX ON t (a)', ['unique t.t_a_idx is new']],
  ['CREATE TABLE n (t int REFERENCES t)', ['constraint n.n_t_fkey keeps rows of t from being deleted']],
  ['ALTER TABLE t DROP CONSTRAINT t_pkey', ['unique t.t_pkey is gone']],
  [`ALTER TYPE e ADD VALUE 'Y'`, ['value e.Y is new']],
  [`ALTER TYPE e RENAME VALUE 'X' TO 'Y'`, ['value e.X is gone', 'value e.Y is new']],
  ['DROP FUNCTION f()', ['function f() is gone']],
  [`CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'`, ['function f() is another']],
  [
    'CREATE TRIGGER w BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ['trigger t.w is new'],
  ],
];

test('what the version before cannot live with is found, and nothing else', async () => {
  pglite = await PGlite.create();
  await pglite.exec(`
    CREATE TABLE t (id int PRIMARY KEY, a text, b int NOT NULL DEFAULT 1, c int DEFAULT 1); CREATE TYPE e AS ENUM ('X');
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
  const before = await catalogOf(pglite);
  for (const [change, breaks] of cases) {
    await pglite.exec('BEGIN');
    await pglite.exec(change);
    const after: Catalog = await catalogOf(pglite);
    await pglite.exec('ROLLBACK');
    expect([change, breaksOf(before, after).sort()]).toEqual([change, breaks]);
  }
});
