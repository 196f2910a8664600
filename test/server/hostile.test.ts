import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { sendBytes } from '../kit/http.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const host = 'Host: localhost';

/** A request of these lines, and of a body. */
const lines = (...head: string[]): string => `${head.join('\r\n')}\r\n\r\n`;
const get = (target: string, ...headers: string[]): string => lines(`GET ${target} HTTP/1.1`, ...headers);
const asked = '/graphql?query=%7B__typename%7D';
const post = (body: string, ...headers: string[]): string =>
  lines(
    'POST /graphql HTTP/1.1',
    host,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...headers,
  ) + body;

/** What was sent, and the answer's status and code. */
const table: [what: string, sent: string, status: number, code: string][] = [
  ['another server as the target', get('http://evil/graphql', host), 400, 'BAD_REQUEST'],
  ['this server as the whole target', get('http://localhost/graphql', host), 400, 'BAD_REQUEST'],
  ['a target with a user', get('http://a:b@localhost/graphql', host), 400, 'BAD_REQUEST'],
  ['a target without a path', get('localhost', host), 400, 'BAD_REQUEST'],
  ['a target with a fragment', get('/graphql#x', host), 400, 'BAD_REQUEST'],
  ['a target that is not ASCII', get('/graphql?query=\xff', host), 400, 'BAD_REQUEST'],
  ['two slashes before a name', get('//evil/graphql', host), 404, 'NOT_FOUND'],
  ['dots that lead elsewhere', get('/graphql/../health', host), 404, 'NOT_FOUND'],
  ['a path with a slash at its end', get('/graphql/', host), 404, 'NOT_FOUND'],
  ['the path of the health check at the end of a query', get('/x?/health', host), 404, 'NOT_FOUND'],
  ['an encoded path', get('/graph%71l', host), 404, 'NOT_FOUND'],
  ['a path that is encoded wrongly', get('/%zz', host), 404, 'NOT_FOUND'],
  ['a path that begins with a back slash', get('\\graphql', host), 400, 'BAD_REQUEST'],
  ['a bracket as the host', get(asked, 'Host: ['), 400, 'BAD_REQUEST'],
  ['an unclosed address as the host', get(asked, 'Host: [::1'), 400, 'BAD_REQUEST'],
  ['an address with a zone as the host', get(asked, 'Host: [fe80::1%25lo]'), 400, 'BAD_REQUEST'],
  ['a host with a blank', get(asked, 'Host: x y.localhost'), 400, 'BAD_REQUEST'],
  ['a port that is too large', get(asked, 'Host: 127.0.0.1:99999'), 400, 'BAD_REQUEST'],
  ['a port that is no number', get(asked, 'Host: localhost:x'), 400, 'BAD_REQUEST'],
  ['two ports', get(asked, 'Host: localhost:1:2'), 400, 'BAD_REQUEST'],
  ['a fragment in the host', get(asked, 'Host: evil.test#.localhost'), 400, 'BAD_REQUEST'],
  ['a path in the host', get(asked, 'Host: evil.test/.localhost'), 400, 'BAD_REQUEST'],
  ['a query in the host', get(asked, 'Host: evil.test?.localhost'), 400, 'BAD_REQUEST'],
  ['a user in the host', get(asked, 'Host: evil.test@localhost'), 400, 'BAD_REQUEST'],
  ['two names in the host', get(asked, 'Host: evil.test,localhost'), 400, 'BAD_REQUEST'],
  ['an empty part of the host', get(asked, 'Host: evil..localhost'), 400, 'BAD_REQUEST'],
  ['letters that are not ASCII in the host', get(asked, 'Host: \xe4.localhost'), 400, 'BAD_REQUEST'],
  ['an encoded host', get(asked, 'Host: %6cocalhost'), 400, 'BAD_REQUEST'],
  ['an empty host', get(asked, 'Host:'), 400, 'BAD_REQUEST'],
  ['a host of 300 characters', get(asked, `Host: ${'a.'.repeat(150)}localhost`), 400, 'BAD_REQUEST'],
  ['no host', get(asked), 400, 'BAD_REQUEST'],
  ['no host in HTTP/1.0', lines(`GET ${asked} HTTP/1.0`), 400, 'BAD_REQUEST'],
  ['two hosts', get(asked, host, 'Host: evil.test'), 400, 'BAD_REQUEST'],
  ['the same host twice', get(asked, host, host), 400, 'BAD_REQUEST'],
  ['a host that is not ours', get(asked, 'Host: evil.test'), 403, 'FORBIDDEN_HOST'],
  [
    'a number that a browser may take for a loopback address',
    get(asked, 'Host: 127.1'),
    403,
    'FORBIDDEN_HOST',
  ],
  ['OPTIONS of the whole server', lines('OPTIONS * HTTP/1.1', host), 400, 'BAD_REQUEST'],
  ['CONNECT', lines('CONNECT evil.test:80 HTTP/1.1', 'Host: evil.test:80'), 405, 'METHOD_NOT_ALLOWED'],
  ['TRACE', lines('TRACE /graphql HTTP/1.1', host), 405, 'METHOD_NOT_ALLOWED'],
  ['PUT', lines('PUT /graphql HTTP/1.1', host), 405, 'METHOD_NOT_ALLOWED'],
  ['DELETE', lines('DELETE /graphql HTTP/1.1', host), 405, 'METHOD_NOT_ALLOWED'],
  ['POST of the health check', lines('POST /health HTTP/1.1', host), 405, 'METHOD_NOT_ALLOWED'],
  ['a method that HTTP does not have', lines('HACK /graphql HTTP/1.1', host), 400, 'BAD_REQUEST'],
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
  ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00', 400, 'BAD_REQUEST'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a header without a name', get(asked, host, ': x'), 400, 'BAD_REQUEST'],
  ['a length beside chunks', post('{}', 'Transfer-Encoding: chunked'), 400, 'BAD_REQUEST'],
  ['two lengths', post('{}', 'Content-Length: 3'), 400, 'BAD_REQUEST'],
  [
    'an address of 100,000 characters',
    get(`/graphql?query=${'x'.repeat(100_000)}`, host),
    431,
    'HEADERS_TOO_LARGE',
  ],
  ['headers of 100,000 characters', get(asked, host, `X: ${'x'.repeat(100_000)}`), 431, 'HEADERS_TOO_LARGE'],
  ['a query that is encoded wrongly', get('/graphql?query=%zz', host), 400, 'BAD_REQUEST'],
  ['a query that is not UTF-8', get('/graphql?query=%ff', host), 400, 'BAD_REQUEST'],
  ['two queries', get(`${asked}&query=x`, host), 400, 'BAD_REQUEST'],
  ['variables that are not JSON', get(`${asked}&variables=%7B`, host), 400, 'BAD_REQUEST'],
  ['variables that are a list', get(`${asked}&variables=[]`, host), 400, 'BAD_REQUEST'],
  [
    'variables that are a text',
    get(`${asked}&variables="x"`.replaceAll('"', '%22'), host),
    400,
    'BAD_REQUEST',
  ],
  ['extensions that are not JSON', get(`${asked}&extensions=x`, host), 400, 'BAD_REQUEST'],
  ['extensions that are a number', get(`${asked}&extensions=1`, host), 400, 'BAD_REQUEST'],
  [
    'variables that are a text in a body',
    post('{"query":"{__typename}","variables":"x"}'),
    400,
    'BAD_REQUEST',
  ],
  [
    'extensions that are a list in a body',
    post('{"query":"{__typename}","extensions":[]}'),
    400,
    'BAD_REQUEST',
  ],
  ['a WebSocket', get(asked, host, 'Connection: Upgrade', 'Upgrade: websocket'), 400, 'BAD_REQUEST'],
  ['a body that is not UTF-8', post('{"query":"\xff\xfe'), 400, 'BAD_REQUEST'],
  ['a body of a megabyte of brackets', post('['.repeat(1_000_000)), 400, 'BAD_REQUEST'],
];

