import { AlreadyExists, InputCheck } from '../../errors.ts';
import type { Gateway } from '../gateway.ts';
import { checkTimeZone } from '../definitions/cron.ts';
import { checkInterval } from '../../manifest/cron.ts';
import { checkVariables, type Variable } from '../definitions/environment-variables.ts';

export interface ScheduleFields {
  interval?: string | null | undefined;
  timeZone?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
}

/** The error for a name that another schedule of the environment has. */
export function scheduleExists(name: string, environment: string, at: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a schedule "${name}" already; choose another name.`,
    at,
  );
}

export function checkFields(
  gateway: Gateway,
  check: InputCheck,
  { interval, timeZone, env }: ScheduleFields,
): void {
  const badInterval = interval == null ? null : checkInterval(interval);
  if (badInterval) check.add('interval', 'BAD_INTERVAL', badInterval);
  const badTimeZone = timeZone == null ? null : checkTimeZone(timeZone);
  if (badTimeZone) check.add('timeZone', 'BAD_TIME_ZONE', badTimeZone);
  checkVariables(check, env ?? [], gateway);
}
