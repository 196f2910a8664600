import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TestApp } from '../kit/app.ts';
import { subscribe, type StreamEvent } from '../kit/events.ts';
import { startSampleApp } from '../kit/sample-app.ts';

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

  const jobs = '{ project(name: "demo") { name environments { nodes { name jobs { nodes { name } } } } } }';

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
      `{ project(name: "demo") { name environment(name: "dev") { job(name: "sales") { name } } } }`,
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
    ['{ node(id: "what") { id } }', 'BAD_ID'],
    ['{ projects(first: -1) { nodes { name } } }', 'BAD_PAGE'],
    ['query ($first: Int!) { projects(first: $first) { nodes { name } } }', 'BAD_USER_INPUT'],
  ] as const;
  for (const [query, code] of mistakes) {
    const { errors } = await app.send(query);
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([code]);
  }
  expect(app.logged.filter(({ level }) => level !== 'info' && level !== 'warn')).toEqual([]);
});
