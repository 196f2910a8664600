import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkArchive, type Content } from '../../../src/backup/archive.ts';
import { bringBack } from '../../../src/backup/bring-back.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { packageVersion } from '../../../src/package-files.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { freshDatabase, type TestDatabase } from '../../kit/database.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { sendRaw } from '../../kit/http.ts';
import { tableTexts } from '../../kit/tables.ts';
import { done } from '../../kit/verbs/call.ts';
import { ask } from '../../kit/verbs/runs.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';
const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const serverUrl = process.env.TEST_DATABASE_URL;

let app: TestApp;
let place: string;
let file: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'meltano-graphql-backup-'));
  app = await startTestApp({ projects: deskAndAnnex });
  const { id } = await ask(app, 'runJob', {
    job: 'desk/dev/calls',
    env: [{ name: 'NOTE', value: 'a "quoted" \\ text\nwith ünïcode and \u2028' }],
  });
  await ask(app, 'cancelRun', { run: id });
  await ask(app, 'runJob', { job: 'desk/dev/calls', delaySeconds: 3600 });
  const completed = '{"singer_state":{"bookmarks":{"a":{"at":1.50,"n":12345678901234567890}}}}';
  const state = { environment: 'desk/dev', stateId: 'dev:kept', document: { text: completed } };
  await done(app, 'setState', state, 'state { id }');
  await done(app, 'pauseSchedule', { schedule: await scheduleOf(app) }, 'schedule { id }');
  const [run] = await app.app.store.prisma.run.findMany({ take: 1 });
  await app.app.store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, timestamp, level, message, fields)
    SELECT ${run?.id}::uuid, n, now(), 'INFO', 'line ' || n, '{"a": 1.0}' FROM generate_series(1, 1200) AS n`;
  file = join(place, 'kept');
  const closed = await startTestApp({ database: app.database, apiToken: token });
  const got = await fetch(new URL('/backup', closed.url), { method: 'POST', headers: bearer, body: '{}' });
  await writeFile(file, Buffer.from(await got.arrayBuffer()));
  const refused = await Promise.all([
    sendRaw(new URL('/backup', closed.url).href, {
      headers: { 'content-type': 'application/json' },
      body: ['{}'],
    }),
    sendRaw(new URL('/backup', closed.url).href, {
      headers: { ...bearer, 'content-type': 'text/plain' },
      body: ['{}'],
    }),
    sendRaw(new URL('/backup', closed.url).href, { method: 'GET', headers: bearer }),
  ]);
  await closed.stop();
  expect(refused.map(({ status }) => status)).toEqual([401, 415, 405]);
  if (process.env.KEEP_BACKUP !== undefined) await writeFile(process.env.KEEP_BACKUP, await readFile(file));
});
afterAll(async () => {
  await app.stop();
  await rm(place, { recursive: true, force: true });
});

async function scheduleOf(of: TestApp): Promise<string> {
  const { schedules } = await of.query<{ schedules: { nodes: { path: string }[] } }>(
    '{ schedules(first: 1) { nodes { path } } }',
  );
  return schedules.nodes[0]?.path ?? '';
}

const leftOut = ['_prisma_migrations', 'ObjectChange', 'ChangeHorizon', 'Worker', 'WorkerProject'];

/** All rows that a backup keeps, as text. */
async function keptRows(store: Store): Promise<Record<string, string[]>> {
  await store.prisma.$executeRawUnsafe(`SET "TimeZone" = 'UTC'`);
  const texts = Object.entries(await tableTexts(store));
  return Object.fromEntries(
    texts.filter(([name]) => !leftOut.some((one) => name === `public.${one}` || name === `public."${one}"`)),
  );
}

async function emptyDatabase(url: string | null): Promise<TestDatabase> {
  const database = await freshDatabase(url);
  onTestFinished(() => database.drop());
  return database;
}

async function storeOn(database: TestDatabase): Promise<Store> {
  const store = await openStore({ location: database.location, onError: () => undefined, polls: false });
  onTestFinished(() => store.close());
  return store;
}

const numberOf = (contents: readonly Content[], table: string) =>
  contents.find((one) => one.table === table)?.rows;

test('a backup of a gateway that runs has all rows, and says which they are', async () => {
  const { header, contents } = await checkArchive(file);
  expect(header).toMatchObject({ format: 'meltano-graphql-backup-1', version: await packageVersion() });
  const rows = await keptRows(app.app.store);
  const counts = Object.entries(rows).map(([name, texts]) => [
    name.replace('public.', '').replaceAll('"', ''),
    texts.length,
  ]);
  expect(Object.fromEntries(contents.map(({ table, rows: count }) => [table, count]))).toEqual(
    Object.fromEntries(counts),
  );
  expect(numberOf(contents, 'RunLog')).toBe(1200);
});

test.each([
  ['the embedded database', null],
  ...(serverUrl === undefined ? [] : [['a server', serverUrl]]),
] as [string, string | null][])(
  'it comes back whole into %s, where the API answers as before',
  async (_where, url) => {
    const database = await emptyDatabase(url);
    const before = await keptRows(app.app.store);
    const contents = await bringBack(database.location, file);
    expect(numberOf(contents, 'Run')).toBe(2);
    const other = await startTestApp({ database });
    onTestFinished(() => other.stop());
    expect(await keptRows(other.app.store)).toEqual(before);
    const query = `{ runs { totalCount nodes { id status command env { name value } runAt blocks { nodes { command } } logs(last: 2) { nodes { message } } } }
    states { nodes { path completed { json } } } schedules { nodes { path isEnabled } } jobs { totalCount } }`;
    expect(await other.query(query)).toEqual(await app.query(query));
    // Triggers and foreign keys are back.
    await ask(other, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'after' });
    await expect(
      other.app.store.prisma.$executeRaw`UPDATE "Run" SET "projectId" = gen_random_uuid()`,
    ).rejects.toThrow();
    const [updated] = await other.app.store.prisma.$queryRaw<
      { changed: bigint }[]
    >`SELECT count(*) AS changed FROM "ObjectChange"`;
    expect(Number(updated?.changed)).toBeGreaterThan(0);
  },
);

test('a database that is not empty is left as it is', async () => {
  const before = await keptRows(app.app.store);
  await expect(bringBack(app.database.location, file)).rejects.toThrow(
    'The database is not empty, and nothing in it was changed. Name another one.',
  );
  expect(await keptRows(app.app.store)).toEqual(before);
});

test('a file that is damaged, or newer, is refused before anything is changed', async () => {
  const database = await emptyDatabase(null);
  const whole = await readFile(file);
  const lines = gunzipSync(whole).toString().split('\n');
  const without = (drop: (line: string, i: number) => boolean): Buffer =>
    gzipSync(lines.filter((line, i) => !drop(line, i)).join('\n'));
  const flipped = Buffer.from(whole);
  flipped.writeUInt8((flipped[whole.length >> 1] ?? 0) ^ 0xff, whole.length >> 1);
  const [head = '', ...others] = lines;
  const newer = head
    .replace('"migrations":[', '"migrations":[{"name":"29990101000000_later","checksum":"x"},')
    .replace(/"version":"[^"]*"/, '"version":"9.0.0"');
  const damaged: [Buffer, RegExp][] = [
    [Buffer.from('no backup'), /not a whole backup: it cannot be decompressed/],
    [gzipSync('{"some":"thing"}\n'), /not a whole backup: it does not begin like one/],
    [whole.subarray(0, whole.length / 2), /not a whole backup: it cannot be decompressed/],
    [flipped, /not a whole backup/],
    [without((line) => line.startsWith('#{"contents"')), /not a whole backup: its end is missing/],
    [
      without((line) => line.includes('"line 7"')),
      /not a whole backup: its rows are not those that were written/,
    ],
    [
      gzipSync([newer, ...others].join('\n')),
      /written by version 9\.0\.0, which is newer: .* "29990101000000_later"\. Take that version or a later one\./,
    ],
  ];
  for (const [content, reason] of damaged) {
    const path = join(place, 'damaged');
    await writeFile(path, content);
    await expect(bringBack(database.location, path)).rejects.toThrow(reason);
  }
  const store = await storeOn(database);
  expect(Object.values(await keptRows(store)).flat()).toEqual([]);
});

test('tables of a newer version are left as they are', async () => {
  const database = await emptyDatabase(null);
  const path = join(place, 'older');
  const [head = '', ...others] = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  const header = JSON.parse(head.slice(1)) as { migrations: object[] };
  header.migrations.pop();
  await writeFile(path, gzipSync([`#${JSON.stringify(header)}`, ...others].join('\n')));
  await expect(bringBack(database.location, path)).rejects.toThrow(
    'The database has the tables of a version that is newer than the backup. Name one that is new.',
  );
});

