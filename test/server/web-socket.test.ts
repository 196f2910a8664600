import { once } from 'node:events';
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket, type ClientOptions } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { seeder } from '../kit/data/seed.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';

let app: TestApp;
let project: string;
let environment: string;
beforeAll(async () => {
  app = await startTestApp({ subscriptions: { all: 40, perClient: 30 } });
  const seed = seeder(app.app.store);
  project = await seed.project({ name: 'demo' });
  environment = await seed.environment(project, { name: 'dev' });
});
afterAll(() => app.stop());

const address = (to: TestApp): string => to.url.replace('http', 'ws');

function clientOf(to: TestApp, connectionParams: Record<string, unknown> = {}): Client {
  return createClient({
    url: address(to),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: true,
  });
}

type Result = FormattedExecutionResult<Record<string, unknown>, unknown>;

/** All results of one operation. */
async function all(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of client.iterate({ query, variables })) {
    results.push(result);
  }
  return results;
}

/** A connection without a library, to say what no library says. */
async function connectRaw(
  to: TestApp = app,
  protocols: string[] = ['graphql-transport-ws'],
  options: ClientOptions = {},
) {
  const socket = new WebSocket(address(to), protocols, options);
  const messages: string[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString());
    waiting.shift()?.();
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  await once(socket, 'open');
  return {
    socket,
    closed,
    say: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    hear: async (): Promise<string> => {
      if (messages.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return messages.shift() ?? '';
    },
  };
}

const init = { type: 'connection_init' };
const ask = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } });

describe('a client of graphql-ws', () => {
  test('gets of queries and mutations what it would get by HTTP', async () => {
    const client = clientOf(app);
    const operations = [
      '{ projects { nodes { name path } totalCount } }',
      '{ nosuch }',
      '{ projects(first: 101) { nodes { id } } }',
      'mutation { cancelRun(input: { run: "x/y/z" }) { __typename ... on NotFound { message path } } }',
      'query A { __typename } query B { __typename }',
    ];
    for (const query of operations) {
      const byHttp = await app.send<unknown>(query);
      if (byHttp.data === undefined) await expect(all(client, query)).rejects.toEqual(byHttp.errors);
      else expect(await all(client, query)).toEqual([byHttp]);
    }
    await client.dispose();
  });

  test('follows a run to its end', async () => {
    const run = await seeder(app.app.store).run(project, { environmentId: environment, status: 'QUEUED' });
    const id = encodeGlobalId({ type: 'Run', id: run });
    const client = clientOf(app);
    const statuses: unknown[] = [];
    for await (const { data } of client.iterate<{ runUpdated: { status: string } }>({
      query: 'subscription ($run: ID!) { runUpdated(run: $run) { status } }',
      variables: { run: id },
    })) {
      statuses.push(data?.runUpdated.status);
      if (statuses.length === 1) {
        await app.query(`mutation { cancelRun(input: { run: "${id}" }) { __typename } }`);
      }
    }
    expect(statuses).toEqual(['QUEUED', 'CANCELLED']);
    await client.dispose();
  });

  test('gives its place back when it has heard enough, and when it leaves', async () => {
    const { feed } = app.app.store;
    const before = feed.followers;
    const query = 'subscription { runsUpdated(environment: "demo/dev") { cursor } }';
    const client = clientOf(app);
    const some = Array.from({ length: 30 }, () => client.iterate({ query }));
    const next = some.map((one) => one.next());
    await expect.poll(() => feed.followers).toBe(before + 30);
    await expect(all(client, query)).rejects.toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    await Promise.all(some.slice(1).map(async (one) => one.return?.()));
    await expect.poll(() => feed.followers).toBe(before + 1);
    await client.dispose();
    await Promise.allSettled(next);
    await expect.poll(() => feed.followers).toBe(before);
  });

  test('reads every digit of a large number', async () => {
    await app.query(
      `mutation ($text: String!) { setState(input: { environment: "demo/dev", stateId: "dev:a-to-b", document: { text: $text } }) { __typename } }`,
      { text: '{"singer_state":{"n":12345678901234567890123}}' },
    );
    const { say, hear, socket } = await connectRaw();
    say(init);
    expect(await hear()).toBe('{"type":"connection_ack"}');
    say(
      ask(
        '1',
        '{ project(ref: "demo") { environment(name: "dev") { state(stateId: "dev:a-to-b") { completed { json } } } } }',
      ),
    );
    expect(await hear()).toContain('12345678901234567890123');
    expect(await hear()).toBe('{"id":"1","type":"complete"}');
    socket.close();
  });
});

