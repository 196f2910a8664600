import { readFile } from 'node:fs/promises';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measure } from '../../../src/metrics/measures.ts';
import { maxGroups } from '../../../src/store/figures/figures.ts';
import type { Store } from '../../../src/store/index.ts';
import { newId, newIdAt } from '../../../src/lib/uuid.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { onServer } from '../../kit/database.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { seeder } from '../../kit/data/seed.ts';
import { subscribe } from '../../kit/events.ts';
import { sendRaw } from '../../kit/http.ts';
import { call } from '../../kit/verbs/call.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { ask, storeId } from '../../kit/verbs/runs.ts';
import { waitFor } from '../../kit/wait.ts';
import { scrape, type Metric } from './scrape.ts';

const token = 'a-token-of-this-test-0123456789-abcdefgh';
const bearer = { authorization: `Bearer ${token}` };
const root = new URL('../../../', import.meta.url);

// One gateway for what changes, another one that is only read: what is asked of the database holds for some seconds.
let app: TestApp;
let closed: TestApp;
let store: Store;
let metrics: Metric[];
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  closed = await startTestApp({ apiToken: token, metricsListen: { host: '127.0.0.1', port: 0 } });
  metrics = (await scrape(closed.url, bearer)).all;
});
afterAll(async () => {
  await closed.stop();
  await app.stop();
});

const ours = 'meltano_graphql_';
const namesOf = (all: readonly Metric[]) =>
  all.map(({ name }) => name).filter((name) => name.startsWith(ours));

test('every metric has a name by the conventions of Prometheus, and says what it is', () => {
  for (const { name, help, type } of metrics.filter((metric) => metric.name.startsWith(ours))) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z]$/);
    expect({ name, isCounter: name.endsWith('_total') }).toEqual({ name, isCounter: type === 'COUNTER' });
    expect(name).not.toMatch(/_(count|sum|bucket|gauge|counter|ms|milliseconds|kb|mb|percent)$/);
    expect({ name, help }).toEqual({ name, help: expect.stringMatching(/^[A-Z].{15,}\.$/) as unknown });
  }
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

test('the README has each of them, and no other', async () => {
  const readme = await readFile(new URL('src/metrics/README.md', root), 'utf8');
  const rows = [...readme.matchAll(/^\| `(meltano_graphql_\w+)` \|/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual(namesOf(metrics).sort());
});

test('what every program on Node tells is there by its usual name', () => {
  const names = metrics.map(({ name }) => name);
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(names).toContain(name);
});

test('the dashboard asks only for what is there, in valid queries', async () => {
  const text = await readFile(new URL('src/metrics/dashboard.json', root), 'utf8');
  const dashboard = JSON.parse(text) as {
    panels: { title: string; gridPos: object; targets?: { expr: string; legendFormat: string }[] }[];
  };
  const known = new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'HISTOGRAM' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
  const asked = new Set<string>();
  for (const { targets = [] } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      const query = expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*');
      const labels = new Set<string>();
      parser.parse(query).iterate({
        enter: ({ name, from, to, type }) => {
          const part = query.slice(from, to);
          if (type.isError) throw new Error(`${query} is no query: ${part}`);
          if (name === 'VectorSelector') asked.add(/^\w+/.exec(part)?.[0] ?? '');
          if (name === 'LabelName' || name === 'GroupingLabels') labels.add(part);
        },
      });
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      const grouped = [...labels].join();
      expect(shown.filter((label) => label !== 'instance' && !grouped.includes(label))).toEqual([]);
    }
  }
  expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  const shown = [...asked].map((name) => name.replace(/_(bucket|count|sum)$/, ''));
  expect(namesOf(metrics).filter((name) => !shown.includes(name))).toEqual([]);
});

test('the dashboard is in the package', async () => {
  const { files } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { files: string[] };
  expect(files).toContain('src/metrics/dashboard.json');
});

test('metrics need the token where the API does, and none at an address of their own', async () => {
  const at = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
    sendRaw(new URL('/metrics', url).href, { method, headers });
  expect(await at(closed.url)).toMatchObject({ status: 401 });
  const answer = await at(closed.url, bearer);
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  });
  expect(answer.body).not.toContain(token);
  expect(await at(closed.url, bearer, 'POST')).toMatchObject({ status: 405 });

  const own = closed.logged.find(({ message }) => message === 'metrics are served')?.fields.url as string;
  expect((await scrape(own)).value('database_up')).toBe(1);
  expect(await at(own, {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  expect(await at(own, {}, 'POST')).toMatchObject({ status: 405 });
  expect(await sendRaw(new URL('/graphql', own).href, { method: 'GET' })).toMatchObject({ status: 404 });
});

test('an address that is in use is told in one line', async () => {
  const port = Number(new URL(closed.url).port);
  await expect(startTestApp({ metricsListen: { host: '127.0.0.1', port } })).rejects.toThrow(
    /^--metrics-listen: listen EADDRINUSE: address already in use/,
  );
});

test('operations are counted by their kind and outcome, whichever way they take', async () => {
  const before = await scrape(app.url);
  const grown = async (name: string, labels: Record<string, string>) =>
    (await scrape(app.url)).value(name, labels) - before.value(name, labels);
  const query = 'query Counted { projects { totalCount } }';
  // The first goes to Yoga's interpreter, the others to compiled functions.
  for (let i = 0; i < 3; i++) await app.query(query);
  await app.send('{ nothing }');
  await app.send('{ jobs(first: 5000) { totalCount } }');
  await call(app, 'runJob', { job: 'desk/dev/calls', labels: ['no label'] }, 'run { id }');
  await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'counted' });
  await app.send('mutation { validate(input: { runJob: { job: "desk/dev/none" } }) { __typename } }');
  await sendRaw(app.url, { headers: { 'content-type': 'text/plain' }, body: ['{}'] });

  await waitFor('What was asked', async () => (await grown('requests_total', {})) === 8);
  const outcomes = [
    ['query', 'success', 3],
    ['query', 'error', 1],
    ['none', 'error', 1],
    ['mutation', 'refused', 1],
    ['mutation', 'success', 2],
  ] as const;
  for (const [kind, outcome, count] of outcomes)
    expect({ kind, outcome, count: await grown('requests_total', { kind, outcome }) }).toEqual({
      kind,
      outcome,
      count,
    });
  expect(
    (await scrape(app.url)).observed('request_duration_seconds') -
      before.observed('request_duration_seconds'),
  ).toBe(8);
  expect(await grown('mutations_total', { mutation: 'runJob', outcome: 'refused' })).toBe(1);
  expect(await grown('mutations_total', { mutation: 'runJob', outcome: 'success' })).toBe(1);
  expect(await grown('http_refusals_total', { status: '415' })).toBe(1);
  expect(await grown('sql_statements_total', { outcome: 'success' })).toBeGreaterThan(5);
});

