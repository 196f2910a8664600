import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PGlite } from '@electric-sql/pglite';
import { serialize } from 'pg-protocol';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/store/database/database.ts';
import { exchangeWith } from '../../src/store/database/embedded/exchange.ts';
import { hostPglite } from '../../src/store/database/embedded/pglite-host.ts';
import { sendInBatches } from '../../src/store/database/embedded/batches.ts';
import { vacuumWhenIdle } from '../../src/store/database/embedded/vacuum.ts';
import { channel } from '../../src/store/database/notify.ts';
import { sessionOf } from '../../src/store/database/embedded/session.ts';
import { backUpOpen } from '../../src/backup/back-up.ts';
import { checkArchive } from '../../src/backup/archive.ts';
import { openStore } from '../../src/store/index.ts';
import { waitFor } from '../kit/wait.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meltano-graphql-embedded-'));
  // To make the first files takes several seconds.
  await cp(join(inject('snapshotDirectory'), 'postgres'), join(directory, 'postgres'), { recursive: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function hostOf(onEnded: (error: Error) => void): ReturnType<typeof hostPglite> {
  return hostPglite({
    directory: join(directory, 'postgres'),
    isDiskFull: () => false,
    onEnded,
    silenceMs: { usual: 5000, onFullDisk: 5000 },
  });
}

/** The answer of a statement that starts PostgreSQL anew: on a busy machine, longer than a statement may wait. */
const answered = <T>(ask: () => Promise<T>): Promise<T> =>
  waitFor('An answer', () => ask().catch(() => null));

test('an embedded PostgreSQL that never answers is ended, and the next statement starts it anew', async () => {
  const ended: string[] = [];
  const host = hostOf(({ message }) => ended.push(message));
  // As the program does: the start may take longer than a statement may wait.
  await host.open();
  const { pool, listenTo } = sessionOf(host.open);
  const heard: string[] = [];
  await listenTo('news')(
    (payload) => heard.push(payload),
    () => undefined,
  );
  await pool.query('CREATE TABLE kept AS SELECT 1 AS n');

  // PostgreSQL in WebAssembly cannot be interrupted while it works.
  const endless = pool.query('SELECT count(*) FROM generate_series(1, 1e12)');
  await expect(endless).rejects.toThrow('has not answered for 5 seconds');
  expect(ended).toHaveLength(1);

  const { rows } = await answered(() => pool.query('SELECT n FROM kept'));
  expect(rows).toEqual([{ n: 1 }]);
  await pool.query(`NOTIFY news, 'still heard'`);
  expect(heard).toEqual(['still heard']);
  await pool.end();
  await host.close();
});

test('an embedded PostgreSQL keeps nothing of the answers that it has given', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const pglite = await PGlite.create({ dataDir: join(directory, 'postgres') });
  const exchange = exchangeWith(pglite);
  const answerBytes = 10_000;
  const ask = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i += 1) {
      const answer = await exchange(serialize.query(`SELECT repeat('x', ${answerBytes})`));
      expect(answer.length).toBeGreaterThan(answerBytes);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await ask(100);
  const after = await ask(2000);
  await pglite.close();
  expect(after - before).toBeLessThan(500 * answerBytes);
});

test('the space of deleted rows is given back, although somebody uses the database all the time', async () => {
  const host = hostOf(() => undefined);
  await host.open();
  const { pool } = sessionOf(host.open);
  const send = async (text: string) => (await pool.query<{ size: string }>(text)).rows;
  const errors: unknown[] = [];
  const endVacuum = vacuumWhenIdle(pool, (error) => errors.push(error), 200);
  let isOver = false;
  const others = Array.from({ length: 2 }, async () => {
    while (!isOver) await send('SELECT 1');
  });
  await send('CREATE TABLE line (n int, text text)');
  await send(`INSERT INTO line SELECT n, repeat('x', 200) FROM generate_series(1, 60000) AS n`);
  await send('DELETE FROM line');
  const size = async () => Number((await send(`SELECT pg_total_relation_size('line') AS size`))[0]?.size);
  expect(await size()).toBeGreaterThan(10_000_000);
  await waitFor('The space', async () => (await size()) < 100_000);
  isOver = true;
  await Promise.all(others);
  endVacuum();
  expect(errors).toEqual([]);
  await pool.end();
  await host.close();
});

test('a database in a directory gives back the space of deleted rows', async () => {
  const database = await openDatabase({ kind: 'EMBEDDED', directory, processId: process.pid });
  const send = (text: string) => database.query(text, []);
  await send(`CREATE TABLE line AS SELECT repeat('x', 200) AS text FROM generate_series(1, 5000)`);
  await send('DELETE FROM line');
  const size = async () => Number((await send(`SELECT pg_total_relation_size('line') AS size`))[0]?.size);
  expect(await size()).toBeGreaterThan(1_000_000);
  while ((await size()) > 100_000) await sleep(500);
  await database.close();
});

test('statements that are asked for at once are answered each by its own, and one that fails fails alone', async () => {
  const database = await openDatabase({ kind: 'EMBEDDED', directory, processId: process.pid });
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        database.query(i % 10 === 3 ? 'SELECT 1 / ($1::int - $1)' : 'SELECT $1::int AS n', [i]),
      ),
    );
    answers.forEach((answer, i) => {
      if (i % 10 === 3) expect(answer).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
      else expect(answer).toEqual({ status: 'fulfilled', value: [{ n: i }] });
    });
  }
  await database.close();
});

