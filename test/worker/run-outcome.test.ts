import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/runner/process/process.ts';
import { endOf, type AnyOutcome, type StopReason } from '../../src/worker/run-outcome.ts';

const times = { startedAt: new Date(0), endedAt: new Date(1) };
const exited = (exitCode: number, stopRequested = false): Outcome =>
  ({ ...times, exitCode, signal: null, failedToStart: null, stopRequested }) as Outcome;
const killed = (stopRequested: boolean): Outcome =>
  ({ ...times, exitCode: null, signal: 'SIGKILL', failedToStart: null, stopRequested }) as Outcome;

const reasons: StopReason[] = ['CANCEL_REQUESTED', 'TIMEOUT', 'SHUTDOWN', 'SILENCE'];
const stopped: Record<string, [string, string]> = {
  CANCEL_REQUESTED: ['CANCELLED', 'CANCEL_REQUESTED'],
  TIMEOUT: ['TIMED_OUT', 'TIMEOUT'],
  SHUTDOWN: ['CANCELLED', 'SHUTDOWN'],
  SILENCE: ['LOST', 'WORKER_LOST'],
};

const asEnded = (...asked: Parameters<typeof endOf>): [string, string | null] => {
  const { status, endReason } = endOf(...asked);
  return [status, endReason];
};

describe.each(reasons)('a run that is stopped for %s', (reason) => {
  test('ends for it, whether its process obeyed or was killed', () => {
    expect(asEnded('RUN', killed(true), reason, null)).toEqual(stopped[reason]);
    expect(asEnded('RUN', exited(1, true), reason, 'It went wrong.')).toEqual(stopped[reason]);
  });

  test('has completed when it was done just before, unless it is a service', () => {
    expect(asEnded('RUN', exited(0, true), reason, null)).toEqual(['SUCCEEDED', 'COMPLETED']);
    expect(asEnded('SERVICE', exited(0, true), reason, null)).toEqual(stopped[reason]);
  });

  test('has failed when it never started', () => {
    const failedToStart = { code: 'NOT_FOUND', message: 'There is no meltano.' } as const;
    const outcome = { ...killed(true), failedToStart } as Outcome;
    expect(endOf('RUN', outcome, reason, null)).toMatchObject({
      ...{ status: 'FAILED', endReason: 'NOT_STARTED', errorMessage: 'There is no meltano.' },
    });
  });
});

const completed = { status: 'SUCCEEDED', endReason: 'COMPLETED', errorMessage: null };
const failed = (errorMessage: string) => ({ status: 'FAILED', endReason: 'EXITED', errorMessage });

test.each<[string, object, StopReason | null, string | null, object]>([
  ['well', exited(0), null, null, completed],
  ['well, whatever it said', exited(0), null, 'bad', completed],
  [
    'well, just before it was stopped',
    { ...exited(0), stopRequested: true },
    'CANCEL_REQUESTED',
    null,
    completed,
  ],
  ['well, with its state kept here', { ...exited(0), stateWentElsewhere: false }, null, null, completed],
  [
    'well, with its state kept elsewhere',
    { ...exited(0), stateWentElsewhere: true },
    null,
    null,
    {
      ...completed,
      errorMessage:
        'The project led the state of this run to another state backend; this gateway has not seen it.',
    },
  ],
  ['with what it discovered', { ...exited(0), discovered: [] }, null, null, completed],
  ['without it', { ...exited(0), discovered: null }, null, null, failed('meltano ended with exit code 0.')],
  ['with all plugins', { ...exited(0), unknown: 0 }, null, null, completed],
  [
    'without some',
    { ...exited(0), unknown: 2 },
    null,
    'bad',
    failed('Meltano does not know 2 of the plugins.'),
  ],
  [
    'with a test that has passed',
    { ...exited(3), passed: true },
    null,
    null,
    {
      ...{ status: 'SUCCEEDED', endReason: 'EXITED' },
      errorMessage:
        'The test has passed. That meltano ended with another exit code than 0 is a fault of its own, at stopping the loader.',
    },
  ],
  ['with a test that has not', { ...exited(3), passed: false, complaint: 'no' }, null, 'bad', failed('no')],
  [
    'with a test that says nothing',
    { ...exited(3), passed: false, complaint: null },
    null,
    'bad',
    failed('bad'),
  ],
  ['badly', exited(3), null, null, failed('meltano ended with exit code 3.')],
  ['badly, with an empty message', exited(3), null, '', failed('meltano ended with exit code 3.')],
  ['badly, with a message', exited(3), null, 'bad', failed('bad')],
  ['somehow', { ...exited(0), exitCode: null }, null, null, failed('meltano ended with exit code unknown.')],
  [
    'killed',
    killed(false),
    null,
    'bad',
    { status: 'FAILED', endReason: 'KILLED', errorMessage: 'meltano was ended by SIGKILL.' },
  ],
  [
    'before it began',
    { ...killed(false), failedToStart: { code: 'ENOENT', message: 'There is no meltano.' } },
    'CANCEL_REQUESTED',
    'bad',
    { status: 'FAILED', endReason: 'NOT_STARTED', errorMessage: 'There is no meltano.' },
  ],
  [
    'cancelled',
    exited(143, true),
    'CANCEL_REQUESTED',
    'bad',
    { status: 'CANCELLED', endReason: 'CANCEL_REQUESTED', errorMessage: 'The run was cancelled.' },
  ],
  [
    'with the gateway',
    killed(false),
    'SHUTDOWN',
    null,
    { status: 'CANCELLED', endReason: 'SHUTDOWN', errorMessage: 'The gateway was shut down.' },
  ],
  [
    'late',
    exited(143, true),
    'TIMEOUT',
    null,
    { status: 'TIMED_OUT', endReason: 'TIMEOUT', errorMessage: 'The run took too long.' },
  ],
  [
    'while the database was away',
    exited(143, true),
    'SILENCE',
    'bad',
    {
      ...{ status: 'LOST', endReason: 'WORKER_LOST' },
      errorMessage:
        'The worker could not reach the database for too long, and stopped the run. Its state is kept.',
    },
  ],
  ['by itself while the database was away', exited(3), 'SILENCE', 'bad', failed('bad')],
  ['when its row was taken', exited(143, true), 'TAKEN', 'bad', failed('bad')],
])('a run that ended %s', (_how, outcome, stopReason, complaint, expected) => {
  const { exitCode, signal } = outcome as Outcome;
  const end = endOf('RUN', outcome as AnyOutcome, stopReason, complaint);
  expect(end).toEqual({ exitCode, signal, ...expected });
});

test('a run that is killed while the store is silent, and was not stopped for it, ends as it did', () => {
  expect(asEnded('RUN', killed(false), 'SILENCE', null)).toEqual(['FAILED', 'KILLED']);
});
