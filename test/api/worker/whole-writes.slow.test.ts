import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../src/store/index.ts';
import type { RunEnd, RunToExecute } from '../../../src/store/runs/runs.ts';
import { runOperation } from '../../../src/worker/bulk/run-operation.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun } from '../../../src/worker/end-run.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { removeLeftovers } from '../../../src/worker/recovery/leftovers.ts';
import { endLostRuns } from '../../../src/worker/recovery/lost-runs.ts';
import { writerOf } from '../../../src/worker/run-writer.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { deskAndAnnex } from '../../kit/data/projects.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { failingWrites, type FailingWrites } from '../../kit/faults/failing-writes.ts';
import { tableTexts } from '../../kit/tables.ts';
import { operationEnded, submit } from '../../kit/verbs/bulk.ts';
import { done } from '../../kit/verbs/call.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';
import { askService, readService } from '../../kit/verbs/services.ts';

// A worker's writes, done by hand, each of which fails once. No worker runs beside.
let app: TestApp;
let store: Store;
let worker: Execution;
let writes: FailingWrites;
beforeAll(async () => {
  app = await startTestApp({ projects: deskAndAnnex });
  ({ store } = app.app);
  await enrol(store, 'here/1');
  // Each write is tried once.
  worker = { ...executionOn(app, 'here/1'), persist: (work) => work() };
  writes = await failingWrites(store);
});
afterAll(async () => {
  await writes.remove();
  await app.stop();
});

const end: RunEnd = { status: 'FAILED', endReason: 'EXITED', exitCode: 1, signal: null, errorMessage: 'no' };
const never = new AbortController().signal;

let count = 0;
/** A run of a pair, of which this worker has the lease of the state id. */
async function claimed(stateIdSuffix = `whole-${(count += 1)}`): Promise<RunToExecute> {
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix });
  const run = await claimRun(worker, storeId(id));
  if (!run) throw new Error('The run was not claimed.');
  return run;
}

const stateIdOf = ({ leaseKeys }: RunToExecute): string => leaseKeys[0]?.split(':').slice(2).join(':') ?? '';
const text = JSON.stringify({ completed: { singer_state: { last: 1 } }, partial: {} });

/** Leaves a state in the private directory of a run, as Meltano does. */
async function leaveState(run: RunToExecute): Promise<void> {
  const directory = join(worker.runsDirectory, run.id, 'state', stateIdOf(run));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'state.json'), text);
}

/**
 * Does some work again and again, and lets another of its writes fail each time, until none fails any more.
 *
 * @param isDone whether the work was done, for one that reports errors to its log alone
 * @returns how many writes there were
 */
async function failEach(work: () => Promise<unknown>, isDone?: () => Promise<boolean>): Promise<number> {
  await writes.succeed();
  const before = await tableTexts(store);
  for (let n = 1; ; n++) {
    await writes.failFrom(n);
    const succeeded = await work().then(
      () => true,
      () => false,
    );
    const rows = await writes.succeed();
    if (isDone ? await isDone() : succeeded) return rows;
    expect(rows).toBeGreaterThan(0);
    expect(await tableTexts(store), `the write ${n} has failed`).toEqual(before);
  }
}

const statusOf = async (id: string): Promise<string | undefined> => (await store.runs.byId(id))?.status;

test('the claim of a run and of its leases is one', async () => {
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'claim' });
  expect(await failEach(() => claimRun(worker, storeId(id)))).toBe(3);
  expect(await statusOf(storeId(id))).toBe('RUNNING');
});

test('the wait of a run for another one is one', async () => {
  const holder = await claimed('wait');
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'wait' });
  expect(await failEach(() => claimRun(worker, storeId(id)))).toBeGreaterThan(1);
  expect(await store.runs.byId(storeId(id))).toMatchObject({ status: 'QUEUED', waitingForRunId: holder.id });
});

test('lines, metrics and blocks of a run are stored together', async () => {
  const run = await claimed();
  const line = {
    timestamp: new Date(),
    level: 'INFO',
    plugin: null,
    message: 'a line',
    fields: null,
  } as const;
  const batch = {
    ...{ runId: run.id, workerId: 'here/1', first: 1, lines: [line, line] },
    metrics: [{ plugin: 'tap-calls', stream: 'calls', name: 'record_count', value: 1 }],
    blocks: new Map([[0, { status: 'RUNNING' as const }]]),
  };
  expect(await failEach(() => store.logs.store(batch))).toBe(5);
  expect((await store.runs.byId(run.id))?.logCount).toBe(2);
});

