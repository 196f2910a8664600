import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestApp, TestAppOptions } from '../kit/app.ts';
import { subscribe } from '../kit/events.ts';
import { sendRaw, type RawAnswer } from '../kit/http.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { waitFor } from '../kit/wait.ts';

const json = { 'content-type': 'application/json' };

/** The code of the first error in an answer. */
const codeOf = ({ body }: RawAnswer): unknown =>
  (JSON.parse(body) as { errors?: [{ extensions: { code: unknown } }] }).errors?.[0].extensions.code;

function withApp(options: TestAppOptions): () => TestApp {
  let app: TestApp;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ app, stop } = await startSampleApp({ slots: 0, ...options }));
  });
  afterAll(() => stop());
  return () => app;
}

describe('the bodies of all requests', () => {
  const app = withApp({ requestBytes: 10_000 });
  const ofSize = (size: number): string => '{"query":"{__typename}"}'.padEnd(size);

  /** Sends the first part of a body, and goes on when it is told to. */
  function begin(size: number): { sent: ClientRequest; answer: Promise<number | undefined> } {
    const sent = request(app().url, { method: 'POST', headers: json, agent: false });
    const answer = new Promise<number | undefined>((resolve, reject) => {
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    sent.write(ofSize(size));
    return { sent, answer };
  }

  test('have a limit together, counted as they come, and what has been answered counts no more', async () => {
    const first = begin(6000);
    const ask = (size: number) => sendRaw(app().url, { headers: json, body: [ofSize(size)] });
    const refused = await waitFor('a refusal', async () => {
      const answer = await ask(6000);
      return answer.status !== 200 && answer;
    });
    expect([refused.status, codeOf(refused)]).toEqual([503, 'LIMIT_EXCEEDED']);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await ask(3000)).status).toBe(200);
    first.sent.end();
    expect(await first.answer).toBe(200);
    for (let time = 0; time < 5; time++) expect((await ask(6000)).status).toBe(200);
  });

  test('that break off count no more', async () => {
    for (let time = 0; time < 5; time++) {
      const { sent, answer } = begin(6000);
      answer.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      sent.destroy();
    }
    await waitFor(
      'room',
      async () => (await sendRaw(app().url, { headers: json, body: [ofSize(9000)] })).status === 200,
    );
  });
});