describe('a connection', () => {
  const closings: [string, unknown[], number][] = [
    ['that says what is no JSON', [init, '{'], 4400],
    ['that says a list', [init, []], 4400],
    ['of an operation without a query object', [init, { id: '1', type: 'subscribe' }], 4400],
    ['of an operation with an id that is too long', [init, ask('x'.repeat(201), '{ __typename }')], 4400],
    ['that asks before it begins', [ask('1', '{ __typename }')], 4401],
    ['that begins twice', [init, init], 4429],
    [
      'that takes an id twice',
      [
        init,
        ask('1', 'subscription { runsUpdated(environment: "demo/dev") { cursor } }'),
        ask('1', '{ __typename }'),
      ],
      4409,
    ],
  ];
  test.each(closings)('%s is closed', async (_what, said, code) => {
    const { say, closed } = await connectRaw();
    for (const message of said) say(message);
    expect((await closed).code).toBe(code);
  });

  test('is closed when it speaks another protocol, or bytes', async () => {
    expect((await (await connectRaw(app, [])).closed).code).toBe(4406);
    const { socket, closed } = await connectRaw();
    socket.send(Buffer.from('{"type":"connection_init"}'), { binary: true });
    expect((await closed).code).toBe(4400);
  });

  test('is closed when a message is longer than a body may be', async () => {
    const { socket, closed } = await connectRaw();
    socket.on('error', () => undefined);
    socket.send('x'.repeat(10_000_001));
    expect([1009, 1006]).toContain((await closed).code);
  });

  test('answers a ping, and takes a pong', async () => {
    const { say, hear, socket } = await connectRaw();
    say({ type: 'pong' });
    say({ type: 'ping' });
    expect(await hear()).toBe('{"type":"pong"}');
    socket.close();
  });

  test('has no more operations than it may', async () => {
    const { say, hear, socket } = await connectRaw();
    say(init);
    await hear();
    const slow = '{ projects { nodes { id environments { nodes { id } } } } }';
    for (let i = 0; i < 500; i += 1) say(ask(String(i), slow));
    const heard: string[] = [];
    while (heard.filter((text) => /"type":"(complete|error)"/.test(text)).length < 500) {
      heard.push(await hear());
    }
    const refused = heard.filter((text) => text.includes('"type":"error"'));
    expect(refused.length).toBeGreaterThan(0);
    for (const text of refused) expect(text).toContain('LIMIT_EXCEEDED');
    socket.close();
  });

  test.each([
    ['from a page of another origin', { origin: 'https://evil.test' }, 403],
    ['by another name', { headers: { host: 'evil.test' } }, 403],
  ])('%s is refused', async (_what, options, status) => {
    const socket = new WebSocket(address(app), ['graphql-transport-ws'], options);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
    socket.terminate();
  });

  test('from a page of its own origin is taken', async () => {
    const { socket } = await connectRaw(app, ['graphql-transport-ws'], { origin: new URL(app.url).origin });
    socket.close();
  });

  test('elsewhere than at /graphql is refused', async () => {
    const socket = new WebSocket(address(app).replace('/graphql', '/other'), ['graphql-transport-ws']);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
  });

  test('beyond the most of an address is refused, until one is closed', async () => {
    const open = [];
    for (let i = 0; i < 30; i += 1) open.push(await connectRaw());
    const socket = new WebSocket(address(app), ['graphql-transport-ws']);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(429);
    for (const one of open) one.socket.close();
    await Promise.all(open.map(({ closed }) => closed));
    await expect
      .poll(() =>
        connectRaw().then(
          ({ socket: again }) => (again.close(), true),
          () => false,
        ),
      )
      .toBe(true);
  });
});

describe('where a token is asked for', () => {
  let secret: TestApp;
  beforeAll(async () => {
    secret = await startTestApp({ apiToken: token });
  });
  afterAll(() => secret.stop());

  test.each([
    ['nothing', {}, 4403],
    ['another token', { authorization: 'Bearer another' }, 4403],
    ['no text', { Authorization: 5 }, 4403],
  ])('a client that brings %s is closed', async (_what, payload, code) => {
    const { say, closed } = await connectRaw(secret);
    say({ ...init, payload });
    expect((await closed).code).toBe(code);
    expect(JSON.stringify(secret.logged)).not.toContain(token);
  });

  test('it comes with the first message, or as a header', async () => {
    const client = clientOf(secret, { Authorization: `Bearer ${token}` });
    expect(await all(client, '{ __typename }')).toEqual([{ data: { __typename: 'Query' } }]);
    await client.dispose();
    const headers = { authorization: `Bearer ${token}` };
    const { say, hear, socket } = await connectRaw(secret, ['graphql-transport-ws'], { headers });
    say(init);
    expect(await hear()).toBe('{"type":"connection_ack"}');
    socket.close();
  });

  test('a wrong one in a header is refused at once', async () => {
    const headers = { authorization: 'Bearer another' };
    const socket = new WebSocket(address(secret), ['graphql-transport-ws'], { headers });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(401);
  });
});

test('a gateway that stops says so', async () => {
  const other = await startTestApp();
  const { say, hear, closed } = await connectRaw(other);
  say(init);
  await hear();
  say(ask('1', '{ __typename }'));
  expect(await hear()).toBe('{"id":"1","type":"next","payload":{"data":{"__typename":"Query"}}}');
  await other.stop();
  expect((await closed).code).toBe(1001);
});
