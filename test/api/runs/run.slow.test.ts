import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestApp } from '../../kit/app.ts';
import { describeWithMeltano } from '../../kit/meltano/meltano.ts';
import {
  ask,
  askFor,
  bookmarkOf,
  linesOf,
  processesOf,
  readRun,
  runEnded,
  runToEnd,
  runWhen,
} from '../../kit/verbs/runs.ts';
import { numbers, type Sample } from '../../kit/data/sample.ts';
import { startSampleApp } from '../../kit/sample-app.ts';
import { waitFor } from '../../kit/wait.ts';

describeWithMeltano('a run of the real Meltano', () => {
  let app: TestApp;
  let sample: Sample;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ app, sample, stop } = await startSampleApp());
  });
  afterAll(async () => {
    await stop();
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const job = 'demo/dev/sales';

  test('succeeds: rows, lines, counts, block and state are there, and the next run goes on from it', async () => {
    const place = sample.place();
    const asked = await ask(app, 'runJob', { job, ...place.with({ rows: 25 }) });
    expect(asked).toMatchObject({ status: 'QUEUED', startedAt: null, exitCode: null, logCount: 0 });
    expect(asked.blocks.nodes).toMatchObject([{ status: 'PENDING', command: 'tap-till target-files' }]);

    const run = await runEnded(app, asked.id);
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      endReason: 'COMPLETED',
      exitCode: 0,
      signal: null,
      errorMessage: null,
      job: { name: 'sales' },
      waitingFor: null,
    });
    expect(await place.sales()).toEqual(numbers(1, 25));

    const lines = await linesOf(app, run.id);
    expect(lines.map(({ sequence }) => sequence)).toEqual(numbers(1, run.logCount));
    const sold = lines.filter(({ plugin, message }) => plugin === 'tap-till' && /Sale \d+:/.test(message));
    expect(sold.map(({ message }) => Number(/Sale (\d+):/.exec(message)?.[1]))).toEqual(numbers(1, 25));
    const counts = run.metrics.nodes.filter(({ name }) => name === 'record_count');
    expect(counts).toEqual([
      { plugin: 'tap-till', stream: 'sales', name: 'record_count', value: 25 },
      { plugin: 'target-files', stream: 'sales', name: 'record_count', value: 25 },
    ]);

    const [block] = run.blocks.nodes;
    expect(block).toMatchObject({
      position: 0,
      kind: 'EXTRACT_LOAD',
      status: 'SUCCEEDED',
      stateId: place.stateId,
      errorMessage: null,
    });
    expect(block?.durationSeconds).toBeGreaterThan(0);
    const times = [run.startedAt, block?.startedAt, block?.endedAt, run.endedAt].map((at) =>
      Date.parse(at ?? ''),
    );
    expect(times).toEqual([...times].sort((a, b) => a - b));

    expect(run.states.nodes).toMatchObject([{ stateId: place.stateId, version: 1, partial: {} }]);
    expect(bookmarkOf(run.states.nodes[0]?.completed)).toBe(25);

    const next = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 5 }) });
    expect(next.status).toBe('SUCCEEDED');
    expect(await place.sales()).toEqual(numbers(1, 30));
    expect(next.states.nodes).toMatchObject([{ id: run.states.nodes[0]?.id, version: 2 }]);
    expect(bookmarkOf(next.states.nodes[0]?.completed)).toBe(30);

    const { node } = await app.query<{ node: { versions: { nodes: unknown[] } } }>(
      `query ($id: ID!) { node(id: $id) { ... on State { versions { nodes { version change merged { json } run { id } } } } } }`,
      { id: run.states.nodes[0]?.id ?? '' },
    );
    expect(node.versions.nodes).toMatchObject([
      { version: 2, change: 'RUN', run: { id: next.id } },
      { version: 1, change: 'RUN', run: { id: run.id } },
    ]);
    // Nothing of it is left behind, neither a process nor its plugins' configuration in clear.
    expect(await processesOf(run.id)).toEqual([]);
    await waitFor(
      'The end of their files',
      async () => (await readdir(join(app.dataDirectory, 'runs'))).length === 0,
    );
  });

  test('fails half-way: exit code, block, message and last lines say so, and the state is kept', async () => {
    const place = sample.place();
    const run = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 9, failAt: 4 }) });
    expect(run).toMatchObject({ status: 'FAILED', endReason: 'EXITED', exitCode: 1, signal: null });
    expect(run.errorMessage).toMatch(/\S/);
    expect(run.blocks.nodes).toMatchObject([
      { status: 'FAILED', exitCodes: [{ role: 'EXTRACTOR', plugin: 'tap-till', exitCode: 1 }] },
    ]);
    expect(run.blocks.nodes[0]?.errorMessage).toBe(run.errorMessage);
    const lines = await linesOf(app, run.id);
    expect(lines.map(({ sequence }) => sequence)).toEqual(numbers(1, run.logCount));
    const { node } = await app.query<{ node: { logs: { nodes: { message: string }[] } } }>(
      `query ($id: ID!) { node(id: $id) { ... on Run { logs(last: 20) { nodes { message } } } } }`,
      { id: run.id },
    );
    expect(node.logs.nodes.map(({ message }) => message).join('\n')).toContain(
      'The till stopped answering at sale 4',
    );
    expect(run.states.nodes.map(({ merged }) => bookmarkOf(merged))).toEqual([3]);

    // The longest time that can be asked for, which is more than a timer of Node can wait.
    const timeoutSeconds = 30 * 24 * 3600;
    const next = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 2 }), timeoutSeconds });
    expect(next.status).toBe('SUCCEEDED');
    expect(await place.sales()).toEqual(numbers(1, 5));
  });

  test('is cancelled while it runs: CANCELLING, then CANCELLED, no process left, its state kept', async () => {
    const place = sample.place();
    const { id } = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.25 }) });
    const running = await runWhen(app, id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
    expect(running.status).toBe('RUNNING');
    const before = bookmarkOf(running.states.nodes[0]?.merged) ?? Infinity;
    expect(await processesOf(id)).not.toEqual([]);

    expect((await ask(app, 'cancelRun', { run: id })).status).toBe('CANCELLING');
    const run = await runEnded(app, id);
    expect(run).toMatchObject({ status: 'CANCELLED', endReason: 'CANCEL_REQUESTED' });
    // Meltano did not give it up: it was asked to end.
    expect(run.blocks.nodes[0]).toMatchObject({ status: 'ABANDONED', errorMessage: null });
    expect(await processesOf(id)).toEqual([]);
    const kept = bookmarkOf(run.states.nodes[0]?.merged) ?? 0;
    expect(kept).toBeGreaterThanOrEqual(before);
    const written = await place.sales();
    expect(written.slice(0, kept)).toEqual(numbers(1, kept));

    expect(await askFor(app, 'cancelRun', { run: id })).toMatchObject({
      __typename: 'WrongStatus',
      code: 'WRONG_STATUS',
    });
    const next = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 1 }) });
    expect(bookmarkOf(next.states.nodes[0]?.merged)).toBe(kept + 1);
  });

  test('is stopped when its time is over', async () => {
    const place = sample.place();
    const { id } = await ask(app, 'runJob', {
      job,
      ...place.with({ rows: 10_000, delay: 0.25 }),
      timeoutSeconds: 4,
    });
    const run = await runEnded(app, id);
    expect(run).toMatchObject({ status: 'TIMED_OUT', endReason: 'TIMEOUT' });
    expect(run.blocks.nodes[0]).toMatchObject({ status: 'ABANDONED', errorMessage: null });
    expect(Date.parse(run.endedAt ?? '') - Date.parse(run.startedAt ?? '')).toBeGreaterThanOrEqual(4000);
    expect(await processesOf(id)).toEqual([]);
  });

  test('stops at the command that fails; the blocks after it are abandoned', async () => {
    const place = sample.place();
    const run = await runToEnd(app, 'runJob', { job: 'demo/dev/broken-report', ...place.with({ rows: 3 }) });
    expect(run).toMatchObject({ status: 'FAILED', endReason: 'EXITED', exitCode: 1 });
    expect(run.blocks.nodes).toMatchObject([
      { command: 'tap-till target-files', status: 'SUCCEEDED', stateId: place.stateId },
      { command: 'report:always-fails', kind: 'COMMAND', status: 'FAILED', stateId: null },
      { command: 'report:count', status: 'ABANDONED', startedAt: null, durationSeconds: null },
    ]);
    expect(run.errorMessage).toContain('always-fails');
    expect(await place.sales()).toEqual(numbers(1, 3));
    expect(run.states.nodes.map(({ merged }) => bookmarkOf(merged))).toEqual([3]);
    expect((await linesOf(app, run.id)).map(({ message }) => message).join('\n')).toContain(
      'The ledger is locked',
    );
  });

  test('starts from the beginning with fullRefresh, and without any state with noStateUpdate', async () => {
    const place = sample.place();
    await runToEnd(app, 'runJob', { job, ...place.with({ rows: 6 }) });
    const stateless = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 2 }), noStateUpdate: true });
    expect(stateless).toMatchObject({ status: 'SUCCEEDED', states: { nodes: [] } });
    expect(await place.sales()).toEqual([...numbers(1, 6), 1, 2]);

    const full = await runToEnd(app, 'runJob', { job, ...place.with({ rows: 3 }), fullRefresh: true });
    expect(full.status).toBe('SUCCEEDED');
    expect(await place.sales()).toEqual([...numbers(1, 6), 1, 2, 1, 2, 3]);
    // As Meltano does it: a full refresh writes the partial document, which lies over the completed one.
    expect(full.states.nodes).toMatchObject([{ stateId: place.stateId, version: 2 }]);
    const [state] = full.states.nodes;
    expect([state?.completed, state?.partial, state?.merged].map(bookmarkOf)).toEqual([6, 3, 3]);

    const overwriting = await runToEnd(app, 'runJob', {
      job,
      ...place.with({ rows: 4 }),
      fullRefresh: true,
      stateStrategy: 'OVERWRITE',
    });
    expect(overwriting.states.nodes[0]).toMatchObject({ version: 3, partial: {} });
    expect(bookmarkOf(overwriting.states.nodes[0]?.completed)).toBe(4);
    const merging = await runToEnd(app, 'runJob', {
      job,
      ...place.with({ rows: 1 }),
      stateStrategy: 'MERGE',
    });
    expect([merging.states.nodes[0]?.completed, merging.states.nodes[0]?.partial].map(bookmarkOf)).toEqual([
      4, 5,
    ]);
  });

  test('is given blocks as a command line, in an environment with a suffix of its own', async () => {
    const place = sample.place();
    const { env } = place.with({ rows: 4 });
    const run = await runToEnd(app, 'runCommand', {
      environment: 'demo/prod',
      command: '  tap-till target-files   report:count ',
      env,
    });
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      job: null,
      command: 'tap-till target-files report:count',
      blocks: { nodes: [{ kind: 'EXTRACT_LOAD' }, { kind: 'COMMAND', status: 'SUCCEEDED' }] },
      states: { nodes: [{ stateId: 'prod:tap-till-to-target-files:main-street' }] },
    });
    const text = (await linesOf(app, run.id)).map(({ message }) => message).join('\n');
    expect(text).toContain('Corner Shop, Main Street');
    expect(text).toContain('sales.jsonl: 4 rows');

    expect(
      await askFor(app, 'runCommand', { environment: 'demo/dev', command: 'tap-till target-moon' }),
    ).toMatchObject({ __typename: 'InvalidInput' });
    expect((await readRun(app, run.id)).status).toBe('SUCCEEDED');
  });
});
