import { hash } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { automaticDocuments } from '../../../src/server/documents/automatic.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder } from '../../kit/data/seed.ts';
import { sendRaw } from '../../kit/http.ts';

type Asked = Record<string, unknown>;

const sha256 = (text: string): string => hash('sha256', text, 'hex');
const byHash = (sha256Hash: string): Asked => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

const name = 'query Name($name: ID!) { project(ref: $name) { name } }';
const named = { data: { project: { name: 'demo' } } };
const variables = { name: 'demo' };

/** The ways in which clients ask, each of which answers what the gateway has said. */
const ways = {
  POST: async (app: TestApp, asked: Asked): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const { body } = await sendRaw(app.url, { headers, body: [JSON.stringify(asked)] });
    return JSON.parse(body);
  },
  GET: async (app: TestApp, asked: Asked): Promise<unknown> => {
    const address = new URL(app.url);
    for (const [key, value] of Object.entries(asked)) {
      address.searchParams.set(key, typeof value === 'string' ? value : JSON.stringify(value));
    }
    return JSON.parse((await sendRaw(address.href, { method: 'GET' })).body);
  },
  WebSocket: async (app: TestApp, asked: Asked): Promise<unknown> => {
    const client = createClient({
      url: app.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const answer = await new Promise((resolve) => {
      let last: unknown = null;
      // Its library wants some text.
      client.subscribe(
        { query: '', ...asked },
        {
          next: (result) => (last = result),
          error: (errors) => resolve({ errors }),
          complete: () => resolve(last),
        },
      );
    });
    await client.dispose();
    return answer;
  },
} as const;
const allWays = Object.entries(ways);

const refusedAs = (code: string): unknown => ({
  errors: [expect.objectContaining({ extensions: { code } })],
});

async function started(
  trustedDocuments?: ReadonlyMap<string, string>,
): Promise<{ app: TestApp; run: string }> {
  const app = await startTestApp(trustedDocuments ? { trustedDocuments } : {});
  const seed = seeder(app.app.store);
  const project = await seed.project({ name: 'demo' });
  const environmentId = await seed.environment(project, { name: 'dev' });
  const run = await seed.run(project, { environmentId, status: 'FAILED' });
  return { app, run: encodeGlobalId({ type: 'Run', id: run }) };
}

describe('automatic persisted queries', () => {
  let app: TestApp;
  beforeAll(async () => {
    ({ app } = await started());
  });
  afterAll(() => app.stop());

  test.each(allWays)('by %s, a text is sent once, and its hash from then on', async (way, ask) => {
    const text = `${name} # ${way}`;
    const asked = { ...byHash(sha256(text)), variables };
    const notFound = {
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    };
    expect(await ask(app, asked)).toEqual(notFound);
    expect(await ask(app, { ...asked, query: text })).toEqual(named);
    // What was sent one way is known in all others, whatever executes it.
    for (let time = 0; time < 3; time++) {
      for (const [, other] of allWays) expect(await other(app, asked)).toEqual(named);
    }
  });

  test.each(allWays)(
    'by %s, a text under the hash of another one is refused, and not kept',
    async (way, ask) => {
      const text = `{ projects { totalCount } } # ${way}`;
      const asked = byHash(sha256(text));
      expect(await ask(app, { ...asked, query: '{ __typename }' })).toEqual(
        refusedAs('PERSISTED_QUERY_MISMATCH'),
      );
      expect(await ask(app, asked)).toEqual(refusedAs('PERSISTED_QUERY_NOT_FOUND'));
    },
  );

  test.each(allWays)('by %s, a text that came so is within the limits of all others', async (way, ask) => {
    const text = `{ ${Array.from({ length: 60 }, (_, i) => `${way}${i}: __typename`).join(' ')} }`;
    const asked = byHash(sha256(text));
    for (const request of [{ ...asked, query: text }, asked]) {
      expect(await ask(app, request)).toEqual(refusedAs('LIMIT_EXCEEDED'));
    }
  });

  test.each(allWays)('by %s, another version of the protocol is not spoken', async (_way, ask) => {
    for (const persistedQuery of [{ version: 2, sha256Hash: sha256(name) }, { version: 1 }, {}]) {
      const asked = { extensions: { persistedQuery }, variables };
      expect(await ask(app, asked)).toEqual(refusedAs('PERSISTED_QUERY_NOT_SUPPORTED'));
      expect(await ask(app, { ...asked, query: name })).toEqual(named);
    }
  });

  test('a mutation and a subscription come by their hash', async () => {
    const mutation = 'mutation { cancelRun(input: { run: "x/y/z" }) { __typename } }';
    const subscription = 'subscription { runUpdated(run: "demo/dev/nosuch") { id } }';
    for (const text of [mutation, subscription]) {
      const asked = byHash(sha256(text));
      const answer = await ways.WebSocket(app, { ...asked, query: text });
      expect(await ways.WebSocket(app, asked)).toEqual(answer);
    }
    expect(await ways.POST(app, byHash(sha256(mutation)))).toEqual({
      data: { cancelRun: { __typename: 'NotFound' } },
    });
    // As with its text, a GET changes nothing.
    expect(await ways.GET(app, byHash(sha256(mutation)))).toMatchObject({ errors: [{}] });
  });
});

test('texts are kept up to a number of characters, and the one that was not asked for the longest leaves', () => {
  const find = automaticDocuments(30);
  const [a, b, c, d] = ['{ aaaaaa }', '{ bbbbbb }', '{ cccccc }', '{ dddddd }'] as const;
  const isKnown = (text: string): boolean => find(byHash(sha256(text))).noDocument === undefined;
  for (const query of [a, b, c]) find({ query, ...byHash(sha256(query)) });
  expect(isKnown(a)).toBe(true);
  find({ query: d, ...byHash(sha256(d)) });
  expect([a, b, c, d].map(isKnown)).toEqual([true, false, true, true]);
  const long = `{ ${'e'.repeat(30)} }`;
  expect(find({ query: long, ...byHash(sha256(long)) })).toEqual({ params: { query: long } });
  expect([a, c, d, long].map(isKnown)).toEqual([true, true, true, false]);
});

describe('trusted documents', () => {
  const updates = 'subscription Updates($run: ID!) { runUpdated(run: $run) { status } }';
  let app: TestApp;
  let run: string;
  beforeAll(async () => {
    const documents = [
      ['f00', name],
      [sha256(name), name],
      ['0ff', updates],
      ['bad', '{ nosuch }'],
    ] as const;
    ({ app, run } = await started(new Map(documents)));
  });
  afterAll(() => app.stop());

  const refused = refusedAs('UNTRUSTED_DOCUMENT');

  test.each(allWays)(
    'by %s, a document of the list is executed, by its id or as it stands there',
    async (way, ask) => {
      const ids: Asked[] = [
        { documentId: 'f00' },
        { documentId: `sha256:${sha256(name)}` },
        byHash('f00'),
        byHash(sha256(name)),
        { query: name },
        { query: name, documentId: 'f00' },
        // The others are no parameters of a GET.
        ...(way === 'GET' ? [] : [{ id: 'f00' }, { doc_id: 'f00' }, { id: 'f00', query: '' }]),
      ];
      // The second answer is made by a compiled query.
      for (const asked of [...ids, ...ids]) {
        expect({ asked, answer: await ask(app, { ...asked, variables }) }).toEqual({ asked, answer: named });
      }
      expect(await ask(app, { documentId: 'f00', variables: {} })).toEqual(refusedAs('BAD_USER_INPUT'));
      expect(await ask(app, { documentId: 'bad' })).toMatchObject({ errors: [{ message: /nosuch/ }] });
    },
  );

  test.each(allWays)('by %s, nothing else is', async (_way, ask) => {
    const others: Asked[] = [
      { documentId: 'nosuch' },
      { documentId: 'toString' },
      { documentId: '__proto__' },
      byHash('nosuch'),
      { query: `${name} ` },
      { query: '{ __schema { types { name } } }' },
      { query: '{ __typename }' },
      { query: '{ __typename }', ...byHash(sha256('{ __typename }')) },
      { query: '{ __typename }', documentId: 'f00' },
      { query: updates, documentId: 'f00' },
      { documentId: '0ff', ...byHash('f00') },
    ];
    for (const asked of [...others, ...others]) {
      expect({ asked, answer: await ask(app, { ...asked, variables }) }).toEqual({ asked, answer: refused });
    }
  });

  test('no list of requests is', async () => {
    const headers = { 'content-type': 'application/json' };
    const { body } = await sendRaw(app.url, {
      headers,
      body: [JSON.stringify([{ query: name, variables }])],
    });
    expect(JSON.parse(body)).not.toHaveProperty('data');
  });

  test('a subscription of the list is followed', async () => {
    const asked = { documentId: '0ff', variables: { run } };
    expect(await ways.WebSocket(app, asked)).toEqual({ data: { runUpdated: { status: 'FAILED' } } });
  });
});
