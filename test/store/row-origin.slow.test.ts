import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrations } from '../../src/store/database/migrations.ts';

const migration = '20261129030000_row_origin';
const project = '01900000-0000-7000-8000-000000000000';
const environment = '01900000-0000-7000-8000-000000000001';
const tables = ['Environment', 'Plugin', 'Job', 'Schedule'] as const;

/** Every column that a table needs beside the name and what tells the origin. */
const needed = {
  Environment: { projectId: project },
  Plugin: { projectId: project, type: 'EXTRACTOR', definition: 'CUSTOM' },
  Job: { environmentId: environment, tasks: '[]' },
  Schedule: { environmentId: environment, interval: '@daily' },
};

const deleted = '2025-03-01T12:00:00Z';
const epoch = '1970-01-01T00:00:00Z';

/** Each way in which a row was stored before, and what it is stored as by now. */
const rows: Record<string, [before: (string | null)[], after: object]> = {
  'made by the API': [[null, null, null], { origin: 'API', key: null, digest: null, deleted: false }],
  'made by the API, deleted': [
    [null, null, deleted],
    { origin: 'API', key: null, digest: null, deleted: true },
  ],
  'in the files': [['k', 'a b', null], { origin: 'MANIFEST', key: 'k', digest: 'a b', deleted: false }],
  'in the files, deleted': [
    ['k', 'a b', deleted],
    { origin: 'MANIFEST', key: 'k', digest: 'a b', deleted: true },
  ],
  'in the files, purged': [
    ['k', 'a b', epoch],
    { origin: 'MANIFEST', key: 'k', digest: 'a b', deleted: true, purged: true },
  ],
  'to be applied again': [['k', '', null], { origin: 'MANIFEST', key: 'k', digest: null, deleted: false }],
  'to be applied again, purged': [
    ['k', '', epoch],
    { origin: 'MANIFEST', key: 'k', digest: null, deleted: true, purged: true },
  ],
  dropped: [['k', null, deleted], { origin: 'DROPPED', key: 'k', digest: null, deleted: true }],
  'dropped, brought back': [['k', null, null], { origin: 'DROPPED', key: 'k', digest: null, deleted: false }],
  'dropped, purged': [
    ['k', null, epoch],
    { origin: 'DROPPED', key: 'k', digest: null, deleted: true, purged: true },
  ],
  'its key was given to another row': [
    [null, 'a b', deleted],
    { origin: 'API', key: null, digest: null, deleted: true },
  ],
};

let pglite: PGlite;
beforeAll(async () => {
  pglite = await PGlite.create();
  const { migrationDirectories } = await readMigrations();
  const script = (of: (name: string) => boolean): string =>
    migrationDirectories
      .filter(({ path }) => of(path))
      .map(({ migrationFile: { content } }) => (content.tag === 'ok' ? content.value : ''))
      .join('\n');
  await pglite.exec(script((name) => name < migration));
  await insert('Project', { id: project, name: 'p', directory: '/p' });
  await insert('Environment', { id: environment, name: 'home', projectId: project });
  let count = 0;
  for (const table of tables) {
    for (const [name, [[manifestKey, manifestDigest, deletedAt]]] of Object.entries(rows)) {
      const id = `01900000-0000-7000-8001-${(count++).toString(16).padStart(12, '0')}`;
      await insert(table, { ...needed[table], id, name, manifestKey, manifestDigest, deletedAt });
    }
  }
  await pglite.exec(script((name) => name === migration));
});
afterAll(() => pglite.close());

async function insert(table: string, row: object): Promise<void> {
  const columns = Object.keys(row).map((column) => `"${column}"`);
  await pglite.query(
    `INSERT INTO "${table}" (${columns.join()}) VALUES (${columns.map((_, i) => `$${i + 1}`).join()})`,
    Object.values(row),
  );
}

test.each(tables)('rows of %s are told where they come from, and keep their etags', async (table) => {
  const { rows: stored } = await pglite.query<{ name: string }>(
    `SELECT name, origin, "manifestKey" AS key, "manifestDigest" AS digest, "deletedAt" IS NOT NULL AS deleted,
       "purgedAt" IS NOT NULL AS purged, revision FROM "${table}" WHERE name <> 'home' ORDER BY id`,
  );
  expect(stored).toEqual(
    Object.entries(rows).map(([name, [, after]]) => ({ name, purged: false, ...after, revision: 1 })),
  );
});

test.each(tables)(
  'changes of %s are counted as before, and a row that contradicts itself is refused',
  async (table) => {
    const change = (set: string, name: string) =>
      pglite.query<{ revision: number }>(
        `UPDATE "${table}" SET ${set} WHERE name = '${name}' RETURNING revision`,
      );
    const { rows: changed } = await change('"manifestDigest" = NULL', 'in the files');
    expect(changed).toEqual([{ revision: 2 }]);
    for (const set of [
      `origin = 'MANIFEST'`,
      `"manifestKey" = 'k'`,
      `"manifestDigest" = 'a b'`,
      '"purgedAt" = now()',
    ]) {
      await expect(change(set, 'made by the API')).rejects.toThrow(`${table}_origin_check`);
    }
  },
);
