import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeStates } from '../../../src/runner/states/state-files.ts';
import { runDirectoryAt } from '../../../src/runner/run-directory.ts';
import type { RunEnd, RunToExecute } from '../../../src/store/runs/runs.ts';
import { RunTaken } from '../../../src/store/runs/run-taken.ts';
import { claimRun } from '../../../src/worker/claim-run.ts';
import { endRun, nothingFound } from '../../../src/worker/end-run.ts';
import { executeRun } from '../../../src/worker/execute-run.ts';
import type { Execution } from '../../../src/worker/execution.ts';
import { journalIn, readUnrecorded } from '../../../src/worker/journal.ts';
import { endLostRuns } from '../../../src/worker/recovery/lost-runs.ts';
import { recover } from '../../../src/worker/recovery/recover.ts';
import type { StopReason } from '../../../src/worker/run-outcome.ts';
import { directoryOf } from '../../../src/worker/start-process.ts';
import { startTestApp, type TestApp } from '../../kit/app.ts';
import { enrol, executionOn } from '../../kit/verbs/execution.ts';
import { fixture } from '../../kit/data/projects.ts';
import { standIn } from '../../kit/meltano/stand-in.ts';
import { refused } from '../../kit/verbs/call.ts';
import { ask, readRun, storeId } from '../../kit/verbs/runs.ts';
import { readState, storedText } from '../../kit/verbs/states.ts';
import { tableTexts } from '../../kit/tables.ts';

let app: TestApp;
/** Two workers on one store. On the embedded database, too: it does not know of how many workers it is asked. */
let here: Execution;
let elsewhere: Execution;
beforeAll(async () => {
  app = await startTestApp({ projects: [{ name: 'desk', directory: fixture('desk') }] });
  for (const name of ['here/1', 'elsewhere/1']) await enrol(app.app.store, name);
  const waiting = { meltano: standIn('waits.sh') };
  here = executionOn(app, 'here/1', waiting);
  elsewhere = executionOn(app, 'elsewhere/1', waiting);
});
afterAll(() => app.stop());

let count = 0;

interface Claimed {
  /** Its id in the API. */
  id: string;
  run: RunToExecute;
  stateId: string;
  /** A queued run that waits for its lease. */
  waiting: string;
}

/** A run that the worker has claimed, and one that waits for it. */
async function claimed(): Promise<Claimed> {
  const stateIdSuffix = `s${(count += 1)}`;
  const [{ id }, { id: waiting }] = [
    await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix }),
    await ask(app, 'runJob', { job: 'desk/dev/calls', stateIdSuffix }),
  ];
  const run = await claimRun(here, storeId(id));
  if (!run) throw new Error('The run was not claimed.');
  const one = { id, run, waiting, stateId: `dev:tap-calls-to-target-desk:${stateIdSuffix}` };
  await expectHeld(one);
  return one;
}

/** Expects that the run has its lease, for which the other one waits. */
async function expectHeld({ id, waiting }: Claimed): Promise<void> {
  expect(await claimRun(here, storeId(waiting))).toBeNull();
  expect((await readRun(app, waiting)).waitingFor?.run.id).toBe(id);
}

/** Expects that the lease is free: what waited for it is claimed. It then ends, too. */
async function expectFreed({ waiting }: Claimed): Promise<void> {
  expect(await readRun(app, waiting)).toMatchObject({ status: 'QUEUED', waitingFor: null });
  const run = await claimRun(here, storeId(waiting));
  if (!run) throw new Error('The lease was not freed.');
  await endRun(here, run, 'here/1', ended);
}

const facts = { exitCode: null, signal: 'SIGTERM', errorMessage: null };
const ended: RunEnd = { ...facts, status: 'SUCCEEDED', endReason: 'COMPLETED' };
const lost: RunEnd = { ...facts, status: 'LOST', endReason: 'WORKER_LOST', errorMessage: 'No sign of life.' };

/** Executes a run that is stopped for reasons, one after the other, as soon as it is supervised. */
const executeUntil = ({ run }: Claimed, reasons: readonly StopReason[]): Promise<void> =>
  executeRun(here, run, (stoppable) => {
    for (const reason of reasons) stoppable.stop(reason);
    return () => undefined;
  });

