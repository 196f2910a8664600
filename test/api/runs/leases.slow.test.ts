import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { freshDatabase, onServer, type TestDatabase } from '../../kit/database.ts';
import { describeWithMeltano, meltano } from '../../kit/meltano/meltano.ts';
import {
  ask,
  bookmarkOf,
  linesOf,
  readRun,
  runEnded,
  runWhen,
  storeId,
  type RunFacts,
} from '../../kit/verbs/runs.ts';
import { copySample, numbers, type Sample } from '../../kit/data/sample.ts';

const job = 'demo/dev/sales';
const errorsIn = (app: TestApp) => app.logged.filter(({ level }) => level === 'error');

/** Fails when a run began before the one that began before it had ended. */
function expectNoOverlap(runs: readonly RunFacts[]): void {
  const times = runs
    .map(({ startedAt, endedAt }) => [Date.parse(startedAt ?? ''), Date.parse(endedAt ?? '')] as const)
    .sort(([a], [b]) => a - b)
    .flat();
  expect(times).toEqual([...times].sort((a, b) => a - b));
}

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
    const first = await ask(app, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.02 }) });
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
    const input = () => ({ job, ...sample.place().with({ rows: 10_000, delay: 0.02 }) });
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

/** On the embedded database there is but one gateway. */
const describeOnServer = onServer() ? describeWithMeltano : () => undefined;
describeOnServer('two gateways on one server', () => {
  let database: TestDatabase;
  let sample: Sample;
  let apps: TestApp[];
  beforeAll(async () => {
    database = await freshDatabase();
    sample = await copySample();
    const options = { projects: [sample.project], meltano: meltano ?? '', slots: 2, database };
    apps = [await startTestApp(options), await startTestApp(options)];
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await database.drop();
    await sample.remove();
    expect(apps.flatMap(errorsIn)).toEqual([]);
  });

  test('execute every run once, on one state id one after the other', async () => {
    const shared = sample.place();
    const places = numbers(1, 3).map(() => sample.place());
    const app = (i: number): TestApp => apps[i % 2] as TestApp;
    const asked = await Promise.all([
      ...numbers(1, 4).map((_, i) => ask(app(i), 'runJob', { job, ...shared.with({ rows: 2 }) })),
      ...places.map((place, i) => ask(app(i), 'runJob', { job, ...place.with({ rows: 2 }) })),
    ]);
    const runs = await Promise.all(asked.map(({ id }, i) => runEnded(app(i + 1), id)));
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'SUCCEEDED'));
    expectNoOverlap(runs.slice(0, 4));
    expect(await shared.sales()).toEqual(numbers(1, 8));
    for (const place of places) expect(await place.sales()).toEqual([1, 2]);
    // Both took their share, and each run's lines were written by one of them.
    expect(new Set(runs.map(({ workerId }) => workerId)).size).toBe(2);
    for (const { id, logCount } of runs) {
      const lines = await linesOf(app(0), id);
      expect(lines.map(({ sequence }) => sequence)).toEqual(numbers(1, logCount));
      expect(lines.filter(({ message }) => message === 'Run completed')).toHaveLength(1);
    }
  });

  test('a run is cancelled through the gateway that does not execute it', async () => {
    const [one, two] = [apps[0] as TestApp, apps[1] as TestApp];
    const place = sample.place();
    const { id } = await ask(one, 'runJob', { job, ...place.with({ rows: 10_000, delay: 0.02 }) });
    await runWhen(one, id, 'has a bookmark', ({ states }) => states.nodes.length > 0);
    const executes = (app: TestApp): boolean =>
      app.logged.some(({ message, fields }) => message === 'run started' && fields.runId === storeId(id));
    expect(apps.filter(executes)).toHaveLength(1);
    const other = executes(one) ? two : one;
    expect((await ask(other, 'cancelRun', { run: id })).status).toBe('CANCELLING');
    expect((await runEnded(two, id)).status).toBe('CANCELLED');
  });
});
