import { InputCheck } from '../../errors.ts';
import { cronOf } from '../../manifest/cron.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockJob, findJob } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { planSchedule } from './plan-schedule.ts';
import { type ScheduleFields, checkFields, policiesOf, scheduleExists } from './schedule-fields.ts';

export type CreateScheduleInput = ScheduleFields & {
  job: string;
  name: string;
  interval: string;
  /** Whether the schedule is enabled; true when absent. */
  isEnabled?: boolean | null | undefined;
};

/** Adds a schedule to a job. @throws NotFound, InvalidInput, AlreadyExists */
export async function createSchedule(gateway: Gateway, input: CreateScheduleInput): Promise<string> {
  const { db, transaction } = gateway;
  const { environment } = await findJob(db, input.job, ['input', 'job']);
  const check = new InputCheck();
  checkName(check, 'name', input.name);
  checkFields(gateway, check, input);
  check.done();
  try {
    return await transaction(async (tx) => {
      const job = await findAndLockJob(tx, input.job, ['input', 'job'], 'SHARED');
      const schedule = await tx.schedules.create({
        environmentId: job.environmentId,
        jobId: job.id,
        name: input.name,
        interval: input.interval,
        cron: cronOf(input.interval),
        timeZone: input.timeZone ?? 'UTC',
        isEnabled: input.isEnabled ?? true,
        ...(input.isEnabled === false ? { pauseReason: 'REQUESTED', pausedAt: await tx.now() } : {}),
        ...policiesOf(input),
        env: toStoredVariables(input.env ?? [], await tx.plugins.of(job.environment.projectId)),
      });
      await planSchedule(tx, schedule);
      return schedule.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw scheduleExists(input.name, environment.name, ['input', 'name']);
    throw error;
  }
}
