import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLoopback, parseHostName } from '../../src/lib/serving/host-name.ts';
import { maxBodyBytes } from '../../src/server/http/read-body.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { sendRaw } from '../kit/http.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { done } from '../kit/verbs/call.ts';

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ app, stop } = await startSampleApp({ slots: 0 }));
});
afterAll(() => stop());

const json = { 'content-type': 'application/json' };
const query = JSON.stringify({ query: '{ __typename }' });
const createJob = `mutation { createJob(input: { environment: "demo/dev", name: "forged", tasks: [{ blocks: ["report:count"] }] }) { __typename } }`;

/** The code of the first error in an answer. */
const codeOf = (body: string): unknown =>
  (JSON.parse(body) as { errors: [{ extensions: { code: unknown } }] }).errors[0].extensions.code;

async function forgedJob(): Promise<unknown> {
  return app.query('{ project(ref: "demo") { environment(name: "dev") { job(name: "forged") { id } } } }');
}
const noForgedJob = { project: { environment: { job: null } } };

describe('a request body', () => {
  const ofSize = (size: number): string => query + ' '.repeat(size - query.length);

  test('of the largest size is taken', async () => {
    const answer = await sendRaw(app.url, { headers: json, body: [ofSize(maxBodyBytes)] });
    expect(answer).toMatchObject({ status: 200, body: '{"data":{"__typename":"Query"}}' });
  });

  test('that says that it is larger is refused before it comes', async () => {
    const headers = { ...json, 'content-length': String(maxBodyBytes + 1) };
    const answer = await sendRaw(app.url, { headers, end: false });
    expect(answer.status).toBe(413);
    expect(codeOf(answer.body)).toBe('BODY_TOO_LARGE');
  });

  test('that is larger without saying so is refused before its end', async () => {
    const body = [ofSize(maxBodyBytes), ' '];
    const answer = await sendRaw(app.url, { headers: json, body, end: false });
    expect(answer.status).toBe(413);
  });

  // A library that goes through the body byte by byte would take half a minute.
  test('carries a state document of the largest size, as JSON and as text', async () => {
    const empty = { singer_state: { bookmarks: { sales: { note: '' } } } };
    const room = 5_000_000 - JSON.stringify(empty).length;
    empty.singer_state.bookmarks.sales.note = 'x'.repeat(room);
    for (const document of [{ json: empty }, { text: JSON.stringify(empty) }]) {
      const input = { environment: 'demo/dev', stateId: 'large', document };
      await done(app, 'setState', input, 'state { version }');
    }
  });

  test('that comes in small pieces is refused when there are too many of them', async () => {
    const body = Array.from({ length: maxBodyBytes / 1000 + 1 }, () => ' '.repeat(1000));
    const answer = await sendRaw(app.url, { headers: json, body, end: false });
    expect(answer.status).toBe(413);
  });

  test.each([1, 20])('of %i times the size is refused with an answer that arrives', async (times) => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const response = await fetch(app.url, {
        method: 'POST',
        headers: json,
        body: ' '.repeat(times * maxBodyBytes + 1),
      });
      expect(response.status).toBe(413);
      expect(codeOf(await response.text())).toBe('BODY_TOO_LARGE');
    }
  });

  test('that is broken off leaves the server as it was', async () => {
    const headers = { ...json, 'content-length': '100' };
    const { hostname, port, pathname } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
    await new Promise((resolve) => {
      socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{"query"`, resolve);
    });
    socket.resetAndDestroy();
    expect((await sendRaw(app.url, { headers: json, body: [query] })).status).toBe(200);
  });

  test.each(['{bad', '', 'null', '"text"', '17', `{${'"'.repeat(1_000_000)}`])(
    'that is no JSON object is a bad request, and is not repeated: %.20s',
    async (body) => {
      const answer = await sendRaw(app.url, { headers: json, body: [body] });
      expect(answer.status).toBe(400);
      expect(codeOf(answer.body)).toBe('BAD_REQUEST');
      expect(answer.body.length).toBeLessThan(200);
    },
  );

  test('with an object of too many keys is refused, and the answer says how to send it', async () => {
    const keys = Array.from({ length: 50_001 }, (_, i) => `"key of some length ${i}": 1`);
    const body = `{"query": "{ __typename }", "variables": {"state": {${keys.join()}}}}`;
    const answer = await sendRaw(app.url, { headers: json, body: [body] });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('more than 50000 keys. Give such a document as JSON text, in quotes.');
  });

  test('that comes byte by byte is taken', async () => {
    const text = query + ' '.repeat(10_000);
    const answer = await sendRaw(app.url, { headers: json, body: Array.from(text, (letter) => letter) });
    expect(answer).toMatchObject({ status: 200, body: '{"data":{"__typename":"Query"}}' });
  });

  test('with several operations at once is refused', async () => {
    const answer = await sendRaw(app.url, { headers: json, body: [`[${query},${query}]`] });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('Batching is not supported.');
  });

  test('that is compressed is refused', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' };
    const answer = await sendRaw(app.url, { headers, body: [gzipSync(query)] });
    expect(answer.status).toBe(415);
  });
});

describe('what the page of another site could send unasked', () => {
  const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
  const parts = `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: createJob })}\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n`;

  test.each([
    ['application/x-www-form-urlencoded', form({ query: createJob })],
    ['multipart/form-data; boundary=x', parts],
    ['text/plain', JSON.stringify({ query: createJob })],
    ['text/plain; application/json', JSON.stringify({ query: createJob })],
    ['application/graphql', createJob],
    [null, JSON.stringify({ query: createJob })],
  ])('a form of type %s is refused and changes nothing', async (type, body) => {
    const headers = {
      ...(type === null ? {} : { 'content-type': type }),
      origin: 'https://elsewhere.example',
    };
    const answer = await sendRaw(app.url, { headers, body: [body] });
    expect(answer.status).toBe(415);
    expect(codeOf(answer.body)).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(await forgedJob()).toEqual(noForgedJob);
  });

  test('a mutation in a GET request is refused and changes nothing', async () => {
    const url = `${app.url}?${form({ query: createJob })}`;
    for (const accept of ['application/json', 'text/event-stream', '*/*']) {
      const answer = await sendRaw(url, { method: 'GET', headers: { accept } });
      expect({ accept, status: answer.status }).toEqual({ accept, status: 405 });
    }
    expect(await forgedJob()).toEqual(noForgedJob);
  });

  test('no answer gives another origin leave to read it or to ask first', async () => {
    const origin = { origin: 'https://elsewhere.example' };
    const preflight = {
      ...origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const answers = [
      await sendRaw(app.url, { headers: { ...json, ...origin }, body: [query] }),
      await sendRaw(app.url, { method: 'OPTIONS', headers: preflight }),
      await sendRaw(`${app.url}?${form({ query: '{ __typename }' })}`, { method: 'GET', headers: origin }),
      await sendRaw(app.url, { method: 'GET', headers: { ...origin, accept: 'text/html' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 200, 200]);
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test('no other page may show GraphiQL in a frame', async () => {
    const { headers } = await sendRaw(app.url, { method: 'GET', headers: { accept: 'text/html' } });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});

test('no cache may keep an answer', async () => {
  const stream = { method: 'GET', headers: { accept: 'text/event-stream' } };
  const answers = [
    await sendRaw(app.url, { headers: json, body: [query] }),
    await sendRaw(app.url, { headers: json, body: ['{"query":"{"}'] }),
    await sendRaw(`${app.url}?query={__typename}`, { method: 'GET' }),
    await sendRaw(`${app.url}?query={__typename}`, stream),
    await sendRaw(app.url, { method: 'GET', headers: { accept: 'text/html' } }),
    await sendRaw(app.url, { headers: {} }),
    await sendRaw(new URL('/health', app.url).href, { method: 'GET' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 415, 200]);
  for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store');
});

describe('on a loopback address', () => {
  test.each([
    'elsewhere.example',
    'elsewhere.example:4000',
    '127.0.0.1.elsewhere.example',
    '192.168.1.1',
    '[::2]:80',
    'localhost.example',
  ])('a request to the name "%s" is refused', async (host) => {
    const answer = await sendRaw(app.url, { headers: { ...json, host }, body: [query] });
    expect(answer.status).toBe(403);
    expect(codeOf(answer.body)).toBe('FORBIDDEN_HOST');
  });

  test.each(['localhost', 'LocalHost:4000', '127.0.0.1', '127.9.9.9:1', '[::1]:4000', 'demo.localhost'])(
    'a request to the name "%s" is answered',
    async (host) => {
      const answer = await sendRaw(app.url, { headers: { ...json, host }, body: [query] });
      expect(answer.status).toBe(200);
    },
  );

  test('GraphiQL and the health check are for its own names, too', async () => {
    for (const path of ['/graphql', '/health']) {
      const url = new URL(path, app.url).href;
      const answer = await sendRaw(url, {
        method: 'GET',
        headers: { host: 'elsewhere.example', accept: 'text/html' },
      });
      expect(answer.status).toBe(403);
    }
  });
});

describe('a server with names of its own', () => {
  let named: TestApp;
  beforeAll(async () => {
    const allowedHosts = ['gateway.example', 'Other.Example:8080', '[2001:DB8::1]'].map(parseHostName);
    named = await startTestApp({ allowedHosts: allowedHosts.filter((host) => host !== null) });
  });
  afterAll(() => named.stop());

  test.each([
    ['gateway.example', 200],
    ['GATEWAY.example.:4000', 200],
    ['other.example:8080', 200],
    ['[2001:db8::1]:4000', 200],
    ['localhost', 200],
    ['other.example', 403],
    ['other.example:8081', 403],
    ['a.gateway.example', 403],
    ['gateway.example.evil', 403],
  ])('is asked for by the name %s: %i', async (host, status) => {
    const answer = await sendRaw(named.url, { headers: { ...json, host }, body: [query] });
    expect(answer.status).toBe(status);
  });
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['', false],
])('the address "%s" is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

test('the health check answers 200', async () => {
  expect((await fetch(new URL('/health', app.url))).status).toBe(200);
});

test('other paths are not found', async () => {
  expect((await fetch(new URL('/elsewhere', app.url))).status).toBe(404);
});
