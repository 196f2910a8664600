import type { InputCheck } from '../../errors.ts';
import type { Run } from '../../store/index.ts';

/** What a run can end by so that it is retried. */
export type RetryCause = 'FAILED' | 'TIMED_OUT' | 'LOST' | 'SHUTDOWN';

/** By which policy runs are retried, as the store keeps it. */
export interface RetryPolicy {
  maxAttempts: number;
  initialDelaySeconds: number;
  backoffFactor: number;
  maxDelaySeconds: number;
  retryOn: readonly RetryCause[];
}

/** A policy as callers give it. */
export interface RetryPolicyInput {
  maxAttempts: number;
  initialDelaySeconds?: number | null | undefined;
  backoffFactor?: number | null | undefined;
  maxDelaySeconds?: number | null | undefined;
  retryOn?: readonly RetryCause[] | null | undefined;
}

const causes: readonly RetryCause[] = ['FAILED', 'TIMED_OUT', 'LOST', 'SHUTDOWN'];

const daySeconds = 24 * 3600;

/** Notes what is wrong with a policy. */
export function checkRetryPolicy(check: InputCheck, policy: RetryPolicyInput | null | undefined): void {
  if (!policy) return;
  const { maxAttempts, initialDelaySeconds, backoffFactor, maxDelaySeconds } = policy;
  const between = (
    name: keyof RetryPolicyInput,
    value: number | null | undefined,
    min: number,
    max: number,
    message: string,
  ): void => {
    if (value != null && (value < min || value > max))
      check.add(`retryPolicy.${name}`, 'OUT_OF_RANGE', message);
  };
  between('maxAttempts', maxAttempts, 1, 100, 'A run has between 1 and 100 attempts.');
  const delay = 'A delay lies between 0 seconds and a day (86,400 seconds).';
  between('initialDelaySeconds', initialDelaySeconds, 0, daySeconds, delay);
  between('maxDelaySeconds', maxDelaySeconds, 0, daySeconds, delay);
  between('backoffFactor', backoffFactor, 1, 10, 'The factor lies between 1 and 10.');
}

/** A policy with what was not given. */
export function toRetryPolicy(policy: RetryPolicyInput): RetryPolicy {
  const { maxAttempts, initialDelaySeconds, backoffFactor, maxDelaySeconds, retryOn } = policy;
  return {
    maxAttempts,
    initialDelaySeconds: initialDelaySeconds ?? 60,
    backoffFactor: backoffFactor ?? 2,
    maxDelaySeconds: maxDelaySeconds ?? 3600,
    retryOn: causes.filter((cause) => retryOn?.includes(cause) ?? true),
  };
}

/** The column of a job or a schedule that gets the policy of an input; none when the input says nothing of it. */
export function storedRetryPolicy({ retryPolicy }: { retryPolicy?: RetryPolicyInput | null | undefined }): {
  retryPolicy?: RetryPolicy | null;
} {
  if (retryPolicy === undefined) return {};
  return { retryPolicy: retryPolicy && toRetryPolicy(retryPolicy) };
}

/** What must be known of a run that has ended, to retry it by its policy. */
type EndedRun = Pick<Run, 'status' | 'endReason' | 'attempt' | 'lastAttempt' | 'retryPolicy'>;

/**
 * How long a run that has ended waits for its next attempt, in milliseconds.
 *
 * @returns null when it is not retried
 */
export function retryDelayMs({
  status,
  endReason,
  attempt,
  lastAttempt,
  retryPolicy,
}: EndedRun): number | null {
  if (retryPolicy === null || lastAttempt === null || attempt >= lastAttempt) return null;
  const policy = retryPolicy as unknown as RetryPolicy;
  const cause = endReason === 'SHUTDOWN' ? 'SHUTDOWN' : status;
  if (!(policy.retryOn as readonly string[]).includes(cause)) return null;
  // Attempts before the policy began to count, which others have asked for, are not its own.
  const earlier = policy.maxAttempts - 1 - (lastAttempt - attempt);
  const seconds = policy.initialDelaySeconds * policy.backoffFactor ** earlier;
  return Math.min(seconds, policy.maxDelaySeconds) * 1000;
}
