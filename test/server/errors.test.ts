import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TestApp } from '../kit/app.ts';
import { subscribe, type StreamEvent } from '../kit/events.ts';
import { startSampleApp } from '../kit/sample-app.ts';
import { ask } from '../kit/verbs/runs.ts';

let app: TestApp;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ app, stop } = await startSampleApp({ slots: 0 }));
});
afterAll(() => stop());

// A table that is gone is as unexpected as an error can be.
const rename = (from: string, to: string) =>
  app.app.store.prisma.$executeRawUnsafe(`ALTER TABLE "${from}" RENAME TO "${to}"`);

describe('an unexpected error', () => {
  beforeAll(() => rename('Job', 'JobGone'));
  afterAll(() => rename('JobGone', 'Job'));
  afterEach(() => {
    app.logged.length = 0;
  });

  const jobs = '{ project(ref: "demo") { name environments { nodes { name jobs { nodes { name } } } } } }';

  /** Checks that the answer says nothing but a trace id, under which the log has the cause. */
  function expectMasked(errors: Answer['errors'], path: (string | number)[]): void {
    const [error, ...more] = errors ?? [];
    expect(more).toEqual([]);
    const traceId = error?.extensions?.traceId as string;
    expect(traceId).toMatch(/^[0-9a-f-]{36}$/);
    expect(error).toMatchObject({ path, extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(error?.message).toBe(
      `Something went wrong inside the gateway. Its log says what, under ${traceId}.`,
    );
    expect(JSON.stringify(errors)).not.toMatch(/relation|prisma|SELECT|\.ts|\.js|stack/i);
    const records = app.logged.filter(({ fields }) => fields.traceId === traceId);
    expect(records).toMatchObject([{ level: 'error', fields: { path } }]);
    const cause = records[0]?.fields.err as Error;
    expect(cause).toBeInstanceOf(Error);
    expect(cause.message).toContain('Job');
    expect(cause.stack).toContain('src/store/');
    expect(cause).not.toHaveProperty('params');
  }

  test('in a query is masked, logged whole and leaves the rest of the answer', async () => {
    const { data, errors } = await app.send<{ project: { name: string } }>(
      `{ project(ref: "demo") { name environment(name: "dev") { job(name: "sales") { name } } } }`,
    );
    expect(data).toEqual({ project: { name: 'demo', environment: { job: null } } });
    expectMasked(errors, ['project', 'environment', 'job']);
  });

  test('in a list is told once for each of its places', async () => {
    const { errors } = await app.send(jobs);
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(
      errors?.map(() => 'INTERNAL_SERVER_ERROR'),
    );
    expect(errors?.length).toBeGreaterThan(0);
  });

  test('in a mutation is masked', async () => {
    const { data, errors } = await app.send(
      'mutation { runJob(input: { job: "demo/dev/sales" }) { __typename } }',
    );
    expect(data).toBeNull();
    expectMasked(errors, ['runJob']);
  });

  test('at the start of a subscription is masked', async () => {
    const events: StreamEvent<unknown>[] = [];
    for await (const event of subscribe(
      app.url,
      'subscription { runLogs(run: "demo/dev/sales") { cursor } }',
    )) {
      events.push(event);
    }
    expect(events).toHaveLength(1);
    expectMasked(events[0]?.errors, ['runLogs']);
  });
});

test('what callers did wrong is not masked and not logged', async () => {
  const mistakes = [
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ projects(after: "what") { nodes { name } } }', 'BAD_CURSOR'],
    ['{ projects(first: -1) { nodes { name } } }', 'BAD_PAGE'],
    ['query ($first: Int!) { projects(first: $first) { nodes { name } } }', 'BAD_USER_INPUT'],
  ] as const;
  for (const [query, code] of mistakes) {
    const { errors } = await app.send(query);
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([code]);
  }
  expect(app.logged.filter(({ level }) => level !== 'info' && level !== 'warn')).toEqual([]);
});

describe('an error at once, after others that come later', () => {
  const lost: unknown[] = [];
  const onLost = (reason: unknown): unknown => lost.push(reason);
  // graphql-js forgets what is under way in a list when one of its entries fails at once.
  beforeAll(async () => {
    process.on('unhandledRejection', onLost);
    const { id } = await ask(app, 'runJob', { job: 'demo/dev/sales' });
    await ask(app, 'cancelRun', { run: id });
    await ask(app, 'retryRun', { run: id });
  });
  afterAll(() => {
    process.off('unhandledRejection', onLost);
  });

  test.each([
    [
      'a cursor of another list',
      '{ job(name: "sales") { runs { nodes { retryOf { id } logs(after: "x") { totalCount } } } } }',
      {},
      'BAD_CURSOR',
    ],
    [
      'a required argument that is null',
      '{ job(name: "sales") { runs { nodes { retryOf { id } environment { job(name: $name) { id } } } } } }',
      { name: null },
      'BAD_USER_INPUT',
    ],
  ])('%s leaves no promise that nobody awaits', async (_, fields, variables, code) => {
    const query = `query ($name: String = "sales") { environment: project(ref: "demo") { environment(name: "dev") ${fields} ok: environment(name: $name) { id } } }`;
    for (const given of [{}, variables]) {
      const { errors } = await app.send(query, given);
      if (given === variables) expect(errors?.[0]?.extensions?.code).toBe(code);
    }
    expect(lost).toEqual([]);
  });
});
