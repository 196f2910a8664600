import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import {
  ask,
  bookmarkOf,
  expectNoOverlap,
  readRun,
  runEnded,
  runWhen,
  type RunFacts,
} from '../../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../../kit/data/sample.ts';

const job = 'demo/dev/sales';
const errorsIn = (app: TestApp) => app.logged.filter(({ level }) => level === 'error');

describeWithMeltano('runs on one state id', () => {
  let app: TestApp;
  let sample: Sample;
  beforeAll(async () => {
    sample = await copySample();
    app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 3 });
  });
  afterAll(async () => {
    await app.stop();
    await sample.remove();
    expect(errorsIn(app)).toEqual([]);
  });

  test('never overlap: the second waits, says for what, and starts when the first ends', async () => {
    const place = sample.place();
    const first = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.25 }) });
    await runWhen(app, first.id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
    const second = await ask(app, 'runJob', { job, ...place.with({ rows: 2 }) });
    const waiting = await runWhen(app, second.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    expect(waiting).toMatchObject({
      status: 'QUEUED',
      startedAt: null,
      workerId: null,
      waitingFor: {
        run: { id: first.id },
        stateId: place.stateId,
        message: `Another run holds the state id ${place.stateId}; this one starts when it ends.`,
      },
    });
    const other = await ask(app, 'runJob', { job, ...sample.place().with({ rows: 1 }) });
    const stateless = await ask(app, 'runJob', { job, ...place.with({ rows: 1 }), noStateUpdate: true });
    const third = await ask(app, 'runJob', { job, ...place.with() });
    await runWhen(app, third.id, 'waits', ({ waitingFor }) => waitingFor !== null);
    expect(await ask(app, 'cancelRun', { run: third.id })).toMatchObject({
      status: 'CANCELLED',
      endReason: 'CANCEL_REQUESTED',
      waitingFor: null,
      blocks: { nodes: [{ status: 'ABANDONED' }] },
    });

    // Those that do not need the state id run meanwhile.
    expect((await runEnded(app, other.id)).status).toBe('SUCCEEDED');
    expect((await runEnded(app, stateless.id)).status).toBe('SUCCEEDED');
    expect((await readRun(app, first.id)).status).toBe('RUNNING');
    expect((await readRun(app, second.id)).status).toBe('QUEUED');

    await ask(app, 'cancelRun', { run: first.id });
    const runs = [await runEnded(app, first.id), await runEnded(app, second.id)];
    expect(runs.map(({ status }) => status)).toEqual(['CANCELLED', 'SUCCEEDED']);
    expect(runs[1]?.waitingFor).toBeNull();
    expectNoOverlap(runs);
    const [one, two] = runs.map(({ states }) => bookmarkOf(states.nodes[0]?.merged) ?? NaN);
    expect(two).toBe((one ?? NaN) + 2);
    expect((await readRun(app, third.id)).startedAt).toBeNull();
  });

  test('never overlap, however many are asked for at once, and each goes on from the one before', async () => {
    const place = sample.place();
    const asked = await Promise.all(
      numbers(1, 4).map(() => ask(app, 'runJob', { job, ...place.with({ rows: 3 }) })),
    );
    const runs = await Promise.all(asked.map(({ id }) => runEnded(app, id)));
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'SUCCEEDED'));
    expectNoOverlap(runs);
    expect(await place.sales()).toEqual(numbers(1, 12));
  });
});

describeWithMeltano('runs on different state ids', () => {
  test('go on at the same time, as many as there are slots', async () => {
    const sample = await copySample();
    const app = await startTestApp({ projects: [sample.project], meltano: meltano ?? '', slots: 2 });
    const input = () => ({ job, ...sample.place().with({ rows: 10_000, delay: 0.25 }) });
    const [one, two, three] = [
      await ask(app, 'runJob', input()),
      await ask(app, 'runJob', input()),
      await ask(app, 'runJob', input()),
    ];
    const hasBookmark = ({ states }: RunFacts): boolean => states.nodes.length > 0;
    await runWhen(app, one.id, 'has a bookmark', hasBookmark);
    await runWhen(app, two.id, 'has a bookmark', hasBookmark);
    // It waits for a worker alone.
    expect(await readRun(app, three.id)).toMatchObject({ status: 'QUEUED', waitingFor: null });
    await ask(app, 'cancelRun', { run: one.id });
    await runWhen(app, three.id, 'has a bookmark', hasBookmark);
    expect((await readRun(app, two.id)).status).toBe('RUNNING');
    // Drained at once: what runs is stopped and recorded.
    await app.stop();
    await sample.remove();
    expect(errorsIn(app)).toEqual([]);
  });
});
