import { InputCheck } from '../../errors.ts';
import { cronOf } from '../../manifest/cron.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import { toStoredVariables } from '../definitions/environment-variables.ts';
import { storedRetryPolicy } from '../definitions/retry-policy.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockJob, findJob } from '../naming/references.ts';
import type { Gateway } from '../gateway.ts';
import { checkTrigger, followingColumns, type AfterInput } from './following/following-fields.ts';
import { refusedCycle } from './following/refuse-cycle.ts';
import { planSchedule } from './plan-schedule.ts';
import { type ScheduleFields, checkFields, policiesOf, scheduleExists } from './schedule-fields.ts';

export type CreateScheduleInput = ScheduleFields & {
  job: string;
  name: string;
  interval?: string | null | undefined;
  /** The jobs that it follows, in place of an interval. */
  after?: AfterInput | null | undefined;
  /** Whether the schedule is enabled; true when absent. */
  isEnabled?: boolean | null | undefined;
};

/** Adds a schedule to a job. @throws NotFound, InvalidInput, AlreadyExists; Conflict when a job would start itself */
export async function createSchedule(gateway: Gateway, input: CreateScheduleInput): Promise<string> {
  const { db, transaction } = gateway;
  const { environment } = await findJob(db, input.job, ['input', 'job']);
  const check = new InputCheck();
  checkName(check, 'name', input.name);
  checkFields(gateway, check, input);
  checkTrigger(check, input, true);
  check.done();
  try {
    return await transaction(async (tx) => {
      const job = await findAndLockJob(tx, input.job, ['input', 'job'], 'SHARED');
      const schedule = await tx.schedules.create({
        environmentId: job.environmentId,
        jobId: job.id,
        name: input.name,
        ...(input.after == null
          ? { interval: input.interval ?? '', cron: cronOf(input.interval ?? null) }
          : await followingColumns(tx, input.after)),
        timeZone: input.timeZone ?? 'UTC',
        isEnabled: input.isEnabled ?? true,
        ...(input.isEnabled === false ? { pauseReason: 'REQUESTED', pausedAt: await tx.now() } : {}),
        ...policiesOf(input),
        ...storedRetryPolicy(input),
        env: toStoredVariables(input.env ?? [], await tx.plugins.of(job.environment.projectId)),
      });
      await planSchedule(tx, schedule);
      return schedule.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw scheduleExists(input.name, environment.name, ['input', 'name']);
    throw refusedCycle(error, ['input', 'after']);
  }
}
