import { InputCheck } from '../../errors.ts';
import { cronOf } from '../../manifest/cron.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { findSchedule } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import type { Updated } from '../updated.ts';
import { type ScheduleFields, checkFields } from './schedule-fields.ts';

export interface UpdateScheduleInput extends ScheduleFields {
  schedule: string;
}

/** Changes the given fields of a schedule. @throws NotFound, InvalidInput */
export async function updateSchedule(gateway: Gateway, input: UpdateScheduleInput): Promise<Updated> {
  const { db } = gateway;
  const schedule = await findSchedule(db, input.schedule, ['input', 'schedule']);
  const check = new InputCheck();
  checkFields(gateway, check, input);
  check.done();
  const environment = await db.environments.byId(schedule.environmentId);
  const { id, revision } = await db.schedules.update(schedule.id, {
    ...(input.interval == null ? {} : { interval: input.interval, cron: cronOf(input.interval) }),
    ...(input.timeZone == null ? {} : { timeZone: input.timeZone }),
    ...(input.env == null
      ? {}
      : {
          env: toStoredVariables(input.env, environment ? await db.plugins.of(environment.projectId) : []),
        }),
  });
  return { id, isChanged: revision !== schedule.revision };
}
