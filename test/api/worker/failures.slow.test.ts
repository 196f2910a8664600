import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { copySample, type Sample } from '../../kit/data/sample.ts';
import { failOnceAt } from '../../kit/faults/crash-windows.ts';
import { gated, openGate } from '../../kit/meltano/gated.ts';
import { operationEnded, submit } from '../../kit/verbs/bulk.ts';
import { ask, linesOf, runEnded, runWhen, type RunFacts } from '../../kit/verbs/runs.ts';

describe('a worker whose transaction fails once', () => {
  let sample: Sample;
  let app: TestApp;
  beforeAll(async () => {
    sample = await copySample();
    app = await startTestApp({ projects: [sample.project], meltano: gated, slots: 2 });
  });
  afterAll(async () => {
    await app.stop();
    await sample.remove();
  });

  const start = (stateIdSuffix: string): Promise<RunFacts> => {
    const env = [{ name: 'GATED_STATE_ID', value: `dev:tap-till-to-target-files:${stateIdSuffix}` }];
    return ask(app, 'runJob', { job: 'demo/dev/sales', stateIdSuffix, env });
  };
  const open = (run: string): Promise<void> => openGate(sample.project.directory, run);

  // After a commit whose answer gets lost, the worker finds that the run has ended, and the recovery does the rest.
  test.each(['END_WRITTEN', 'LEASES_RELEASED'] as const)('at %s, ends the run once', async (window) => {
    const passages = failOnceAt(window);
    const { id } = await start(window);
    await runWhen(app, id, 'has a line', ({ logCount }) => logCount === 1);
    const waiting = await start(window);
    await runWhen(app, waiting.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    await open(id);
    const run = await runEnded(app, id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', logCount: 2 });
    expect((await linesOf(app, id)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    await open(waiting.id);
    const next = await runEnded(app, waiting.id);
    // Each of them has counted twice, the second one from where the first one has stopped.
    expect(next.states.nodes).toMatchObject([{ completed: { singer_state: { last: 4 } } }]);
    expect(passages()).toBeGreaterThan(1);
  });

  test('at BULK_VERB_DONE, changes the object once', async () => {
    const passages = failOnceAt('BULK_VERB_DONE');
    const filter = { environment: 'demo/dev', pattern: 'sales' };
    const operation = await operationEnded(app, await submit(app, 'runJobs', { filter }));
    expect(operation).toMatchObject({ status: 'SUCCEEDED', succeededCount: 1, failedCount: 0 });
    expect(passages()).toBe(2);
    const runs = await app.app.store.prisma.run.count({ where: { stateIdSuffix: null } });
    expect(runs).toBe(1);
    const made = operation.items.nodes[0]?.result?.id ?? '';
    await open(made);
    expect((await runEnded(app, made)).status).toBe('SUCCEEDED');
  });
});
