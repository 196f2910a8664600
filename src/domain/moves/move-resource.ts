import { AlreadyExists, InvalidInput } from '../../errors.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { renameEnvironment } from './rename-environment.ts';
import { renamePlugin } from './rename-plugin.ts';
import type { Gateway } from '../gateway.ts';
import { type MoveResourceInput, type Target, checkNewName } from './move-target.ts';
import { renameProject } from './rename-project.ts';
import { moveJob } from './move-job.ts';
import { moveSchedule } from './move-schedule.ts';
import { moveService } from './move-service.ts';
import { moveState } from './move-state.ts';

/**
 * Moves or renames an object. Projects, environments and plugins get another name; jobs and services another
 * environment or name; schedules another job or name; states another environment or state id. The schedules
 * of a job move with it. Ids, runs and versions stay.
 *
 * @returns the id of the object
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function moveResource(
  { transaction }: Gateway,
  { resource, to }: MoveResourceInput,
): Promise<GlobalId> {
  const { project, environment, plugin, job, schedule, service, state } = resource;
  try {
    return await transaction((tx) => {
      if (project != null) return renameProject(tx, project, to);
      if (environment != null) return moveEnvironment(tx, environment, to);
      if (plugin != null) return movePlugin(tx, plugin, to);
      if (job != null) return moveJob(tx, job, to);
      if (schedule != null) return moveSchedule(tx, schedule, to);
      if (service != null) return moveService(tx, service, to);
      if (state != null) return moveState(tx, state, to);
      throw new InvalidInput([
        {
          path: ['input', 'resource'],
          code: 'MISSING',
          message: 'Name a project, an environment, a plugin, a job, a schedule, a service or a state.',
        },
      ]);
    });
  } catch (error) {
    // Another request took the name after this one had checked it.
    if (isDuplicate(error)) throw new AlreadyExists(state == null ? taken : takenByState, ['input', 'to']);
    throw error;
  }
}

export const taken = 'Something has that name already.';

const takenByState =
  'The state id is taken, if only by the versions of a state that was cleared; `moveState` goes on from those.';

async function moveEnvironment(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const name = checkNewName(to, 'environment');
  const id = await renameEnvironment(tx, reference, name, ['input', 'resource', 'environment']);
  return { type: 'Environment', id };
}

async function movePlugin(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const name = checkNewName(to, 'plugin');
  const id = await renamePlugin(tx, reference, name, ['input', 'resource', 'plugin']);
  return { type: 'Plugin', id };
}
