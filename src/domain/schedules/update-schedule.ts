import { InputCheck } from '../../errors.ts';
import { cronOf } from '../../manifest/cron.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { findSchedule } from '../naming/references.ts';
import { inTransaction, type Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { findAndLockScheduleToRun } from './change-schedule.ts';
import { fireSchedule } from './fire-schedule.ts';
import { planSchedule } from './plan-schedule.ts';
import { type ScheduleFields, checkFields, policiesOf } from './schedule-fields.ts';

export type UpdateScheduleInput = ScheduleFields & { schedule: string };

/** The fields that say when it is due. */
const times = ['interval', 'timeZone', 'jitterSeconds', 'startsAt', 'endsAt'] as const;

/**
 * Changes the given fields of a schedule. A tick that is due already is decided first, by what the schedule was.
 *
 * @throws NotFound, InvalidInput
 */
export async function updateSchedule(gateway: Gateway, input: UpdateScheduleInput): Promise<Updated> {
  const at = ['input', 'schedule'];
  const check = new InputCheck();
  checkFields(gateway, check, input, await findSchedule(gateway.db, input.schedule, at));
  check.done();
  const isAboutTimes = times.some((name) => input[name] !== undefined);
  const changes = {
    ...(input.interval == null ? {} : { interval: input.interval, cron: cronOf(input.interval) }),
    ...(input.timeZone == null ? {} : { timeZone: input.timeZone }),
    ...policiesOf(input),
  };
  const started: string[] = [];
  const updated = await gateway.transaction(async (tx) => {
    const before = await findAndLockScheduleToRun(tx, input.schedule, at);
    if (isAboutTimes && before.nextTickAt !== null && before.nextTickAt > before.tickCursor) {
      const now = await tx.ticks.now();
      if (before.nextTickAt <= now) {
        started.push(...(await fireSchedule(inTransaction(gateway, tx), before, now)).runIds);
      }
    }
    const environment = input.env == null ? null : await tx.environments.byId(before.environmentId);
    const plugins = environment ? await tx.plugins.of(environment.projectId) : [];
    const env = input.env == null ? {} : { env: toStoredVariables(input.env, plugins) };
    const after = await tx.schedules.update(before.id, { ...changes, ...env });
    if (isAboutTimes) await planSchedule(tx, after);
    return { id: after.id, isChanged: after.revision !== before.revision };
  });
  if (started.length > 0) gateway.wake(started);
  return updated;
}
