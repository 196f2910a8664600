import { describe, expect, test } from 'vitest';
import {
  stepAfter,
  type ServiceEnd,
  type ServiceRules,
} from '../../../src/domain/services/restart-policy.ts';

const second = 1000;
const startedAt = new Date(Date.UTC(2026, 0, 1));
const after = (seconds: number): Date => new Date(startedAt.getTime() + seconds * second);

const rules: ServiceRules = {
  desiredStatus: 'RUNNING',
  nextStartAt: null,
  restartPolicy: 'ON_FAILURE',
  maxRestarts: null,
  restartCount: 0,
  backoffInitialSeconds: 2,
  backoffMaxSeconds: 30,
  stableAfterSeconds: 60,
};
const failed: ServiceEnd = {
  status: 'FAILED',
  endReason: 'EXITED',
  errorMessage: 'It broke.',
  startedAt,
  endedAt: after(5),
};
const completed: ServiceEnd = { ...failed, status: 'SUCCEEDED', endReason: 'COMPLETED', errorMessage: null };
const cancelled: ServiceEnd = { ...failed, status: 'CANCELLED', endReason: 'CANCEL_REQUESTED' };

describe('a service whose run has ended', () => {
  test.each([
    ['NEVER', failed, 'FAILED'],
    ['NEVER', completed, 'STOPPED'],
    ['NEVER', cancelled, 'STOPPED'],
    ['ON_FAILURE', failed, 'BACKING_OFF'],
    ['ON_FAILURE', completed, 'STOPPED'],
    ['ON_FAILURE', cancelled, 'STOPPED'],
    ['ALWAYS', failed, 'BACKING_OFF'],
    ['ALWAYS', completed, 'BACKING_OFF'],
    ['ALWAYS', cancelled, 'BACKING_OFF'],
  ] as const)('under the policy %s, after %o, is %s', (restartPolicy, end, status) => {
    const step = stepAfter({ ...rules, restartPolicy }, end);
    expect(step.status).toBe(status);
    expect(step.nextStartAt !== null).toBe(status === 'BACKING_OFF');
    expect(step.statusReason).toBe(end.errorMessage ?? 'It ended by itself, with exit code 0.');
  });

  test('waits twice as long before each restart, and never longer than the most', () => {
    const waits = [0, 1, 2, 3, 4, 5, 900].map((restartCount) => {
      const { nextStartAt, restartCount: next } = stepAfter({ ...rules, restartCount }, failed);
      expect(next).toBe(restartCount + 1);
      return ((nextStartAt?.getTime() ?? NaN) - failed.endedAt.getTime()) / second;
    });
    expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30]);
  });

  test('is given up after so many restarts in a row', () => {
    const limited = { ...rules, maxRestarts: 2 };
    expect(stepAfter({ ...limited, restartCount: 1 }, failed).status).toBe('BACKING_OFF');
    expect(stepAfter({ ...limited, restartCount: 2 }, failed)).toEqual({
      status: 'FAILED',
      statusReason: 'It was given up after 2 restarts in a row. It broke.',
      nextStartAt: null,
      restartCount: 2,
    });
    expect(stepAfter({ ...limited, maxRestarts: 0 }, failed).status).toBe('FAILED');
  });

  test('has its restarts counted anew after a stable run', () => {
    const worn = { ...rules, maxRestarts: 2, restartCount: 2 };
    expect(stepAfter(worn, { ...failed, endedAt: after(59.9) }).status).toBe('FAILED');
    expect(stepAfter(worn, { ...failed, endedAt: after(60) })).toMatchObject({
      status: 'BACKING_OFF',
      nextStartAt: after(62),
      restartCount: 1,
    });
  });

  test('stays stopped when that was asked for, however it ended', () => {
    for (const end of [failed, completed, cancelled, { ...cancelled, endReason: 'SHUTDOWN' } as const]) {
      expect(stepAfter({ ...rules, desiredStatus: 'STOPPED', restartPolicy: 'ALWAYS' }, end)).toEqual({
        status: 'STOPPED',
        statusReason: null,
        nextStartAt: null,
        restartCount: 0,
      });
    }
  });

  test('starts at once when that was asked for while it was being stopped', () => {
    const asked = { ...rules, nextStartAt: after(1), restartPolicy: 'NEVER' } as const;
    expect(stepAfter(asked, cancelled)).toMatchObject({ status: 'STARTING', nextStartAt: after(1) });
  });

  test('starts at once, uncounted and under any policy, when its worker has stopped or died', () => {
    for (const endReason of ['SHUTDOWN', 'WORKER_LOST'] as const) {
      const lost = { ...failed, status: endReason === 'SHUTDOWN' ? 'CANCELLED' : 'LOST', endReason } as const;
      const step = stepAfter({ ...rules, restartPolicy: 'NEVER', maxRestarts: 0, restartCount: 3 }, lost);
      expect(step).toMatchObject({ status: 'STARTING', nextStartAt: after(5), restartCount: 3 });
    }
  });
});
