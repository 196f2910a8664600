import { InputCheck } from '../../errors.ts';
import { cronOf } from '../../manifest/cron.ts';
import type { Schedule, Statements } from '../../store/index.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { storedRetryPolicy } from '../definitions/retry-policy.ts';
import { findSchedule } from '../naming/references.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { findAndLockScheduleToRun } from './change-schedule.ts';
import { fireSchedule } from './fire-schedule.ts';
import { fireFollower } from './following/fire-follower.ts';
import { checkTrigger, followingColumns, type AfterInput } from './following/following-fields.ts';
import { refusedCycle } from './following/refuse-cycle.ts';
import { planSchedule } from './plan-schedule.ts';
import { type ScheduleFields, checkFields, policiesOf } from './schedule-fields.ts';

export type UpdateScheduleInput = ScheduleFields & {
  schedule: string;
  /** The jobs that it follows from now on, in place of an interval. */
  after?: AfterInput | null | undefined;
};

/** The fields that say when it is due. */
const times = ['interval', 'timeZone', 'jitterSeconds', 'startsAt', 'endsAt', 'after'] as const;

/**
 * Changes the given fields of a schedule. A tick that is due already is decided first, by what the schedule was.
 *
 * @throws NotFound, InvalidInput; Conflict when a job would start itself
 */
export async function updateSchedule(gateway: Gateway, input: UpdateScheduleInput): Promise<Updated> {
  const at = ['input', 'schedule'];
  const check = new InputCheck();
  checkFields(gateway, check, input, await findSchedule(gateway.db, input.schedule, at));
  checkTrigger(check, input, false);
  check.done();
  const isAboutTimes = times.some((name) => input[name] !== undefined);
  const changes = {
    ...(input.interval == null
      ? {}
      : { interval: input.interval, cron: cronOf(input.interval), afterRule: null, afterJobIds: [] }),
    ...(input.timeZone == null ? {} : { timeZone: input.timeZone }),
    ...policiesOf(input),
    ...storedRetryPolicy(input),
  };
  const started: string[] = [];
  const update = async (tx: Statements): Promise<Updated> => {
    const before = await findAndLockScheduleToRun(tx, input.schedule, at);
    if (isAboutTimes) started.push(...(await fireWhatIsDue(inTransaction(gateway, tx), before)));
    const environment = input.env == null ? null : await tx.environments.byId(before.environmentId);
    const plugins = environment ? await tx.plugins.of(environment.projectId) : [];
    const env = input.env == null ? {} : { env: toStoredVariables(input.env, plugins) };
    const following = input.after == null ? {} : await followingColumns(tx, input.after);
    const after = await tx.schedules.update(before.id, { ...changes, ...env, ...following });
    if (isAboutTimes) await planSchedule(tx, after);
    return { id: after.id, isChanged: after.revision !== before.revision };
  };
  const updated = await gateway.transaction(update).catch((error: unknown) => {
    throw refusedCycle(error, ['input', 'after']);
  });
  if (started.length > 0) gateway.wake(started);
  return updated;
}

/** @returns the ids of the runs */
async function fireWhatIsDue(gateway: Gateway, schedule: Schedule): Promise<string[]> {
  const { db } = gateway;
  const { id, afterRule, nextTickAt, tickCursor } = schedule;
  if (afterRule !== null) {
    if (!(await db.following.isDue(id))) return [];
    return (await fireFollower(gateway, schedule, await db.ticks.now())).runIds;
  }
  // A gateway has still to compute its next time.
  if (nextTickAt === null || nextTickAt <= tickCursor) return [];
  const now = await db.ticks.now();
  return nextTickAt <= now ? (await fireSchedule(gateway, schedule, now)).runIds : [];
}
