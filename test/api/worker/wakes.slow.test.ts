import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endLostRuns } from '../../../src/worker/recovery/lost-runs.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { executionOn } from '../../kit/verbs/execution.ts';
import { holdAt } from '../../kit/faults/crash-windows.ts';
import { onServer } from '../../kit/database.ts';
import { copySample, numbers, type Sample } from '../../kit/data/sample.ts';
import { subscribe } from '../../kit/events.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import { operationEnded, submit } from '../../kit/verbs/bulk.ts';
import { done } from '../../kit/verbs/call.ts';
import { hold } from '../../kit/verbs/held.ts';
import {
  ask,
  processesOf,
  readRun,
  runEnded,
  runWhen,
  storeId,
  type RunFacts,
} from '../../kit/verbs/runs.ts';
import { askService, serviceWhen } from '../../kit/verbs/services.ts';
import { waitFor } from '../../kit/wait.ts';

// Nobody looks from time to time here: what is not woken waits for ever. On a server the requests go to a gateway that
// executes nothing, so that every wake comes from another process's connection.
const job = 'demo/dev/sales';

describe('a worker that nothing but notifications wakes', () => {
  let sample: Sample;
  let app: TestApp;
  let asked: TestApp;
  beforeAll(async () => {
    sample = await copySample();
    app = await startTestApp({
      ...{ projects: [sample.project], meltano: gated, slots: 2, serviceSlots: 1, polls: false },
    });
    asked = onServer() ? await startTestApp({ database: app.database, polls: false }) : app;
  });
  afterAll(async () => {
    if (asked !== app) await asked.stop();
    await app.stop();
    await sample.remove();
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const open = (run: string): Promise<void> => openGate(sample.project.directory, run);
  const start = (stateIdSuffix: string, options = {}): Promise<RunFacts> =>
    ask(asked, 'runJob', { job, stateIdSuffix, ...options });
  const goesOn = (id: string): Promise<RunFacts> =>
    runWhen(asked, id, 'has a line', ({ logCount }) => logCount === 1);
  const waits = (id: string): Promise<RunFacts> =>
    runWhen(asked, id, 'waits', ({ waitingFor }) => waitingFor !== null);
  const end = async (id: string): Promise<RunFacts> => {
    await open(id);
    return runEnded(asked, id);
  };

  test('takes what is asked for, more than it has slots for, and what is asked for while it is busy', async () => {
    const runs = await Promise.all(numbers(1, 5).map((n) => start(`many-${n}`)));
    for (const { id } of runs) await open(id);
    for (const { id } of runs) expect((await runEnded(asked, id)).status).toBe('SUCCEEDED');
  });

  test('takes what waited for a lease, however the run ends that had it', async () => {
    const first = await start('one');
    await goesOn(first.id);
    const [second, third, fourth] = [await start('one'), await start('one'), await start('one')];
    for (const { id } of [second, third, fourth]) await waits(id);
    // Cancelled and deleted while they wait, runs keep nobody from being woken.
    await ask(asked, 'cancelRun', { run: second.id });
    await ask(asked, 'cancelRun', { run: third.id });
    await done(asked, 'deleteRun', { run: third.id }, 'deletedId');
    await end(first.id);
    await goesOn(fourth.id);

    const fifth = await start('one');
    await waits(fifth.id);
    await ask(asked, 'cancelRun', { run: fourth.id });
    expect((await runEnded(asked, fourth.id)).status).toBe('CANCELLED');
    expect((await end(fifth.id)).status).toBe('SUCCEEDED');
    expect((await readRun(asked, second.id)).startedAt).toBeNull();
  });

  test('takes what waited for a run that is found to be lost', async () => {
    const { run } = await hold(app, 'demo/dev/dev:tap-till-to-target-files:lost');
    const waiting = await start('lost');
    await waits(waiting.id);
    const { store } = asked.app;
    const lost = await store.runs.byId(storeId(run));
    if (lost) await endLostRuns(executionOn(asked, 'here/recovery'), [lost]);
    expect((await readRun(asked, run)).status).toBe('LOST');
    expect((await end(waiting.id)).status).toBe('SUCCEEDED');
  });

  test('installs plugins when another run has installed its own', async () => {
    const [one, two] = [
      await ask(asked, 'installPlugins', { project: 'demo', plugins: ['demo/extractors/tap-jsonl'] }),
      await ask(asked, 'installPlugins', { project: 'demo', plugins: ['demo/extractors/tap-jsonl'] }),
    ];
    await goesOn(one.id);
    await waits(two.id);
    await end(one.id);
    expect((await end(two.id)).status).toBe('SUCCEEDED');
  });

  test.each(['RUN_CLAIMED', 'PROCESS_STARTED'] as const)(
    'stops a run that was cancelled at the moment %s',
    async (window) => {
      const held = holdAt(window);
      const { id } = await start(`cancelled-at-${window}`);
      await held.reached;
      expect((await ask(asked, 'cancelRun', { run: id })).status).toBe('CANCELLING');
      held.letGo();
      expect((await runEnded(asked, id)).status).toBe('CANCELLED');
      expect(await processesOf(id)).toEqual([]);
    },
  );

  test('stops a run in its middle', async () => {
    const { id } = await start('middle');
    await goesOn(id);
    await ask(asked, 'cancelRun', { run: id });
    expect((await runEnded(asked, id)).status).toBe('CANCELLED');
  });

  test('runs bulk operations, and the runs that they make', async () => {
    const runs: string[] = [];
    for (const environment of ['demo/dev', 'demo/prod']) {
      const filter = { environment, pattern: 'sales' };
      const made = await operationEnded(asked, await submit(asked, 'runJobs', { filter }));
      expect(made).toMatchObject({ status: 'SUCCEEDED', succeededCount: 1 });
      runs.push(...made.items.nodes.map(({ result }) => result?.id ?? ''));
    }
    for (const id of runs) await goesOn(id);
    const cancelled = await submit(asked, 'cancelRuns', { filter: { ids: runs } });
    expect(await operationEnded(asked, cancelled)).toMatchObject({ status: 'SUCCEEDED' });
    for (const id of runs) expect((await runEnded(asked, id)).status).toBe('CANCELLED');
    const retried = await operationEnded(asked, await submit(asked, 'retryRuns', { filter: { ids: runs } }));
    for (const { result } of retried.items.nodes)
      expect((await end(result?.id ?? '')).status).toBe('SUCCEEDED');
  });

  test('tells followers of a bulk operation each change of its status', async () => {
    const { id } = await start('followed-bulk');
    await goesOn(id);
    const held = holdAt('BULK_ITEM_RECORDED');
    const operation = await submit(asked, 'cancelRuns', { filter: { ids: [id] } });
    await held.reached;
    type Event = { bulkOperationUpdated: { status: string } };
    const seen: string[] = [];
    const query = `subscription { bulkOperationUpdated(id: "${operation}") { status } }`;
    for await (const { data } of subscribe<Event>(asked.url, query)) {
      seen.push(data?.bulkOperationUpdated.status ?? '');
      held.letGo();
    }
    expect(seen).toEqual(['RUNNING', 'SUCCEEDED']);
    expect((await runEnded(asked, id)).status).toBe('CANCELLED');
  });

  test('starts, restarts and stops services, and gives the slot of one to the next', async () => {
    const input = { environment: 'demo/dev', command: 'report:serve', start: true };
    const one = await askService(asked, 'createService', { ...input, name: 'one' });
    const first = await serviceWhen(asked, one.id, 'runs', ({ status }) => status === 'RUNNING');
    await askService(asked, 'restartService', { service: one.id });
    const isNext = ({ currentRun }: { currentRun: { id: string } | null }): boolean =>
      currentRun !== null && currentRun.id !== first.currentRun?.id;
    await serviceWhen(asked, one.id, 'runs again', isNext);
    const two = await askService(asked, 'createService', { ...input, name: 'two' });
    await askService(asked, 'stopService', { service: one.id });
    await serviceWhen(asked, two.id, 'runs', ({ status }) => status === 'RUNNING');
    await serviceWhen(asked, one.id, 'is stopped', ({ status }) => status === 'STOPPED');
    await askService(asked, 'stopService', { service: two.id });
    await serviceWhen(asked, two.id, 'is stopped', ({ status }) => status === 'STOPPED');
  });

  test('tells followers of a run when it no longer waits, though no slot is free', async () => {
    const first = await start('slots');
    await goesOn(first.id);
    const waiting = await start('slots');
    await waits(waiting.id);
    const second = await start('slots-2');
    // It gets the slot that the first one leaves, though it came later than the one that waits.
    const third = await start('slots-3', { priority: 'HIGHEST' });
    await goesOn(second.id);
    const seen: string[] = [];
    const query = `subscription { runUpdated(run: "${waiting.id}") { status waitingFor { stateId } } }`;
    type Event = { runUpdated: { status: string; waitingFor: object | null } };
    const following = (async () => {
      for await (const { data } of subscribe<Event>(asked.url, query))
        seen.push(`${data?.runUpdated.status ?? ''}${data?.runUpdated.waitingFor ? ' waiting' : ''}`);
    })();
    await waitFor('The subscription', () => seen.length > 0);
    await end(first.id);
    await goesOn(third.id);
    await waitFor('The end of the wait', () => seen.includes('QUEUED'));
    for (const { id } of [second, third]) await end(id);
    await end(waiting.id);
    await following;
    expect(seen).toEqual(['QUEUED waiting', 'QUEUED', 'RUNNING', 'SUCCEEDED']);
  });
});
