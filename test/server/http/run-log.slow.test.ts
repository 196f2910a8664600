import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';
import { sendRaw, type RawAnswer } from '../../kit/http.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';
/** More than are measured at a time. */
const count = 25_000;

let app: TestApp;
let seed: ReturnType<typeof seeder>;
let project: string;
const urls: Record<'long' | 'short' | 'live', string> = { long: '', short: '', live: '' };
let live: string;

const urlOf = (id: string): string =>
  new URL(`runs/${encodeGlobalId({ type: 'Run', id })}/log`, app.url).href;

const begin = Date.UTC(2026, 10, 30, 12);

beforeAll(async () => {
  app = await startTestApp({ apiToken: token, corsOrigins: ['https://console.example'] });
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'lines' });
  const long = await seed.run(project, { status: 'SUCCEEDED', logCount: count });
  await app.app.store.prisma.$executeRaw`
    INSERT INTO "RunLog" ("runId", sequence, "timestamp", level, plugin, message)
    SELECT ${long}::uuid, n, ${new Date(begin)}::timestamptz + n * interval '1 ms', 'INFO', CASE n % 2 WHEN 0 THEN 'tap' END,
      'zeile é ' || n FROM generate_series(1, ${count}) AS n`;
  const short = await seed.run(project, { status: 'FAILED' });
  const timestamp = new Date(begin);
  await seed.log(short, { sequence: 1, message: 'one', timestamp });
  await seed.log(short, {
    ...{ sequence: 2, timestamp, level: 'ERROR', plugin: 'tap', stdio: 'STDERR', message: 'two\nlines "😀"' },
    ...{ ansiText: 'two\nlines \u001b[1m"😀"', fields: { a: [1, null] } },
  });
  live = await seed.run(project, { status: 'RUNNING' });
  await seed.log(live, { sequence: 1, message: 'first', timestamp });
  Object.assign(urls, { long: urlOf(long), short: urlOf(short), live: urlOf(live) });
});
afterAll(() => app.stop());

const ask = (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> =>
  sendRaw(url, { method, headers: { authorization: `Bearer ${token}`, ...headers } });

const wholeLong = (): Buffer =>
  Buffer.from(
    Array.from(
      { length: count },
      (_, i) =>
        `${new Date(begin + i + 1).toISOString()} INFO ${i % 2 === 1 ? 'tap' : 'meltano'}: zeile é ${i + 1}\n`,
    ).join(''),
  );

test('the API says where the log is', async () => {
  const { body } = await sendRaw(app.url, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: [JSON.stringify({ query: '{ runs(filter: { statuses: [FAILED] }) { nodes { logUrl } } }' })],
  });
  const { data } = JSON.parse(body) as { data: { runs: { nodes: { logUrl: string }[] } } };
  expect(new URL(data.runs.nodes[0]?.logUrl ?? '', app.url).href).toBe(urls.short);
});

test('a log comes as text or as JSON, as the address or the Accept header says', async () => {
  const text =
    '2026-11-30T12:00:00.000Z INFO meltano: one\n2026-11-30T12:00:00.000Z ERROR tap: two\nlines "😀"\n';
  const nothing = { plugin: null, stdio: null, ansiText: null, fields: null };
  const objects = [
    { sequence: 1, timestamp: '2026-11-30T12:00:00.000Z', level: 'INFO', message: 'one', ...nothing },
    {
      ...{
        sequence: 2,
        timestamp: '2026-11-30T12:00:00.000Z',
        level: 'ERROR',
        plugin: 'tap',
        stdio: 'STDERR',
      },
      ...{ message: 'two\nlines "😀"', ansiText: 'two\nlines \u001b[1m"😀"', fields: { a: [1, null] } },
    },
  ];
  for (const [url, accept] of [
    [urls.short, '*/*'],
    [urls.short, 'text/html, */*;q=0.8'],
    [urls.short, 'application/x-ndjson;q=0.5, text/*'],
    [`${urls.short}.txt`, 'application/json'],
  ] as const) {
    const { status, headers, body } = await ask(url, { accept });
    expect({ status, body }).toEqual({ status: 200, body: text });
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
  }
  for (const [url, accept] of [
    [urls.short, 'application/x-ndjson'],
    [`${urls.short}.ndjson`, '*/*'],
  ] as const) {
    const { headers, body } = await ask(url, { accept });
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = body.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(objects);
  }
  expect((await ask(urls.short, { accept: 'application/json' })).status).toBe(406);
});

