import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { sendRaw, type RawAnswer } from '../kit/http.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';
const query = '{ __typename }';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ apiToken: token });
});
afterAll(() => app.stop());

/** What the gateway must not say anywhere. */
const said: string[] = [];
afterEach(() => {
  expect(JSON.stringify(app.logged)).not.toContain(token);
  expect(said.splice(0).join()).not.toContain(token);
});

/** Sends a request on one of the roads in, from one of the addresses of this machine. */
async function ask(
  road: 'POST' | 'GET' | 'SSE' | 'MUTATION',
  authorization?: string,
  localAddress = '127.0.0.1',
): Promise<RawAnswer> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const byGet = `${app.url}?query=${encodeURIComponent(query)}`;
  const byPost = (text: string) => ({
    headers: { ...headers, 'content-type': 'application/json' },
    body: [JSON.stringify({ query: text })],
    localAddress,
  });
  const accept = 'text/event-stream';
  const answer = await {
    POST: () => sendRaw(app.url, byPost(query)),
    MUTATION: () =>
      sendRaw(app.url, byPost('mutation { cancelRun(input: { run: "x/y/z" }) { __typename } }')),
    GET: () => sendRaw(byGet, { method: 'GET', headers, localAddress }),
    SSE: () => sendRaw(byGet, { method: 'GET', headers: { ...headers, accept }, localAddress }),
  }[road]();
  said.push(answer.body, JSON.stringify(answer.headers));
  return answer;
}

const codeOf = ({ body }: RawAnswer): unknown =>
  (JSON.parse(body) as { errors: [{ extensions: { code: unknown } }] }).errors[0].extensions.code;

describe.each(['POST', 'GET', 'SSE', 'MUTATION'] as const)('by %s', (road) => {
  test('the token opens', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
      const answer = await ask(road, `${scheme} ${token}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatch(/"__typename":"(Query|NotFound)"/);
    }
  });

  // The second time the compiled query would answer.
  test.each([
    ['nothing', undefined],
    ['another scheme', `Basic ${token}`],
    ['no token', 'Bearer '],
    ['the token alone', token],
    ['two tokens', `Bearer ${token} ${token}`],
  ])('%s does not', async (_what, authorization) => {
    for (let time = 0; time < 2; time++) {
      const answer = await ask(road, authorization);
      expect(answer.status).toBe(401);
      expect(codeOf(answer)).toBe('UNAUTHENTICATED');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="meltano-graphql"');
    }
  });

  test.each([
    ['the beginning of the token', token.slice(0, -1), '127.0.1.1'],
    ['more than the token', `${token}x`, '127.0.1.2'],
    ['the token in capitals', token.toUpperCase(), '127.0.1.3'],
    ['another token of the same length', 'x'.repeat(token.length), '127.0.1.4'],
    ['a token of 10,000 characters', 'x'.repeat(10_000), '127.0.1.5'],
  ])('%s does not', async (_what, wrong, from) => {
    const answer = await ask(road, `Bearer ${wrong}`, from);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="meltano-graphql", error="invalid_token"');
  });
});

test('a token in the address or in the body does not open', async () => {
  const byGet = `${app.url}?query=${encodeURIComponent(query)}&access_token=${token}`;
  expect((await sendRaw(byGet, { method: 'GET' })).status).toBe(401);
  const headers = { 'content-type': 'application/json' };
  const body = [JSON.stringify({ query, access_token: token, extensions: { token } })];
  expect((await sendRaw(app.url, { headers, body })).status).toBe(401);
});

test('a body is not read before the token is right', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': '1000000' };
  expect((await sendRaw(app.url, { headers, end: false })).status).toBe(401);
});

test('the health check and the page of GraphiQL are open, and hold nothing of the data', async () => {
  const health = await sendRaw(new URL('/health', app.url).href, { method: 'GET' });
  const parts = { gateway: 'ok', database: 'ok', migrations: 'ok', queue: 'ok', worker: 'ok' };
  expect([health.status, JSON.parse(health.body)]).toEqual([200, { status: 'ready', ...parts }]);
  const page = await sendRaw(app.url, { method: 'GET', headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(page.body).toContain('project/environment/job');
});

describe('whoever guesses', () => {
  const wrong = `Bearer ${'w'.repeat(40)}`;

  test('has to wait after ten wrong tokens, even with the right one, and nobody else has to', async () => {
    const from = '127.0.2.1';
    for (let time = 0; time < 10; time++) expect((await ask('POST', wrong, from)).status).toBe(401);
    for (const authorization of [wrong, `Bearer ${token}`]) {
      const answer = await ask('POST', authorization, from);
      expect(answer.status).toBe(429);
      expect(codeOf(answer)).toBe('LIMIT_EXCEEDED');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect((await ask('POST', `Bearer ${token}`, '127.0.2.2')).status).toBe(200);
    expect(app.logged.filter(({ fields }) => fields.address === from)).toHaveLength(1);
  });

  test('behind an address from which the right token comes does not keep that one waiting', async () => {
    const from = '127.0.2.3';
    expect((await ask('POST', `Bearer ${token}`, from)).status).toBe(200);
    for (let time = 0; time < 10; time++) expect((await ask('POST', wrong, from)).status).toBe(401);
    expect((await ask('POST', wrong, from)).status).toBe(429);
    expect((await ask('POST', `Bearer ${token}`, from)).status).toBe(200);
  });
});