describe('an answer', () => {
  const app = withApp({ answerBytes: 2000 });
  const plugins = (fields: string): string =>
    `{ project(ref: "demo") { plugins(first: 50) { nodes { ${fields} } } } }`;
  /** Of few rows a long answer is made. */
  const renamed = plugins(Array.from({ length: 40 }, (_, i) => `a${i}: name`).join(' '));
  /** Many bytes are read. */
  const wide = `{ projects { nodes { ${Array.from({ length: 20 }, (_, i) => `p${i}: plugins(first: 50) { nodes { id name executable description } }`).join(' ')} } } }`;
  const introspection = '{ __schema { types { name description } } }';

  test.each([
    ['that is made of few rows', renamed],
    ['for which much is read', wide],
    ['that the schema gives', introspection],
  ])('%s is refused beyond the limit, however it is asked for', async (_what, query) => {
    const post = (accept: string) =>
      sendRaw(app().url, { headers: { ...json, accept }, body: [JSON.stringify({ query })] });
    // Interpreted first, then compiled.
    for (let time = 0; time < 3; time++) {
      const { result, statements } = await app().counting(() => post('application/json'));
      expect([result.status, codeOf(result)]).toEqual([200, 'LIMIT_EXCEEDED']);
      expect(JSON.parse(result.body)).not.toHaveProperty('data');
      expect(statements.length).toBeLessThanOrEqual(1);
    }
    const strict = await post('application/graphql-response+json');
    expect([strict.status, codeOf(strict)]).toEqual([400, 'LIMIT_EXCEEDED']);
    const byGet = await sendRaw(`${app().url}?query=${encodeURIComponent(query)}`, { method: 'GET' });
    expect([byGet.status, codeOf(byGet)]).toEqual([200, 'LIMIT_EXCEEDED']);
    expect(app().logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('of a mutation is refused, too, and says that the mutation was done', async () => {
    const project = `environment { project ${renamed.slice(renamed.indexOf('{ plugins'), -2)} }`;
    const mutation = `mutation { createJob(input: { environment: "demo/dev", name: "made", tasks: [{ blocks: ["report:count"] }] }) { ... on CreateJobSuccess { job { ${project} } } } }`;
    const { errors } = await app().send(mutation);
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('A mutation was done all the same') as unknown,
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ]);
    const made = '{ project(ref: "demo") { environment(name: "dev") { job(name: "made") { name } } } }';
    expect(await app().query(made)).toMatchObject({ project: { environment: { job: { name: 'made' } } } });
  });

  test('of a subscription is refused event by event', async () => {
    const { data } = await app().send<{ runJob: { run: { id: string } } }>(
      'mutation { runJob(input: { job: "demo/dev/sales" }) { ... on RunJobSuccess { run { id } } } }',
    );
    const { id } = data.runJob.run;
    const fields = `project ${renamed.slice(renamed.indexOf('{ plugins'), -2)}`;
    const query = `subscription { runUpdated(run: "${id}") { ${fields} } }`;
    for await (const event of subscribe(app().url, query)) {
      expect(event.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
      break;
    }
  });

  test('within the limit is given', async () => {
    expect((await app().send(plugins('name'))).errors).toBeUndefined();
  });
});

describe('all answers', () => {
  const app = withApp({ answerBytes: 2000, answersBytes: 300 });
  const query = '{ project(ref: "demo") { plugins(first: 50) { nodes { id name } } } }';

  test('have a limit together, and there is room again when one has been sent', async () => {
    const post = (text: string): Promise<RawAnswer> =>
      sendRaw(app().url, { headers: json, body: [JSON.stringify({ query: text })] });
    for (let time = 0; time < 3; time++) {
      const answer = await post(query);
      expect([answer.status, codeOf(answer)]).toEqual([503, 'LIMIT_EXCEEDED']);
      expect(answer.headers['retry-after']).toBe('1');
    }
    const byGet = await sendRaw(`${app().url}?query=${encodeURIComponent(query)}`, { method: 'GET' });
    expect([byGet.status, codeOf(byGet)]).toEqual([503, 'LIMIT_EXCEEDED']);
    const short = '{ project(ref: "demo") { id name directory } }';
    for (let time = 0; time < 10; time++) expect((await post(short)).status).toBe(200);
  });
});

describe('an answer of several megabytes', () => {
  const app = withApp({ answersBytes: 6_000_000 });
  const text = JSON.stringify({ singer_state: { é: 'é💥x'.repeat(600_000) } });
  const query =
    '{ project(ref: "demo") { environment(name: "dev") { state(stateId: "long") { completed { text } } } } }';
  beforeAll(async () => {
    await app().query(
      'mutation ($document: StateDocumentInput!) { setState(input: { environment: "demo/dev", stateId: "long", document: $document }) { __typename } }',
      { document: { text } },
    );
  });

  /** Asks, and gets the beginning of the answer alone. */
  const ask = (method: 'POST' | 'GET'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = method === 'GET' ? `${app().url}?query=${encodeURIComponent(query)}` : app().url;
      const asked = request(url, { method, headers: json, agent: false }, resolve).on('error', reject);
      asked.end(method === 'GET' ? '' : JSON.stringify({ query }));
    });

  test.each(['POST', 'GET'] as const)('is whole for a client who takes it slowly, by %s', async (method) => {
    const answer = await ask(method);
    const pieces: Buffer[] = [];
    for await (const piece of answer) {
      pieces.push(piece as Buffer);
      if (pieces.length % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    type Answer = { data: { project: { environment: { state: { completed: { text: string } } } } } };
    const { data } = JSON.parse(Buffer.concat(pieces).toString()) as Answer;
    expect(JSON.parse(data.project.environment.state.completed.text)).toEqual(JSON.parse(text));
  });

  test.each(['POST', 'GET'] as const)('is given up when its client leaves, by %s', async (method) => {
    for (let time = 0; time < 3; time++) (await ask(method)).destroy();
    await waitFor('room', async () => {
      const answer = await ask(method);
      answer.resume();
      return answer.statusCode === 200;
    });
    expect(app().logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('subscriptions', () => {
  const app = withApp({ subscriptions: { all: 3, perClient: 2 } });

  /** Subscribes from an address of this machine, and says how that was answered. */
  async function open(localAddress: string): Promise<IncomingMessage> {
    const url = new URL(app().url);
    url.searchParams.set('query', 'subscription { runsUpdated(environment: "demo/dev") { cursor } }');
    return new Promise((resolve, reject) => {
      const headers = { accept: 'text/event-stream' };
      request(url, { headers, localAddress, agent: false }, resolve).on('error', reject).end();
    });
  }

  /** Reads a refusal to its end. */
  async function refusalOf(response: IncomingMessage): Promise<string> {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return text;
  }

  test('have a limit for each client and for all, and a place is free again when one ends', async () => {
    const [first, second] = [await open('127.0.0.1'), await open('127.0.0.1')];
    const third = await open('127.0.0.1');
    expect([first.statusCode, second.statusCode, third.statusCode]).toEqual([200, 200, 429]);
    expect(await refusalOf(third)).toContain('"code":"LIMIT_EXCEEDED"');
    expect(third.headers['retry-after']).toBe('10');

    const ofAnother = await open('127.0.0.2');
    const tooMany = await open('127.0.0.3');
    expect([ofAnother.statusCode, tooMany.statusCode]).toEqual([200, 503]);
    expect(await refusalOf(tooMany)).toContain('"code":"LIMIT_EXCEEDED"');
    expect((await app().send('{ __typename }')).errors).toBeUndefined();

    first.destroy();
    const next = await waitFor('a free place', async () => {
      const response = await open('127.0.0.3');
      if (response.statusCode === 200) return response;
      await refusalOf(response);
      return null;
    });
    for (const response of [second, ofAnother, next]) response.destroy();
  });
});