test('a long log is sent in pieces, and each range of it is what it is of the whole', async () => {
  const whole = wholeLong();
  const { status, body, headers } = await ask(urls.long);
  expect(status).toBe(200);
  expect(body === whole.toString()).toBe(true);
  const head = await ask(urls.long, {}, 'HEAD');
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers).toMatchObject({ 'content-length': String(whole.length), etag: headers.etag });
  const { length } = whole;
  const ranges: [string, number, number][] = [
    ['0-0', 0, 1],
    ['0-99', 0, 100],
    ['7-999999999', 7, length],
    [`${length - 10}-`, length - 10, length],
    ['-33', length - 33, length],
    ['-999999999', 0, length],
    ...[400_000, 499_999, 900_001].map((at): [string, number, number] => [`${at}-${at + 200}`, at, at + 201]),
  ];
  for (const [range, start, end] of ranges) {
    const answer = await ask(urls.long, { range: `bytes=${range}` });
    expect([range, answer.status, answer.headers['content-range'], answer.headers['content-length']]).toEqual(
      [...[range, 206, `bytes ${start}-${end - 1}/${length}`, String(end - start)]],
    );
    // A range may begin within a letter.
    expect(answer.body === whole.subarray(start, end).toString()).toBe(true);
  }
});

test('what is no range of bytes gives the whole, and one beyond the end is refused', async () => {
  for (const range of ['bytes=3-2', 'bytes=0-1, 3-4', 'lines=1-2', 'bytes=-', 'bytes=a-b'])
    expect((await ask(urls.short, { range })).status).toBe(200);
  const size = Number((await ask(urls.short, {}, 'HEAD')).headers['content-length']);
  for (const range of [`bytes=${size}-`, 'bytes=-0']) {
    const refused = await ask(urls.short, { range });
    expect(refused).toMatchObject({ status: 416, headers: { 'content-range': `bytes */${size}` } });
  }
});

test('a client that has the log need not fetch it again, and goes on with one that it has a part of', async () => {
  const { headers } = await ask(urls.short);
  const etag = String(headers.etag);
  expect((await ask(urls.short, { 'if-none-match': etag })).status).toBe(304);
  expect((await ask(`${urls.short}.ndjson`, { 'if-none-match': etag })).status).toBe(200);
  const range = 'bytes=5-9';
  expect((await ask(urls.short, { range, 'if-range': etag })).status).toBe(206);
  expect((await ask(urls.short, { range, 'if-range': '"another"' })).status).toBe(200);
});

test('of a run that goes on, a range gives what has come since', async () => {
  const before = await ask(urls.live);
  const size = Buffer.byteLength(before.body);
  expect((await ask(urls.live, { range: `bytes=${size}-` })).status).toBe(416);
  await seed.log(live, { sequence: 2, message: 'second', timestamp: new Date(begin) });
  const more = await ask(urls.live, { range: `bytes=${size}-` });
  expect(more).toMatchObject({ status: 206, body: '2026-11-30T12:00:00.000Z INFO meltano: second\n' });
  const whole = await ask(urls.live);
  expect(whole.body).toBe(before.body + more.body);
  expect(whole.headers.etag).not.toBe(before.headers.etag);
});

test('a log is given to nobody without the token, and there is none of what is no run', async () => {
  expect((await sendRaw(urls.short, { method: 'GET' })).status).toBe(401);
  expect((await ask(urls.short, { host: 'elsewhere.example' })).status).toBe(403);
  expect((await ask(urls.short, {}, 'POST')).status).toBe(405);
  const gone = await seed.run(project, { status: 'SUCCEEDED' });
  await app.app.store.runs.deleteEnded(gone);
  for (const id of [gone, randomUUID()]) expect((await ask(urlOf(id))).status).toBe(404);
  const other = new URL(`runs/${encodeGlobalId({ type: 'Project', id: project })}/log`, app.url).href;
  for (const url of [other, new URL('runs/x/log', app.url).href, `${urls.short}.csv`, `${urls.short}/`])
    expect((await ask(url)).status).toBe(404);
});

test('a page of an allowed origin can read it', async () => {
  const { headers } = await ask(urls.short, { origin: 'https://console.example' });
  expect(headers['access-control-allow-origin']).toBe('https://console.example');
  expect(headers['access-control-expose-headers']).toContain('content-range');
  expect(String(headers.vary).split(', ').sort()).toEqual(['accept', 'origin']);
});

test('an answer of a run without lines is empty', async () => {
  const empty = urlOf(await seed.run(project, { status: 'CANCELLED' }));
  expect(await ask(empty)).toMatchObject({ status: 200, body: '', headers: { 'content-length': '0' } });
  expect((await ask(empty, { range: 'bytes=0-' })).status).toBe(416);
});
