import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { subscribe } from '../../kit/events.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../../kit/data/sample.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { waitFor } from '../../kit/wait.ts';

const lines = 100_000;

let app: TestApp;
let sample: Sample;
beforeAll(async () => {
  sample = await copySample();
  app = await startTestApp({ projects: [sample.project], meltano: standIn('torrent.py'), slots: 1 });
});
afterAll(async () => {
  await app.stop();
  await sample.remove();
});

test('a run that writes a torrent of lines is held back until they are stored, and all of them are', async () => {
  const progress = join(app.dataDirectory, 'progress');
  const { id } = await ask(app, 'runJob', {
    job: 'demo/dev/sales',
    env: [
      { name: 'TORRENT_LINES', value: String(lines) },
      { name: 'TORRENT_PROGRESS', value: progress },
    ],
  });
  const ahead: number[] = [];
  const run = await waitFor('The end of the run', async () => {
    // Read first, so that what is stored meanwhile can only make it look less.
    const written = Number(await readFile(progress, 'utf8').catch(() => 0));
    const now = await readRun(app, id);
    ahead.push(written - now.logCount);
    return now.endedAt !== null && now;
  });
  expect(run).toMatchObject({ status: 'SUCCEEDED', logCount: lines });
  expect(ahead.length).toBeGreaterThan(5);
  // What fits in the pipe, in the reader's buffers and in two batches of 1,000; the torrent itself is 20 MB.
  expect(Math.max(...ahead)).toBeLessThan(6000);

  const outOfPlace = await app.app.store.prisma.$queryRaw`
    SELECT sequence, message FROM "RunLog" WHERE "runId" = ${storeId(id)}::uuid
      AND message NOT LIKE 'line ' || sequence || ' %'`;
  expect(outOfPlace).toEqual([]);
  expect(await app.app.store.prisma.runLog.count({ where: { runId: storeId(id) } })).toBe(lines);
});

test('a subscriber keeps up with a torrent: no line is missing and none comes twice', async () => {
  const { id } = await ask(app, 'runJob', {
    job: 'demo/dev/sales',
    env: [
      { name: 'TORRENT_LINES', value: '10000' },
      { name: 'TORRENT_PROGRESS', value: '/dev/null' },
    ],
  });
  const received: number[] = [];
  const query = `subscription { runLogs(run: "${id}") { node { sequence } } }`;
  for await (const { data } of subscribe<{ runLogs: { node: { sequence: number } } }>(app.url, query)) {
    received.push(data?.runLogs.node.sequence ?? NaN);
  }
  expect(received).toEqual(numbers(1, 10_000));
});
