import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/domain/naming/global-id.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { seeder, type Seeder } from '../../kit/data/seed.ts';
import { done, refused } from '../../kit/verbs/call.ts';

type Status =
  'QUEUED' | 'RUNNING' | 'CANCELLING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT' | 'LOST';

let app: TestApp;
let seed: Seeder;
let project: string;
beforeAll(async () => {
  app = await startTestApp();
  seed = seeder(app.app.store);
  project = await seed.project({ name: 'alpha' });
});
afterAll(() => app.stop());

const idOf = (id: string): string => encodeGlobalId({ type: 'Run', id });
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
let count = 0;

/** An environment of its own with a job, and runs of the job in these statuses; all that ended did on one day. */
async function runsIn(statuses: readonly Status[], endedAt = day(1)) {
  const name = `env-${(count += 1)}`;
  const environmentId = await seed.environment(project, { name });
  const jobId = await seed.job(environmentId, { name: 'job' });
  const runs: string[] = [];
  for (const status of statuses) {
    const isOver = !['QUEUED', 'RUNNING', 'CANCELLING'].includes(status);
    runs.push(await seed.run(project, { environmentId, jobId, status, endedAt: isOver ? endedAt : null }));
  }
  return { path: `alpha/${name}`, environmentId, jobId, runs, ids: runs.map(idOf) };
}

async function left(runs: readonly string[]): Promise<(string | undefined)[]> {
  const rows = await app.app.store.prisma.run.findMany({ where: { id: { in: [...runs] } } });
  return runs.map((id) => rows.find((row) => row.id === id)?.status);
}

describe('deleteRun', () => {
  const remove = (run: string) => done<{ deletedId: string }>(app, 'deleteRun', { run }, 'deletedId');

  test('deletes a run with all that belongs to it, and leaves states and other runs', async () => {
    const { runs, ids, environmentId, path } = await runsIn(['FAILED', 'SUCCEEDED']);
    const [run = '', other = ''] = runs;
    for (const id of runs) {
      await seed.block(id, { position: 0 });
      for (const sequence of [1, 2, 3]) await seed.log(id, { sequence });
      await seed.metric(id, { plugin: 'tap' });
    }
    const state = await seed.state(environmentId, { stateId: 'kept' });
    await seed.stateVersion(state, { version: 1, change: 'RUN', runId: run });
    const retry = await seed.run(project, { environmentId, retryOfId: run, attempt: 2 });

    expect(await remove(ids[0] ?? '')).toMatchObject({ deletedId: ids[0] });
    const { prisma } = app.app.store;
    const counts = (runId: string) =>
      Promise.all([
        prisma.runBlock.count({ where: { runId } }),
        prisma.runLog.count({ where: { runId } }),
        prisma.runMetric.count({ where: { runId } }),
      ]);
    expect(await counts(run)).toEqual([0, 0, 0]);
    expect(await counts(other)).toEqual([1, 3, 1]);
    expect(await left(runs)).toEqual([undefined, 'SUCCEEDED']);
    const answer = await app.query(
      `query ($path: String!, $retry: ID!) {
        project(ref: "alpha") { environment(name: $path) { state(stateId: "kept") { versions { nodes { version run { id } } } } } }
        node(id: $retry) { ... on Run { attempt retryOf { id } } }
      }`,
      { path: path.split('/')[1], retry: idOf(retry) },
    );
    expect(answer).toEqual({
      project: { environment: { state: { versions: { nodes: [{ version: 1, run: null }] } } } },
      node: { attempt: 2, retryOf: null },
    });
    expect(await refused(app, 'deleteRun', { run: ids[0] })).toMatchObject({
      ...{ __typename: 'NotFound', path: ['input', 'run'] },
    });
  });

  test('refuses a run that has not ended', async () => {
    const { ids } = await runsIn(['QUEUED', 'RUNNING', 'CANCELLING']);
    for (const [i, status] of ['QUEUED', 'RUNNING', 'CANCELLING'].entries()) {
      expect(await refused(app, 'deleteRun', { run: ids[i] })).toMatchObject({
        ...{ __typename: 'WrongStatus', runStatus: status, path: ['input', 'run'] },
      });
    }
    const { path, runs } = await runsIn(['FAILED', 'SUCCEEDED']);
    expect(await remove(`${path}/job`)).toMatchObject({ deletedId: idOf(runs[1] ?? '') });
  });
});
