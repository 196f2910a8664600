import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { sendRaw, type RawAnswer } from '../../kit/http.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';
const origins = ['https://console.example', 'http://localhost:5173'];
const [allowed = ''] = origins;
const json = { 'content-type': 'application/json' };
const bearer = { authorization: `Bearer ${token}` };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    corsOrigins: origins,
    apiToken: token,
    allowedHosts: [{ name: 'gateway.example', port: null }],
  });
});
afterAll(() => app.stop());

/** What a browser looks at, to decide whether the page may read the answer. */
const readableBy = ({ headers }: RawAnswer): unknown => headers['access-control-allow-origin'];

const preflight = (origin: string, headers: Record<string, string> = {}, path = '/graphql') =>
  sendRaw(new URL(path, app.url).href, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-client',
      ...headers,
    },
  });

const post = (headers: Record<string, string>, query = '{ __typename }') =>
  sendRaw(app.url, { headers: { ...json, ...headers }, body: [JSON.stringify({ query })] });

describe('a page of an origin that is named', () => {
  test.each(origins)('from %s may ask, and needs no token to ask whether it may', async (origin) => {
    const answer = await preflight(origin);
    expect(answer).toMatchObject({
      status: 204,
      body: '',
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': 'authorization,content-type,x-client',
        'access-control-max-age': '7200',
        vary: 'origin',
      },
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('reads answers and refusals, whatever makes them', async () => {
    const from = { origin: allowed };
    const stream = {
      method: 'GET',
      headers: { ...from, ...bearer, accept: 'text/event-stream' },
    };
    const answers = [
      await post({ ...from, ...bearer }),
      await post({ ...from, ...bearer }),
      await post({ ...from, ...bearer }, '{'),
      await post(from),
      await post({ ...from, ...bearer, 'content-type': 'text/plain' }),
      await sendRaw(`${app.url}?query={__typename}`, { method: 'GET', headers: { ...from, ...bearer } }),
      await sendRaw(`${app.url}?query=subscription{runUpdated(run:"x/y/z"){id}}`, stream),
      await sendRaw(new URL('/schema.graphql', app.url).href, {
        method: 'GET',
        headers: { ...from, ...bearer },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 415, 200, 200, 200]);
    expect(answers.map(readableBy)).toEqual(answers.map(() => allowed));
    expect(answers.map(({ headers }) => headers.vary)).toEqual(answers.map(() => 'origin'));
  });

  test('calls the server by a name that is allowed, and by no other', async () => {
    const answers = [
      await preflight(allowed, { host: 'gateway.example' }),
      await post({ origin: allowed, host: 'gateway.example', ...bearer }),
      await preflight(allowed, { host: 'elsewhere.example' }),
      await post({ origin: allowed, host: 'elsewhere.example', ...bearer }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 403, 403]);
  });
});

test.each([
  'https://elsewhere.example',
  'https://console.example:8443',
  'http://console.example',
  'https://console.example.elsewhere.example',
  'https://CONSOLE.example',
  'null',
  '*',
])('a page from %s may neither read nor ask', async (origin) => {
  const answers = [
    await preflight(origin),
    await post({ origin, ...bearer }),
    await sendRaw(`${app.url}?query={__typename}`, { method: 'GET', headers: { origin, ...bearer } }),
  ];
  // A question that is not known for one needs the token, like all else.
  expect(answers.map(({ status }) => status)).toEqual([401, 200, 200]);
  for (const { headers } of answers) {
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    // A cache may not give one origin what was answered to another.
    expect(headers.vary).toBe('origin');
  }
});

test('OPTIONS that is no question of a browser is a method that is not served', async () => {
  const { status, headers } = await sendRaw(app.url, {
    method: 'OPTIONS',
    headers: { origin: allowed, ...bearer },
  });
  expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD, POST' });
});

test.each([
  [allowed, 'open'],
  ['https://elsewhere.example', 'unexpected-response'],
  ['null', 'unexpected-response'],
])('a WebSocket of a page from %s: %s', async (origin, event) => {
  const socket = new WebSocket(app.url.replace('http', 'ws'), ['graphql-transport-ws'], { origin });
  socket.on('error', () => undefined);
  await once(socket, event);
  socket.terminate();
});