/** Recovers what nobody executes any more. */
const recoverAs = (execution: Execution, lostRuns: RunToExecute[], isOurs = false): Promise<void> =>
  recover(
    execution,
    () => Promise.resolve(lostRuns),
    () => isOurs,
  );

const endedAs: Record<Exclude<StopReason, 'TAKEN'>, object> = {
  CANCEL_REQUESTED: {
    status: 'CANCELLED',
    endReason: 'CANCEL_REQUESTED',
    errorMessage: 'The run was cancelled.',
  },
  TIMEOUT: { status: 'TIMED_OUT', endReason: 'TIMEOUT', errorMessage: 'The run took too long.' },
  SHUTDOWN: { status: 'CANCELLED', endReason: 'SHUTDOWN', errorMessage: 'The gateway was shut down.' },
  SILENCE: {
    ...{ status: 'LOST', endReason: 'WORKER_LOST' },
    errorMessage: expect.stringContaining('could not reach the database') as string,
  },
};
const reasons = Object.keys(endedAs) as (keyof typeof endedAs)[];
const pairs = reasons.flatMap((first) => reasons.map((second) => [first, second] as const));

describe('a run that is to be stopped for two reasons', () => {
  test.each(pairs)('for %s and then for %s, ends for the first', async (...both) => {
    const one = await claimed();
    await executeUntil(one, both);
    if (both.includes('SILENCE')) {
      // Nothing was written to a store that is silent.
      await expectHeld(one);
      expect(await readRun(app, one.id)).toMatchObject({ status: 'RUNNING', endedAt: null });
      await recoverAs(here, []);
    }
    expect(await readRun(app, one.id)).toMatchObject({
      ...{ ...endedAs[both[0]], signal: 'SIGTERM', workerId: 'here/1' },
      blocks: { nodes: [{ status: 'ABANDONED' }] },
    });
    expect(existsSync(directoryOf(here, one.run.id))).toBe(false);
    await expectFreed(one);
  });

  test.each(reasons.flatMap((reason) => [[reason, 'TAKEN'] as const, ['TAKEN', reason] as const]))(
    'for %s and then for %s, is left to whom it belongs',
    async (...both) => {
      const one = await claimed();
      await app.app.store.prisma.run.update({ where: { id: one.run.id }, data: { workerId: 'elsewhere/1' } });
      const before = await tableTexts(app.app.store);
      await executeUntil(one, both);
      expect(await tableTexts(app.app.store)).toEqual(before);
      await expectHeld(one);
      // Its files are there for whoever finds that it is lost, and say of no end.
      expect(existsSync(directoryOf(here, one.run.id))).toBe(true);
      expect(await readUnrecorded(directoryOf(here, one.run.id))).toBeNull();
      await endLostRuns(here, [{ ...one.run, workerId: 'elsewhere/1' }]);
      expect(await readRun(app, one.id)).toMatchObject({ status: 'LOST', workerId: 'elsewhere/1' });
      expect(existsSync(directoryOf(here, one.run.id))).toBe(false);
      await expectFreed(one);
    },
  );
});

