import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LinesToStore, NewLine } from '../../../src/store/runs/logs.ts';
import { RunTaken } from '../../../src/store/runs/run-taken.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';

let app: TestApp;
let projectId: string;
beforeAll(async () => {
  app = await startTestApp();
  ({ id: projectId } = await app.app.store.projects.create({ name: 'lines', directory: '/lines' }));
});
afterAll(() => app.stop());

const workerId = 'here/1';

async function runningRun(): Promise<string> {
  const { id } = await app.app.store.prisma.run.create({
    data: {
      projectId,
      workerId,
      kind: 'RUN',
      status: 'RUNNING',
      command: 'tap target',
      blocks: { create: { position: 0, kind: 'COMMAND', command: 'tap target' } },
    },
  });
  return id;
}

const timestamp = new Date('2026-11-23T12:30:08.604Z');
const line = (message: string, rest: Partial<NewLine> = {}): NewLine => ({
  ...{ timestamp, level: 'INFO', plugin: null, stdio: null, message, ansiText: null, fields: null },
  ...rest,
});

const batchOf = (
  runId: string,
  first: number,
  lines: NewLine[],
  rest: Partial<LinesToStore> = {},
): LinesToStore => ({ runId, workerId, first, lines, metrics: [], blocks: new Map(), ...rest });

const storedOf = async (runId: string) => (await app.app.store.logs.after(runId, 0, 1000)).lines;

test('lines come back as they were given, whatever they hold', async () => {
  const runId = await runningRun();
  const odd = ['', ' ', ',', '\n', 'a\r\nb', '"\\{}', 'NULL', '\\N', '😀 é', "'; --", '\u001f\u001e\t'];
  const lines = odd.map((text, i) =>
    line(text, {
      timestamp: new Date(timestamp.getTime() + i),
      level: i % 2 ? 'WARNING' : 'ERROR',
      plugin: i % 3 ? text : null,
      stdio: ([null, 'STDOUT', 'STDERR'] as const)[i % 3] ?? null,
      ansiText: i % 5 ? null : `\u001b[31m${text}\u001b[0m`,
      fields: i % 4 ? JSON.stringify({ [text]: [text, null, 1.5, { deep: text }] }) : null,
    }),
  );
  await app.app.store.logs.store(batchOf(runId, 1, lines));
  const expected = lines.map((one, i) => ({
    ...one,
    runId,
    sequence: i + 1,
    fields: one.fields === null ? null : (JSON.parse(one.fields) as unknown),
  }));
  expect(await storedOf(runId)).toEqual(expected);
});

test('lines without any fields are stored, one or many', async () => {
  const runId = await runningRun();
  await app.app.store.logs.store(batchOf(runId, 1, [line('one')]));
  await app.app.store.logs.store(batchOf(runId, 2, [line('two'), line('three')]));
  expect((await storedOf(runId)).map(({ sequence, message, fields }) => [sequence, message, fields])).toEqual(
    [
      [1, 'one', null],
      [2, 'two', null],
      [3, 'three', null],
    ],
  );
});

test('an attempt that comes again, even at the same time, stores nothing twice', async () => {
  const runId = await runningRun();
  const metrics = [{ plugin: 'tap', stream: 's', name: 'record_count', value: 2 }];
  const blocks = new Map([[0, { status: 'RUNNING' as const, startedAt: timestamp }]]);
  const batch = batchOf(runId, 1, [line('one'), line('two')], { metrics, blocks });
  await Promise.all([app.app.store.logs.store(batch), app.app.store.logs.store(batch)]);
  await app.app.store.logs.store(batch);
  expect((await storedOf(runId)).map(({ message }) => message)).toEqual(['one', 'two']);
  const { prisma } = app.app.store;
  expect(await prisma.run.findUnique({ where: { id: runId } })).toMatchObject({ logCount: 2 });
  expect(await prisma.runMetric.findMany({ where: { runId } })).toEqual([{ runId, ...metrics[0] }]);
  expect(await prisma.runBlock.findMany({ where: { runId } })).toMatchObject([
    { status: 'RUNNING', startedAt: timestamp, endedAt: null },
  ]);

  const exits = [{ role: 'LOADER' as const, plugin: 'target', exitCode: 1 }];
  await app.app.store.logs.store(
    batchOf(runId, 3, [line('three')], {
      metrics: [{ plugin: 'tap', stream: 's', name: 'record_count', value: 3 }],
      blocks: new Map([[0, { status: 'FAILED', exitCodes: exits, durationSeconds: 0.5, lastLine: 3 }]]),
    }),
  );
  expect(await prisma.runMetric.findMany({ where: { runId } })).toMatchObject([{ value: 5 }]);
  expect(await prisma.runBlock.findMany({ where: { runId } })).toMatchObject([
    { status: 'FAILED', startedAt: timestamp, exitCodes: exits, durationSeconds: 0.5, lastLine: 3 },
  ]);
});

test('nothing is stored for a run of another worker, nor after a line that is missing', async () => {
  const runId = await runningRun();
  const { store } = app.app;
  await expect(store.logs.store(batchOf(runId, 1, [line('x')], { workerId: 'there/2' }))).rejects.toThrow(
    RunTaken,
  );
  await expect(store.logs.store(batchOf(runId, 2, [line('x')]))).rejects.toThrow(RunTaken);
  await expect(store.logs.store(batchOf(randomUUID(), 1, [line('x')]))).rejects.toThrow(RunTaken);
  await app.app.store.prisma.run.update({ where: { id: runId }, data: { status: 'LOST' } });
  await expect(store.logs.store(batchOf(runId, 1, [line('x')]))).rejects.toThrow(RunTaken);
  expect(await storedOf(runId)).toEqual([]);
});

test('the lines of a run go with it, those of others stay', async () => {
  const { store } = app.app;
  const [gone, alsoGone, kept] = [await runningRun(), await runningRun(), await runningRun()];
  for (const id of [gone, alsoGone, kept]) await store.logs.store(batchOf(id, 1, [line('one'), line('two')]));
  await store.prisma.run.deleteMany({ where: { id: { in: [gone, alsoGone] } } });
  const left = await Promise.all([gone, alsoGone, kept].map(storedOf));
  expect(left.map((lines) => lines.length)).toEqual([0, 0, 2]);
});