test('a subscription is open until it ends, and is counted then', async () => {
  const before = await scrape(app.url);
  const events = subscribe(app.url, 'subscription { changes { cursor } }');
  const next = events.next();
  await waitFor('The subscription', async () => {
    return (await scrape(app.url)).value('subscriptions') === before.value('subscriptions') + 1;
  });
  await store.prisma.job.updateMany({ data: { name: 'renamed' }, where: { name: 'nothing' } });
  await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'followed' });
  await next;
  await events.return(undefined);
  await waitFor('Its end', async () => {
    const { value } = await scrape(app.url);
    const ended = { kind: 'subscription', outcome: 'success' };
    return (
      value('subscriptions') === before.value('subscriptions') &&
      value('requests_total', ended) === before.value('requests_total', ended) + 1
    );
  });
});

test('what has not ended is counted in one statement, and many who ask at once cost one', async () => {
  const worker = executionOn(app, 'here/metrics');
  await enrol(store, worker.workerId, ['gpu']);
  const request = async (input: object) =>
    storeId((await ask(app, 'runJob', { job: 'desk/dev/calls', ...input })).id);
  const run = await claimRun(worker, await request({ stateIdSuffix: 'running' }));
  await request({ stateIdSuffix: 'labelled', labels: ['gpu', 'large'] });
  await request({ stateIdSuffix: 'later', delaySeconds: 3600 });
  await store.prisma.run.deleteMany({ where: { status: 'QUEUED', labels: { isEmpty: true }, runAt: null } });
  const old = newIdAt(new Date(Date.now() - 600_000));
  const { environmentId, projectId, jobId } = await store.prisma.run.findUniqueOrThrow({
    where: { id: run?.id ?? '' },
  });
  const row = { projectId, environmentId, jobId, kind: 'RUN', status: 'QUEUED', command: 'x' } as const;
  await store.prisma.run.create({ data: { ...row, id: old } });
  // More groups than are told apart.
  await store.prisma.run.createMany({
    data: Array.from({ length: maxGroups }, (_, i) => ({ ...row, id: newId(), labels: [`label-${i}`] })),
  });

  await store.prisma
    .$executeRaw`UPDATE "Schedule" SET "nextTickAt" = "gatewayNow"() - interval '100 seconds' WHERE "nextTickAt" IS NOT NULL`;

  const webhookId = await seeder(store).webhook(projectId, { name: 'alerts' });
  const told = { webhookId, event: 'RUN_FAILED', payload: {} } as const;
  const due = { ...told, nextAttemptAt: new Date() };
  // The webhook of the last one was deleted.
  const deleted = { ...due, webhookId: newId(), id: newIdAt(new Date(Date.now() - 3_600_000)) };
  await store.prisma.webhookDelivery.createMany({ data: [{ ...due, id: old }, due, told, deleted] });

  const other = await startTestApp({ database: app.database });
  const { statements, result } = await other.counting(() =>
    Promise.all(Array.from({ length: 20 }, () => scrape(other.url))),
  );
  await other.stop();
  expect(statements.filter((text) => text.includes('"waitsFor"'))).toHaveLength(1);
  expect(statements.filter((text) => text.includes('pg_database_size'))).toHaveLength(1);
  const [{ value, all } = await scrape(app.url)] = result;
  expect({
    running: value('runs', { status: 'running' }),
    queued: value('runs', { status: 'queued' }),
    later: value('runs_queued', { waits_for: 'time' }),
    other: value('runs_queued', { project: '' }),
    busy: value('workers_slots', { state: 'busy' }),
    free: value('workers_slots', { state: 'free' }),
    workers: value('workers', { status: 'active' }),
    pending: value('webhook_deliveries_pending'),
  }).toEqual({
    ...{ running: 1, queued: maxGroups + 3, later: 1, other: 3, busy: 1, free: 3, workers: 1, pending: 2 },
  });
  expect(value('webhook_oldest_seconds')).toBeGreaterThanOrEqual(600);
  expect(value('webhook_oldest_seconds')).toBeLessThan(900);
  expect(all.find(({ name }) => name === `${ours}runs_queued`)?.metrics.length).toBeLessThan(maxGroups + 5);
  expect(value('queue_oldest_seconds')).toBeGreaterThanOrEqual(600);
  expect(value('queue_oldest_seconds')).toBeLessThan(900);
  expect(value('schedule_lag_seconds')).toBeGreaterThanOrEqual(100);
  expect(value('schedule_lag_seconds')).toBeLessThan(400);
  expect(value('pool_max_connections')).toBe(onServer() ? 10 : 1);
  for (const name of [
    'database_size_bytes',
    'disk_free_bytes',
    'disk_size_bytes',
    'data_directory_size_bytes',
  ])
    expect({ name, value: value(name) }).toEqual({ name, value: expect.any(Number) as number });

  const before = await scrape(app.url);
  if (run)
    await endRun(worker, run, worker.workerId, {
      status: 'SUCCEEDED',
      endReason: 'COMPLETED',
      exitCode: 0,
      signal: null,
      errorMessage: null,
    });
  const after = await scrape(app.url);
  const ended = { kind: 'run', status: 'succeeded' };
  expect(after.value('runs_ended_total', ended) - before.value('runs_ended_total', ended)).toBe(1);
  expect(after.observed('run_duration_seconds') - before.observed('run_duration_seconds')).toBe(1);
});