describe('a run that is declared LOST by another worker', () => {
  test.each(['CANCEL_REQUESTED', 'TIMEOUT', 'SHUTDOWN'] as const)(
    'before its own one records %s, stays LOST',
    async (reason) => {
      const one = await claimed();
      await endRun(elsewhere, one.run, 'here/1', lost);
      await executeUntil(one, [reason]);
      expect(await readRun(app, one.id)).toMatchObject({ status: 'LOST', errorMessage: 'No sign of life.' });
      expect(await refused(app, 'cancelRun', { run: one.id })).toMatchObject({
        ...{ __typename: 'WrongStatus', runStatus: 'LOST', path: ['input', 'run'] },
      });
      await recoverAs(here, []);
      expect(existsSync(directoryOf(here, one.run.id))).toBe(false);
      expect(await readRun(app, one.id)).toMatchObject({ status: 'LOST', errorMessage: 'No sign of life.' });
      await expectFreed(one);
    },
  );

  test.each(['CANCEL_REQUESTED', 'TIMEOUT', 'SHUTDOWN'] as const)(
    'after its own one has recorded %s, stays as it ended, with its state',
    async (reason) => {
      const one = await claimed();
      await executeUntil(one, [reason]);
      const before = await tableTexts(app.app.store);
      // As another worker has read it before, with a state that was never confirmed.
      await leaveState(one);
      await endLostRuns(elsewhere, [one.run]);
      await recoverAs(elsewhere, [one.run]);
      expect(await tableTexts(app.app.store)).toEqual(before);
      expect(existsSync(directoryOf(here, one.run.id))).toBe(false);
      await expectFreed(one);
    },
  );

  test('when it was to be cancelled, is LOST: nobody knows whether it was', async () => {
    const one = await claimed();
    expect(await ask(app, 'cancelRun', { run: one.id })).toMatchObject({ status: 'CANCELLING' });
    await recoverAs(elsewhere, [one.run]);
    expect(await readRun(app, one.id)).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST' });
    await expectFreed(one);
  });
});

describe('the recovery', () => {
  test('leaves alone what its own worker executes, however silent it is, and ends what nobody executes', async () => {
    const one = await claimed();
    await leaveState(one);
    await leaveEnd(one, 'here/1');
    const before = await tableTexts(app.app.store);
    await recoverAs(here, [one.run], true);
    expect(await tableTexts(app.app.store)).toEqual(before);
    expect(existsSync(directoryOf(here, one.run.id))).toBe(true);
    await expectHeld(one);
    await recoverAs(here, [one.run], false);
    expect(await readRun(app, one.id)).toMatchObject({ status: 'SUCCEEDED', endReason: 'COMPLETED' });
    expect(await storedText(app, one.stateId)).toEqual(['{"singer_state": {"at": 1}} {}']);
    await expectFreed(one);
  });

  test('takes no end that another worker has left of the run', async () => {
    const one = await claimed();
    await leaveEnd(one, 'before/1');
    await recoverAs(here, [], false);
    expect(await readRun(app, one.id)).toMatchObject({ status: 'RUNNING', endedAt: null });
    await recoverAs(here, [one.run], false);
    expect(await readRun(app, one.id)).toMatchObject({ status: 'LOST', endReason: 'WORKER_LOST' });
    await expectFreed(one);
  });

  test('keeps the state of a run that is lost', async () => {
    const one = await claimed();
    await leaveState(one);
    await recoverAs(here, [one.run]);
    expect(await readState(app, `desk/dev/${one.stateId}`)).toMatchObject({
      ...{ version: 1, completed: { singer_state: { at: 1 } } },
      versions: { nodes: [{ change: 'RUN' }] },
    });
    await expectFreed(one);
  });
});

test('a worker that does not execute the run can neither end it nor free its lease', async () => {
  const one = await claimed();
  for (const workerId of ['elsewhere/1', null]) {
    await expect(endRun(elsewhere, one.run, workerId, ended)).rejects.toThrow(RunTaken);
    await expectHeld(one);
  }
  await endRun(here, one.run, 'here/1', ended);
  await expectFreed(one);
  await expect(endRun(here, one.run, 'here/1', lost)).rejects.toThrow(RunTaken);
  expect(await readRun(app, one.id)).toMatchObject({ status: 'SUCCEEDED' });
});

/** Leaves in the directory of a run what its loader has confirmed. */
async function leaveState({ run, stateId }: Claimed): Promise<void> {
  const { state } = runDirectoryAt(directoryOf(here, run.id));
  await writeStates(
    state,
    new Map([[stateId, { text: '{"completed": {"singer_state": {"at": 1}}, "partial": {}}' }]]),
  );
}

/** Leaves in the directory of a run that it has ended well, as a worker does that cannot reach the store. */
async function leaveEnd({ run }: Claimed, workerId: string): Promise<void> {
  const journal = journalIn(directoryOf(here, run.id), (error) => expect.fail(String(error)));
  await journal.addEnd({ workerId, end: ended, at: Date.now(), findings: nothingFound });
}
