import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { TestApp } from '../../kit/app.ts';
import { onServer } from '../../kit/database.ts';
import { subscribe } from '../../kit/events.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { ask, processesOf, readRun, runEnded, runToEnd, runWhen, storeId } from '../../kit/verbs/runs.ts';
import { numbers, type Sample } from '../../kit/data/sample.ts';
import { startSampleApp } from '../../kit/sample-app.ts';
import { waitFor } from '../../kit/wait.ts';

const job = 'demo/dev/sales';

describeWithMeltano('a run between two workers', () => {
  let app: TestApp;
  let sample: Sample;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ app, sample, stop } = await startSampleApp());
  });
  afterAll(async () => {
    await stop();
  });

  test('is LOST when the worker that claimed it has died, and lets the next one start', async () => {
    const place = sample.place();
    const { store } = app.app;
    // Claimed in the way of a worker on another machine, which then says nothing more.
    const long = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.02 }) });
    await runWhen(app, long.id, 'is RUNNING', ({ status }) => status === 'RUNNING');
    const claimed = await ask(app, 'runJob', { job, ...place.with({ rows: 3 }) });
    await runWhen(app, claimed.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    await store.prisma.run.update({
      where: { id: storeId(claimed.id) },
      data: { status: 'RUNNING', workerId: 'elsewhere/1', waitingForRunId: null, heartbeatAt: new Date() },
    });
    await ask(app, 'cancelRun', { run: long.id });
    await runEnded(app, long.id);
    const { projectId, leaseKeys } = await store.prisma.run.findUniqueOrThrow({
      where: { id: storeId(claimed.id) },
    });
    expect(await store.leases.take(projectId, leaseKeys, storeId(claimed.id))).toBeNull();

    const waiting = await ask(app, 'runJob', { job, ...place.with({ rows: 1 }) });
    await runWhen(app, waiting.id, 'waits', ({ waitingFor }) => waitingFor?.run.id === claimed.id);
    // Its last sign of life is fresh until time passes.
    expect((await readRun(app, claimed.id)).status).toBe('RUNNING');
    await store.prisma.run.update({
      where: { id: storeId(claimed.id) },
      data: { heartbeatAt: new Date(Date.now() - 120_000) },
    });
    expect(await runEnded(app, claimed.id)).toMatchObject({
      status: 'LOST',
      endReason: 'WORKER_LOST',
      logCount: 0,
      blocks: { nodes: [{ status: 'ABANDONED' }] },
    });
    expect((await runEnded(app, waiting.id)).status).toBe('SUCCEEDED');
  });

  test('is stopped by its worker when it was declared LOST meanwhile; nothing more of it is stored', async () => {
    const place = sample.place();
    const { store } = app.app;
    const { id } = await ask(app, 'runJob', { job, ...place.with({ rows: 100_000, delay: 0.02 }) });
    const running = await runWhen(app, id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
    expect(await processesOf(id)).not.toEqual([]);
    const lost = await store.runs.end(storeId(id), running.workerId, {
      status: 'LOST',
      endReason: 'WORKER_LOST',
      exitCode: null,
      signal: null,
      errorMessage: 'Declared lost by another gateway.',
    });
    await waitFor('The end of its processes', async () => (await processesOf(id)).length === 0);
    await waitFor(
      'The end of its files',
      async () => !(await readdir(join(app.dataDirectory, 'runs'))).includes(storeId(id)),
    );
    const run = await readRun(app, id);
    expect(run).toMatchObject({ status: 'LOST', errorMessage: 'Declared lost by another gateway.' });
    expect(run.logCount).toBe(lost.logCount);
    expect(await store.prisma.runLog.count({ where: { runId: storeId(id) } })).toBe(lost.logCount);
  });

  const testOnServer = onServer() ? test : () => undefined;
  testOnServer('goes on when the server drops every connection, and so do those who follow it', async () => {
    const place = sample.place();
    const { id } = await ask(app, 'runJob', { job, ...place.with({ rows: 80, delay: 0.05 }) });
    const received: number[] = [];
    const following = (async () => {
      const query = `subscription { runLogs(run: "${id}") { node { sequence } } }`;
      for await (const { data } of subscribe<{ runLogs: { node: { sequence: number } } }>(app.url, query)) {
        received.push(data?.runLogs.node.sequence ?? NaN);
      }
    })();
    await waitFor('Lines', () => received.length > 10);
    if (app.database.location.kind !== 'SERVER') throw new Error('This is for a server.');
    const client = new pg.Client({ connectionString: app.database.location.url });
    await client.connect();
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await client.end();
    expect(rowCount).toBeGreaterThan(2);

    await following;
    const run = await runEnded(app, id);
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(received).toEqual(numbers(1, run.logCount));
    expect(await place.sales()).toEqual(numbers(1, 80));
    // Those who wait are woken again, too.
    const next = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 1 }) });
    expect(next.status).toBe('SUCCEEDED');
  });
});