test('no plan reads runs that have ended', async () => {
  const sent = await app.counting(() => store.figures.read(48_000));
  const [statement = ''] = sent.statements;
  const plan = await store.prisma.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
    `EXPLAIN ${statement.replace('$1', '48000')}`,
  );
  const lines = plan.map((line) => line['QUERY PLAN']);
  expect(lines.filter((line) => line.includes('Seq Scan on "Run"'))).toEqual([]);
  const used = lines.filter((line) => line.includes('on "Run"'));
  for (const line of used)
    expect(line).toMatch(/Run_(isReady_turnAt|waitsForTime|waitsForLimit|waitsForLease|isExecuted)_idx/);
});

test('while the database is away, what is counted here is told all the same', async () => {
  const other = await startTestApp({ database: app.database });
  other.app.store.figures.read = () => Promise.reject(new Error('away'));
  const { value, all } = await scrape(other.url);
  await other.stop();
  expect(value('database_up')).toBe(0);
  expect(all.map(({ name }) => name)).not.toContain(`${ours}runs`);
  expect(value('requests_total')).toBeGreaterThan(0);
});

test('lines, ticks and statements that fail are counted', async () => {
  const before = await scrape(app.url);
  measure('linesStored', { count: 3, seconds: 0.2 });
  measure('ticks', { runs: 2, others: 1 });
  await store.figures.databaseBytes();
  await store.prisma.$queryRawUnsafe('SELECT nothing').catch(() => undefined);
  const after = await scrape(app.url);
  const grown = (name: string, labels?: Record<string, string>) =>
    after.value(name, labels) - before.value(name, labels);
  expect(grown('log_lines_total')).toBe(3);
  expect(after.observed('log_lag_seconds') - before.observed('log_lag_seconds')).toBe(1);
  expect(grown('schedule_ticks_total', { outcome: 'run' })).toBe(2);
  expect(grown('schedule_ticks_total', { outcome: 'none' })).toBe(1);
  expect(grown('sql_statements_total', { outcome: 'error' })).toBe(1);
});
