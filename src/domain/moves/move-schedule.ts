import { Conflict } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { checkName } from '../naming/names.ts';
import { environmentOf, findAndLockJob, findAndLockSchedule } from '../naming/references.ts';
import { scheduleExists } from '../schedules/schedule-fields.ts';
import { type Target, checkTarget, remember } from './move-target.ts';

export async function moveSchedule(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['job', 'name'], 'schedule');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const job = to.job == null ? null : await findAndLockJob(tx, to.job, ['input', 'to', 'job'], 'SHARED');
  const schedule = await findAndLockSchedule(tx, reference, ['input', 'resource', 'schedule']);
  const own = await environmentOf(tx, schedule.environmentId);
  const environment = job?.environment ?? own;
  if (own.projectId !== environment.projectId) {
    throw new Conflict('A schedule cannot leave its project.', ['input', 'to', 'job']);
  }
  const name = to.name ?? schedule.name;
  const present = await tx.schedules.byName(environment.id, name);
  if (present && present.id !== schedule.id) throw scheduleExists(name, environment.name, ['input', 'to']);
  if (!present) {
    await remember(tx, [{ type: 'Schedule', parentId: own.id, name: schedule.name, id: schedule.id }]);
  }
  await tx.schedules.update(schedule.id, {
    environmentId: environment.id,
    name,
    ...(job ? { jobId: job.id, extractor: null, loader: null, transform: null } : {}),
  });
  return { type: 'Schedule', id: schedule.id };
}