test.each(table)('%s is refused, and nothing else happens', async (_what, sent, status, code) => {
  const answer = await sendBytes(app.url, sent);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).not.toMatch(/node_modules|\.ts\b|\.js\b|\bat .*:\d+/);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head.toLowerCase()).toContain('\r\ncache-control: no-store');
  expect(head.toLowerCase()).toContain('\r\ncontent-type: application/json');
  const { errors } = JSON.parse(body) as { errors: { message: string; extensions: unknown }[] };
  expect(errors).toEqual([{ message: expect.any(String) as unknown, extensions: { code } }]);
  expect(answer.length).toBeLessThan(1000);
});

test('what is unusual and allowed is answered', async () => {
  const sent = [
    lines(`GET ${asked} HTTP/1.0`, host),
    get(asked, 'Host: LOCALHOST.:4000'),
    get(asked, 'hOST: [::1]'),
    get(asked, host, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    get('/graphql?query={__typename}&variables={}&other=|', host),
    get(`${asked}&variables=null&extensions=null`, host),
    post('{"query":"{__typename}"}', 'Expect: 100-continue'),
  ];
  for (const text of sent) {
    const answer = await sendBytes(app.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 (200|100) /);
    expect(answer).toContain('{"data":{"__typename":"Query"}}');
  }
});

test('a refusal ends no other request on the same connection', async () => {
  const answer = await sendBytes(app.url, get('/nothing', host) + get(asked, host));
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['404', '200']);
});

test('none of it was an error of the gateway', () => {
  expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
