import { AlreadyExists, InputCheck } from '../errors.ts';
import { cronOf } from '../manifest/cron.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { Schedule, Store } from '../store/index.ts';
import { checkInterval, checkTimeZone } from './cron.ts';
import { checkVariables, toStoredVariables, type Variable } from './environment-variables.ts';
import { checkName } from './names.ts';
import { findAndHoldJob, findAndHoldSchedule, findJob, findSchedule } from './references.ts';
import type { Services } from './services.ts';

interface ScheduleFields {
  interval?: string | null | undefined;
  timeZone?: string | null | undefined;
  env?: readonly Variable[] | null | undefined;
}

export interface CreateScheduleInput extends ScheduleFields {
  job: string;
  name: string;
  interval: string;
  /** Whether it is in force; true when absent. */
  enabled?: boolean | null | undefined;
}

/** Adds a schedule to a job. @throws NotFound, InvalidInput, AlreadyExists */
export async function createSchedule({ store }: Services, input: CreateScheduleInput): Promise<string> {
  const { environment } = await findJob(store, input.job, ['input', 'job']);
  const check = new InputCheck();
  checkName(check, 'name', input.name);
  checkFields(check, input);
  check.done();
  try {
    return await store.transaction(async (tx) => {
      const job = await findAndHoldJob(tx, input.job, ['input', 'job'], 'SHARED');
      const schedule = await tx.createSchedule({
        environmentId: job.environmentId,
        jobId: job.id,
        name: input.name,
        interval: input.interval,
        cron: cronOf(input.interval),
        timeZone: input.timeZone ?? 'UTC',
        enabled: input.enabled ?? true,
        env: toStoredVariables(input.env ?? [], await tx.pluginsOf(job.environment.projectId)),
      });
      return schedule.id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw scheduleExists(input.name, environment.name, ['input', 'name']);
    throw error;
  }
}

export interface UpdateScheduleInput extends ScheduleFields {
  schedule: string;
}

/** Changes those fields of a schedule that are given. @throws NotFound, InvalidInput */
export async function updateSchedule({ store }: Services, input: UpdateScheduleInput): Promise<string> {
  const schedule = await findSchedule(store, input.schedule, ['input', 'schedule']);
  const check = new InputCheck();
  checkFields(check, input);
  check.done();
  const environment = await store.environmentById(schedule.environmentId);
  await store.updateSchedule(schedule.id, {
    ...(input.interval == null ? {} : { interval: input.interval, cron: cronOf(input.interval) }),
    ...(input.timeZone == null ? {} : { timeZone: input.timeZone }),
    ...(input.env == null
      ? {}
      : {
          env: toStoredVariables(input.env, environment ? await store.pluginsOf(environment.projectId) : []),
        }),
  });
  return schedule.id;
}

/** Deletes a schedule: it disappears from lists and names. @throws NotFound, InvalidInput */
export async function deleteSchedule({ store }: Services, input: ScheduleInput): Promise<string> {
  return changeSchedule(store, input, () => ({ deleteTime: new Date() }));
}

/** Takes a schedule out of force until `resumeSchedule`; twice is as good as once. @throws NotFound, InvalidInput */
export async function pauseSchedule({ store }: Services, input: ScheduleInput): Promise<string> {
  return changeSchedule(store, input, ({ enabled }) => (enabled ? { enabled: false } : null));
}

/** Puts a schedule into force again; twice is as good as once. @throws NotFound, InvalidInput */
export async function resumeSchedule({ store }: Services, input: ScheduleInput): Promise<string> {
  return changeSchedule(store, input, ({ enabled }) => (enabled ? null : { enabled: true }));
}

/** What verbs of a whole schedule are given. */
export interface ScheduleInput {
  /** Id or path of the schedule. */
  schedule: string;
}

async function changeSchedule(
  store: Store,
  input: ScheduleInput,
  change: (schedule: Schedule) => { deleteTime?: Date; enabled?: boolean } | null,
): Promise<string> {
  return store.transaction(async (tx) => {
    const schedule = await findAndHoldSchedule(tx, input.schedule, ['input', 'schedule']);
    const changes = change(schedule);
    if (changes) await tx.updateSchedule(schedule.id, changes);
    return schedule.id;
  });
}

/** The refusal of a name that a schedule of the environment has. */
export function scheduleExists(name: string, environment: string, path: readonly string[]): AlreadyExists {
  return new AlreadyExists(
    `The environment "${environment}" has a schedule "${name}" already; choose another name.`,
    path,
  );
}

function checkFields(check: InputCheck, { interval, timeZone, env }: ScheduleFields): void {
  const badInterval = interval == null ? null : checkInterval(interval);
  if (badInterval) check.add('interval', 'BAD_INTERVAL', badInterval);
  const badTimeZone = timeZone == null ? null : checkTimeZone(timeZone);
  if (badTimeZone) check.add('timeZone', 'BAD_TIME_ZONE', badTimeZone);
  checkVariables(check, env ?? []);
}
