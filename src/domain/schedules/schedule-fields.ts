import { AlreadyExists, InputCheck } from '../../errors.ts';
import type { Schedule } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';
import { checkTimeZone } from '../definitions/cron.ts';
import { checkInterval } from '../../manifest/cron.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';
import { checkRetryPolicy, type RetryPolicyInput } from '../definitions/retry-policy.ts';

type Policies = Pick<
  Schedule,
  'overlap' | 'catchUp' | 'catchUpWindowSeconds' | 'catchUpLimit' | 'graceSeconds' | 'jitterSeconds'
>;

/** Null removes them. */
type Bounds = Pick<Schedule, 'startsAt' | 'endsAt' | 'pauseAfterFailures' | 'priority'>;

export type ScheduleFields = {
  interval?: string | null | undefined;
  timeZone?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
  /** How its runs are retried. Null for the policy of its job. */
  retryPolicy?: RetryPolicyInput | null | undefined;
} & { [Name in keyof Policies]?: Policies[Name] | null | undefined } & {
  [Name in keyof Bounds]?: Bounds[Name] | undefined;
};

/** The error for a name that another schedule of the environment has. */
export function scheduleExists(name: string, environment: string, at: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a schedule "${name}" already; choose another name.`,
    at,
  );
}

/** The least and the greatest value of the numbers of a schedule. */
export const scheduleRanges = {
  catchUpWindowSeconds: [0, 366 * 24 * 3600],
  catchUpLimit: [1, 100],
  graceSeconds: [0, 3600],
  jitterSeconds: [0, 24 * 3600],
  pauseAfterFailures: [1, 100],
} as const;

export function checkFields(
  gateway: Gateway,
  check: InputCheck,
  fields: ScheduleFields,
  present: Pick<Schedule, 'startsAt' | 'endsAt'> = { startsAt: null, endsAt: null },
): void {
  const { interval, timeZone, env } = fields;
  const badInterval = interval == null ? null : checkInterval(interval);
  if (badInterval) check.add('interval', 'BAD_INTERVAL', badInterval);
  const badTimeZone = timeZone == null ? null : checkTimeZone(timeZone);
  if (badTimeZone) check.add('timeZone', 'BAD_TIME_ZONE', badTimeZone);
  checkVariables(check, env ?? [], gateway);
  checkRetryPolicy(check, fields.retryPolicy);
  for (const [name, [min, max]] of Object.entries(scheduleRanges)) {
    const value = fields[name as keyof typeof scheduleRanges];
    if (value == null || (value >= min && value <= max)) continue;
    check.add(name, 'OUT_OF_RANGE', `\`${name}\` lies between ${min} and ${max}, and is ${value}.`);
  }
  const { startsAt = present.startsAt, endsAt = present.endsAt } = fields;
  if (startsAt !== null && endsAt !== null && startsAt > endsAt) {
    check.add('endsAt', 'OUT_OF_RANGE', 'A schedule cannot end before it starts.');
  }
}

/** The columns of the policies that are given. */
export function policiesOf(fields: ScheduleFields): Partial<Policies & Bounds> {
  const { overlap, catchUp, catchUpWindowSeconds, catchUpLimit, graceSeconds, jitterSeconds } = fields;
  const policies = {
    ...{ overlap, catchUp, catchUpWindowSeconds, catchUpLimit, graceSeconds, jitterSeconds },
  };
  const { startsAt, endsAt, pauseAfterFailures, priority } = fields;
  const bounds = { startsAt, endsAt, pauseAfterFailures, priority };
  return Object.fromEntries([
    ...Object.entries(policies).filter(([, value]) => value != null),
    ...Object.entries(bounds).filter(([, value]) => value !== undefined),
  ]) as Partial<Policies & Bounds>;
}