test('a statement beside others wakes who listens', async () => {
  const database = await openDatabase({ kind: 'EMBEDDED', directory, processId: process.pid });
  const heard: string[] = [];
  await database.listen(
    (payload) => heard.push(payload),
    () => undefined,
  );
  await Promise.all([1, 2, 3].map((n) => database.query('SELECT pg_notify($1, $2)', [channel, String(n)])));
  expect(heard.sort()).toEqual(['1', '2', '3']);
  await database.close();
});

test('statements go on with the settings and the subscriptions of their session after it was lost', async () => {
  const host = hostOf(() => undefined);
  await host.open();
  const session = sessionOf(host.open);
  const send = sendInBatches(session);
  const heard: string[] = [];
  await session.listenTo('news')(
    (payload) => heard.push(payload),
    () => undefined,
  );
  const ask = async () => {
    for (let i = 0; i < 3; i += 1) expect(await send('SELECT $1::int AS n', [i])).toEqual([{ n: i }]);
    expect(await send('SHOW plan_cache_mode', [])).toEqual([{ plan_cache_mode: 'force_generic_plan' }]);
  };
  await ask();
  const endless = send('SELECT count(*) FROM generate_series(1, 1e12)', []);
  await expect(endless).rejects.toThrow('has not answered for 5 seconds');
  await answered(() => send('SELECT 1', []));
  await ask();
  await send('NOTIFY news', []);
  expect(heard).toEqual(['']);
  await session.pool.end();
  await host.close();
});

test('others are answered while a backup is written, which has the rows of one moment', async () => {
  const location = { kind: 'EMBEDDED', directory, processId: process.pid } as const;
  const store = await openStore({ location, onError: () => undefined, polls: false });
  const insert = (from: number, to: number): Promise<number> =>
    store.prisma
      .$executeRaw`INSERT INTO "ClientRequest" ("clientRequestId", mutation, "inputDigest", answer, "createdAt")
      SELECT 'request-' || n, 'setState', 'x', '{}', now() FROM generate_series(${from}::int, ${to}::int) AS n`;
  await insert(1, 20_000);
  const order: string[] = [];
  const backup = backUpOpen(store, directory, '1.0.0').then((path) => {
    order.push('backup');
    return path;
  });
  // They come one after the other, and the first may come before the backup.
  for (let i = 0; i < 3; i++) await insert(20_001 + i, 20_001 + i);
  order.push('others');
  const { contents } = await checkArchive(await backup);
  await store.close();
  expect(order).toEqual(['others', 'backup']);
  const rows = contents.find(({ table }) => table === 'ClientRequest')?.rows;
  expect(rows).toBeGreaterThanOrEqual(20_000);
  expect(rows).toBeLessThanOrEqual(20_003);
});
