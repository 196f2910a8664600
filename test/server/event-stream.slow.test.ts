import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { numbers } from '../kit/data/sample.ts';
import { seeder } from '../kit/data/seed.ts';
import { sendRaw, type RawAnswer } from '../kit/http.ts';
import { waitFor } from '../kit/wait.ts';

const count = 79;

let app: TestApp;
let run: string;
beforeAll(async () => {
  app = await startTestApp();
  const seed = seeder(app.app.store);
  const project = await seed.project({ name: 'alpha' });
  const id = await seed.run(project, { environmentId: await seed.environment(project, { name: 'dev' }) });
  for (const sequence of numbers(1, count)) await seed.log(id, { sequence });
  run = encodeGlobalId({ type: 'Run', id });
});
afterAll(() => app.stop());

interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

const framesOf = (body: string): Frame[] =>
  body
    .split('\n\n')
    .filter((block) => block !== '' && block !== ':')
    .map((block) =>
      Object.fromEntries(
        block.split('\n').map((line) => {
          const [name = '', ...rest] = line.split(':');
          return [name, rest.join(':').trim()];
        }),
      ),
    );

const logs = () => `subscription { runLogs(run: "${run}") { node { sequence } } }`;
const updates = () => `subscription { runUpdated(run: "${run}") { status } }`;

async function ask(query: string, lastId?: string, method = 'GET'): Promise<RawAnswer> {
  const headers = {
    accept: 'text/event-stream',
    'content-type': 'application/json',
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  };
  const address = new URL(app.url);
  if (method === 'GET') address.searchParams.set('query', query);
  return sendRaw(address.href, {
    method,
    headers,
    body: method === 'GET' ? [] : [JSON.stringify({ query })],
  });
}

const sequences = (frames: Frame[]): number[] =>
  frames
    .filter(({ event }) => event === 'next')
    .map(({ data }) => (JSON.parse(data ?? '') as { data: { runLogs: { node: { sequence: number } } } }).data)
    .map(({ runLogs }) => runLogs.node.sequence);

describe.each(['GET', 'POST'])('by %s', (method) => {
  test('each line of a log has an id, after which the log goes on', async () => {
    const frames = framesOf((await ask(logs(), undefined, method)).body);
    expect(sequences(frames)).toEqual(numbers(1, count));
    expect(new Set(frames.map(({ id }) => id)).size).toBe(count + 1);
    for (const after of [1, 40, count]) {
      const rest = framesOf((await ask(logs(), frames[after - 1]?.id, method)).body);
      expect(sequences(rest)).toEqual(numbers(after + 1, count));
      expect(rest.at(-1)).toEqual({ id: 'complete', event: 'complete', data: '' });
    }
  });

  test('what has come to its end is not sent again', async () => {
    for (const query of [logs(), updates(), '{ projects { totalCount } }', 'subscription { nothing }']) {
      const { id, event } = framesOf((await ask(query, undefined, method)).body).at(-1) ?? {};
      expect(event).toBe('complete');
      const again = await ask(query, id, method);
      expect([again.status, again.body]).toEqual([204, '']);
    }
  });
});

test('the last event counts for more than the cursor in the address, which is older', async () => {
  const frames = framesOf((await ask(logs())).body);
  const query = logs().replace('") {', `", after: "${frames[4]?.id ?? ''}") {`);
  expect(sequences(framesOf((await ask(query)).body))).toEqual(numbers(6, count));
  expect(sequences(framesOf((await ask(query, frames[9]?.id)).body))).toEqual(numbers(11, count));
});

test('a state that the client has got is not sent again, and one that it has not got is', async () => {
  const [first, ...rest] = framesOf((await ask(updates())).body);
  expect(first?.data).toBe('{"data":{"runUpdated":{"status":"SUCCEEDED"}}}');
  expect(rest).toEqual([{ id: 'complete', event: 'complete', data: '' }]);
  expect(framesOf((await ask(updates(), first?.id)).body)).toEqual(rest);
  expect(framesOf((await ask(updates(), 'of another state')).body)).toEqual([first, ...rest]);
});

test('an id that is none of a log is refused, and an error has no id', async () => {
  const [first] = framesOf((await ask(logs(), 'nonsense')).body);
  expect(first).not.toHaveProperty('id');
  expect(first?.data).toContain('BAD_CURSOR');
});

test('who leaves, at any moment, leaves nothing behind', async () => {
  const { feed } = app.app.store;
  const before = feed.followers;
  const address = new URL(app.url);
  address.searchParams.set('query', 'subscription { runsUpdated(environment: "alpha/dev") { cursor } }');
  for (const afterMs of [0, 1, 2, 5, 10, 50, 200]) {
    const abort = new AbortController();
    const answer = fetch(address, { headers: { accept: 'text/event-stream' }, signal: abort.signal });
    setTimeout(() => abort.abort(), afterMs);
    await answer.then((response) => response.text()).catch(() => undefined);
  }
  await waitFor('The end of all subscriptions', () => feed.followers === before);
});
