import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/runner/process/process.ts';
import { endOf, type StopReason } from '../../src/worker/run-outcome.ts';

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

describe('a run that ends by itself', () => {
  test.each<[string, Outcome, string | null, object]>([
    ['well', exited(0), 'unheard', { status: 'SUCCEEDED', endReason: 'COMPLETED', errorMessage: null }],
    [
      'with a complaint',
      exited(1),
      'A tap broke.',
      { status: 'FAILED', endReason: 'EXITED', errorMessage: 'A tap broke.' },
    ],
    [
      'without a word',
      exited(3),
      null,
      { status: 'FAILED', endReason: 'EXITED', errorMessage: 'meltano ended with exit code 3.' },
    ],
    [
      'by a signal',
      killed(false),
      null,
      { status: 'FAILED', endReason: 'KILLED', errorMessage: 'meltano was ended by SIGKILL.' },
    ],
  ])('%s', (_how, outcome, complaint, end) => {
    expect(endOf('RUN', outcome, null, complaint)).toMatchObject(end);
  });

  test('while the store is silent, and was not stopped for it, ends as it did', () => {
    expect(asEnded('RUN', exited(1), 'SILENCE', null)).toEqual(['FAILED', 'EXITED']);
    expect(asEnded('RUN', killed(false), 'SILENCE', null)).toEqual(['FAILED', 'KILLED']);
  });
});