test('when it ends in the middle, nothing of it is there, and it can be done again', async () => {
  const database = await emptyDatabase(null);
  const path = join(place, 'broken');
  // A row of a run whose project is in no row: the check of foreign keys, at the very end, fails.
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  const { contents } = await checkArchive(file);
  const start = lines.indexOf('#{"table":"Project"}');
  const projects = numberOf(contents, 'Project') ?? 0;
  lines.splice(start + 1, projects);
  const left = contents.map((one) =>
    one.table === 'Project' ? { table: 'Project', rows: 0, digest: '0'.repeat(16) } : one,
  );
  lines.splice(
    lines.findIndex((line) => line.startsWith('#{"contents"')),
    1,
    `#${JSON.stringify({ contents: left })}`,
  );
  await writeFile(path, gzipSync(lines.join('\n')));
  await expect(bringBack(database.location, path)).rejects.toThrow();
  expect(numberOf(await bringBack(database.location, file), 'Run')).toBe(2);
});

const kept = new URL('../../fixtures/backups/', import.meta.url);
const names = (await readdir(kept)).filter((name) => !name.endsWith('.md'));

test('there is a backup of today at least', () => {
  expect(names).not.toEqual([]);
});

test.each(names)('what version %s has kept is read by this version', async (name) => {
  const path = new URL(name, kept).pathname;
  const pglite = await PGlite.create();
  onTestFinished(() => pglite.close());
  // The tables are made as that version had them, filled, and brought up to date.
  const contents = await bringBack({ kind: 'OPEN', pglite }, path);
  const other = await startTestApp({
    database: { location: { kind: 'OPEN', pglite }, drop: () => Promise.resolve() },
  });
  onTestFinished(() => other.stop());
  const lists = await other.query<Record<string, { totalCount: number }>>(`{
    projects { totalCount nodes { environments { totalCount } plugins { totalCount } } }
    jobs { totalCount } schedules { totalCount } services { totalCount }
    runs { totalCount nodes { status kind trigger command createdAt env { name value } blocks { nodes { kind command } } logs { nodes { message } } } }
    states { totalCount nodes { stateId completed { json } versions { totalCount } } }
  }`);
  const tables = {
    projects: 'Project',
    jobs: 'Job',
    schedules: 'Schedule',
    services: 'Service',
    runs: 'Run',
    states: 'State',
  };
  for (const [list, table] of Object.entries(tables))
    expect({ list, count: lists[list]?.totalCount }).toEqual({ list, count: numberOf(contents, table) });
  await ask(other, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'upgraded' });
});
