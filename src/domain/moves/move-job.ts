import { Conflict } from '../../errors.ts';
import type { FormerName } from '../../store/naming/former-names.ts';
import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { refuseUnfinished } from '../lifecycle/delete-with-contents.ts';
import { jobExists } from '../jobs/job-fields.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockEnvironment, findAndLockJob } from '../naming/references.ts';
import { scheduleExists } from '../schedules/schedule-fields.ts';
import { type Target, checkTarget, remember } from './move-target.ts';

export async function moveJob(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['environment', 'name'], 'job');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const job = await findAndLockJob(tx, reference, ['input', 'resource', 'job'], 'EXCLUSIVE');
  const own = job.environment;
  const environment =
    to.environment == null
      ? own
      : await findAndLockEnvironment(tx, to.environment, ['input', 'to', 'environment'], 'SHARED');
  if (environment.projectId !== own.projectId) {
    throw new Conflict('A job cannot leave its project: its blocks name plugins of the project.', [
      'input',
      'to',
      'environment',
    ]);
  }
  const name = to.name ?? job.name;
  const present = await tx.jobs.byName(environment.id, name);
  if (present && present.id !== job.id) throw jobExists(name, environment.name, ['input', 'to']);
  await refuseUnfinished(tx, 'Job', job.id, ['input', 'resource', 'job']);
  if (present) return { type: 'Job', id: job.id };
  const former: FormerName[] = [{ type: 'Job', parentId: own.id, name: job.name, id: job.id }];
  if (environment.id !== own.id) {
    const [taken] = await tx.schedules.namesTaken(job.id, environment.id);
    if (taken !== undefined) throw scheduleExists(taken, environment.name, ['input', 'to', 'environment']);
    const schedules = await tx.schedules.moveWithJob(job.id, environment.id);
    for (const schedule of schedules) former.push({ type: 'Schedule', parentId: own.id, ...schedule });
  }
  await tx.jobs.update(job.id, { environmentId: environment.id, name });
  await remember(tx, former);
  return { type: 'Job', id: job.id };
}