test('a state of a run, its version and its lease are stored together', async () => {
  const run = await claimed();
  // With a suffix of variables, the run learns the state id later.
  const state = { stateId: `${stateIdOf(run)}-late`, text };
  const { writeState } = writerOf(worker, run, never);
  expect(await failEach(() => writeState(state))).toBe(5);
});

test('the end of a run, what it has found, its leases and the waits of others are one', async () => {
  const run = await claimed('end');
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix: 'end' });
  await claimRun(worker, storeId(id));
  const { id: pluginId } = await store.prisma.plugin.findFirstOrThrow({ where: { name: 'tap-calls' } });
  const catalog = {
    ...{ environmentId: run.environmentId ?? '', pluginId, runId: run.id, configDigest: 'x' },
    ...{ selectPatterns: ['*.*'], streams: [{ name: 'calls', isSelected: true, properties: [] }] },
  };
  const findings = { catalog, broken: { position: 0, errorMessage: 'broken' } } as never;
  // The catalog with its stream, the block twice or once, the run, the lease, and the run that waits.
  expect(await failEach(() => endRun(worker, run, 'here/1', end, findings))).toBeGreaterThanOrEqual(6);
  expect(await statusOf(run.id)).toBe('FAILED');
  expect((await readRun(app, id)).waitingFor).toBeNull();
});

test('the end of a service and of its run are one, and so are their starts', async () => {
  const service = await askService(app, 'createService', {
    ...{ environment: 'desk/dev', name: 'whole', command: 'digest:daily', start: true },
  });
  const runs: RunToExecute[] = [];
  const begin = async (): Promise<void> =>
    void runs.push(...[await store.serviceStarts.startDue('here/1')].flatMap((run) => run ?? []));
  expect(await failEach(begin)).toBe(4);
  const [run] = runs;
  expect(run).toMatchObject({ kind: 'SERVICE', status: 'RUNNING' });
  if (run) expect(await failEach(() => endRun(worker, run, 'here/1', end))).toBe(4);
  expect(await readService(app, service.id)).toMatchObject({ status: 'BACKING_OFF', currentRun: null });
});

test('the end of a lost run and the state that it has left are one', async () => {
  const run = await claimed();
  await leaveState(run);
  const isLost = async (): Promise<boolean> => (await statusOf(run.id)) === 'LOST';
  // The state and its version, the run, its block and its lease, and what it adds to the statistics of its job.
  expect(await failEach(() => endLostRuns(worker, [run]), isLost)).toBe(11);
});

test('the state that is found when a run was declared LOST long ago is stored with its version', async () => {
  const run = await claimed();
  await endLostRuns(worker, [run]);
  await leaveState(run);
  const isStored = async (): Promise<boolean> =>
    (await store.prisma.state.count({ where: { stateId: stateIdOf(run) } })) === 1;
  // The lease is taken and released.
  expect(await failEach(() => removeLeftovers(worker, [run.id]), isStored)).toBe(5);
});

test.each([
  ['runJobs', () => ({ filter: { environment: 'desk/dev', pattern: 'calls' } })],
  ['deleteRuns', async () => ({ filter: { ids: [await endedRun()] } })],
  ['moveStates', async () => ({ filter: { ids: [await stateNode()] }, environment: 'desk/prod' })],
])('an object of the bulk operation %s is changed with the record of it', async (verb, input) => {
  const operation = await submit(app, verb, await input());
  const row = await store.bulk.claim('here/1', 60_000, []);
  if (!row) throw new Error('There is no operation.');
  const before = await tableTexts(store);
  await writes.failOn('BulkItem', 'UPDATE');
  await expect(runOperation(worker, row, () => false)).rejects.toThrow(
    /lets UPDATE of a row of BulkItem fail/,
  );
  expect(await tableTexts(store)).toEqual(before);
  await writes.failOn('BulkOperation', 'UPDATE');
  await expect(runOperation(worker, row, () => false)).rejects.toThrow(/of BulkOperation fail/);
  expect(await tableTexts(store)).toEqual(before);
  await writes.succeed();
  await runOperation(worker, row, () => false);
  expect(await operationEnded(app, operation)).toMatchObject({ status: 'SUCCEEDED', succeededCount: 1 });
});

async function endedRun(): Promise<string> {
  const { id } = await ask(app, 'runJob', { job: 'desk/dev/calls' });
  await ask(app, 'cancelRun', { run: id });
  return id;
}

async function stateNode(): Promise<string> {
  const input = {
    environment: 'desk/dev',
    stateId: 'dev:tap-calls-to-target-desk:moved',
    document: { json: { singer_state: {} } },
  };
  return (await done<{ state: { id: string } }>(app, 'setState', input, 'state { id }')).state.id;
}
