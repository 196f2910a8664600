import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { TestApp } from '../../kit/app.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import { ask, processesOf, readRun, runEnded, runWhen, storeId } from '../../kit/verbs/runs.ts';
import type { Sample } from '../../kit/data/sample.ts';
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
    const long = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.25 }) });
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
    const { id } = await ask(app, 'runJob', { job, ...place.with({ rows: 100_000, delay: 0.25 }) });
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
});
