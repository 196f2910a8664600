import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestApp } from '../kit/app.ts';
import { sendRaw, type RawAnswer } from '../kit/http.ts';
import { startSampleApp } from '../kit/sample-app.ts';

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ app, stop } = await startSampleApp({ slots: 0 }));
});
afterAll(() => stop());

interface Asked {
  query?: string;
  operationName?: string;
  variables?: object;
  extensions?: object;
}

const types = { 'content-type': 'application/json' };

const post = (asked: Asked, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  sendRaw(app.url, { headers: { ...types, ...headers }, body: [JSON.stringify(asked)] });

const addressOf = (asked: Asked): string => {
  const address = new URL(app.url);
  for (const [name, value] of Object.entries(asked)) {
    address.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return address.href;
};

const get = (asked: Asked, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> =>
  sendRaw(addressOf(asked), { method, headers });

const ways = [
  ['GET', get],
  ['POST', post],
] as const;

const errorsOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { errors: unknown }).errors;

const name = '{ project(ref: "demo") { name } }';
const named = '{"data":{"project":{"name":"demo"}}}';
const updates = 'subscription { runsUpdated(environment: "demo/dev") { cursor } }';

const json = 'application/json';
const graphqlJson = 'application/graphql-response+json';
const events = 'text/event-stream';
const page = 'text/html';

describe('the type of an answer', () => {
  test.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['application/*', json],
    [`${json}, text/plain, */*`, json],
    [`${graphqlJson}, ${json};q=0.9`, graphqlJson],
    [`${json};q=0.9, ${graphqlJson}`, graphqlJson],
    [`${json}, ${graphqlJson}`, json],
    [`${graphqlJson}, ${json}`, graphqlJson],
    [`${graphqlJson};q=0, */*`, json],
    [`${json};q=0, */*;q=0.1`, graphqlJson],
    [`${json};Q=0.2;charset=utf-8 , ${graphqlJson}; q=0.1`, json],
    [`${json};charset=latin1, ${graphqlJson};q=0.1`, graphqlJson],
    [`multipart/mixed;deferSpec=20220824,${graphqlJson},${json};q=0.9`, graphqlJson],
    [`${json}, ${events}`, json],
    [`${json};q=0.5, ${events}`, events],
    [events, events],
    ['text/*', events],
  ])('that are accepted as "%s" is %s', async (accept, type) => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    // The second answer to a POST is made by a compiled query.
    for (const answer of [await post({ query: name }, headers), await post({ query: name }, headers)]) {
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toContain(type);
      expect(answer.body).toContain(named);
    }
    if (type === events && accept !== events) return;
    const answer = await get({ query: name }, headers);
    expect([answer.status, answer.headers['content-type']?.includes(type)]).toEqual([200, true]);
  });

  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', page],
    [`${json}, ${page};q=0.5`, json],
    [`${page};q=0, ${json}`, json],
    [`${json};q=0.5, ${page}`, page],
    ['*/*', json],
  ])('to a GET that accepts "%s" is %s', async (accept, type) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await get({ query: name }, { accept }, method);
      expect(answer.headers['content-type']).toContain(type);
    }
  });

  test.each(ways)('by %s that is not served is refused, with those that are', async (_way, ask) => {
    for (const accept of ['image/png', `${json};q=0, ${graphqlJson};q=0`, 'multipart/mixed', 'nonsense']) {
      const answer = await ask({ query: name }, { accept });
      expect(answer.status).toBe(406);
      expect(errorsOf(answer)).toEqual([
        {
          message: `Answers come as ${json}, ${graphqlJson}, ${events}. The Accept header allows none of these.`,
          extensions: { code: 'NOT_ACCEPTABLE' },
        },
      ]);
    }
  });
});

describe('a subscription', () => {
  test.each(ways)('by %s that does not accept events is refused, with what is served', async (_way, ask) => {
    const apollo = `multipart/mixed;boundary="graphql";subscriptionSpec="1.0",${graphqlJson},${json};q=0.9`;
    for (const accept of [json, graphqlJson, apollo, `${events};q=0, */*`]) {
      const answer = await ask({ query: updates }, { accept });
      expect(answer.status).toBe(406);
      expect(errorsOf(answer)).toMatchObject([
        { message: expect.stringContaining(events) as unknown, extensions: { code: 'NOT_ACCEPTABLE' } },
      ]);
    }
  });

  test('is answered with events to whoever accepts them, also as the second choice', async () => {
    const query = 'subscription { runUpdated(run: "demo/dev/sales") { id } }';
    for (const accept of [events, '*/*', `${json}, ${events};q=0.1`]) {
      const { status, body } = await get({ query }, { accept });
      expect(status).toBe(200);
      expect(body).toContain('NOT_FOUND');
    }
  });
});

test.each(ways)(
  'by %s, the hash of a query that is not known is refused as clients expect it',
  async (_way, ask) => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
    for (const accept of [json, graphqlJson]) {
      const answer = await ask({ operationName: 'Q', extensions }, { accept });
      expect(answer.status).toBe(200);
      expect(errorsOf(answer)).toEqual([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
    }
    expect(errorsOf(await ask({ query: name, extensions }))).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_MISMATCH' } },
    ]);
    expect(errorsOf(await ask({ extensions: {} }))).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  },
);

test.each(ways)('by %s, an empty name of the operation is none', async (_way, ask) => {
  for (let time = 0; time < 2; time++) {
    expect((await ask({ query: `query Q ${name}`, operationName: '' })).body).toBe(named);
  }
});

test.each(ways)('by %s, an empty cursor is none', async (_way, ask) => {
  const asked = (after?: string, before?: string): Asked => ({
    query: `query ($after: String, $before: String) { projects(after: $after, before: $before) { nodes { name } } }`,
    variables: { after, before },
  });
  const { body } = await ask(asked());
  expect(body).toBe('{"data":{"projects":{"nodes":[{"name":"demo"}]}}}');
  expect((await ask(asked('', ''))).body).toBe(body);
});

describe('HEAD', () => {
  test.each([
    [name, json, 200],
    ['{', json, 200],
    ['{', graphqlJson, 400],
    [updates, events, 200],
    ['mutation { cancelRun(input: { run: "x" }) { __typename } }', json, 405],
    [name, 'image/png', 406],
    [name, page, 200],
  ])('of %s as %s is answered like GET, without the body', async (query, accept, status) => {
    const answer = await get({ query }, { accept }, 'HEAD');
    expect([answer.status, answer.body]).toEqual([status, '']);
    if (query === updates) return;
    const whole = await get({ query }, { accept });
    expect(whole.status).toBe(status);
    expect(answer.headers['content-type']).toBe(whole.headers['content-type']);
  });

  test('opens no subscription', async () => {
    const before = app.app.store.feed.followers;
    await get({ query: updates }, { accept: events }, 'HEAD');
    expect(app.app.store.feed.followers).toBe(before);
  });
});
