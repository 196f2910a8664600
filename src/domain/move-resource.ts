import { AlreadyExists, Busy, Conflict, InputCheck, InvalidInput } from '../errors.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { FormerName } from '../store/former-name.ts';
import type { Statements } from '../store/index.ts';
import { findTarget } from './copy-state.ts';
import type { GlobalId } from './global-id.ts';
import { heldState, holdingStates, placeIn } from './hold-states.ts';
import { refuseUnfinished } from './deletion.ts';
import { jobExists } from './job.ts';
import { checkName } from './names.ts';
import { projectExists } from './project.ts';
import {
  environmentOf,
  findAndHoldEnvironment,
  findAndHoldJob,
  findAndHoldProject,
  findAndHoldSchedule,
  findAndHoldService,
  findState,
} from './references.ts';
import { renameEnvironment } from './rename-environment.ts';
import { renamePlugin } from './rename-plugin.ts';
import { scheduleExists } from './schedule.ts';
import { serviceExists } from './service.ts';
import type { Services } from './services.ts';

type Optional<T> = T | null | undefined;

export interface MoveResourceInput {
  /** Exactly one of them: the id or path of what is to be moved. */
  resource: {
    project?: Optional<string>;
    environment?: Optional<string>;
    plugin?: Optional<string>;
    job?: Optional<string>;
    schedule?: Optional<string>;
    service?: Optional<string>;
    state?: Optional<string>;
  };
  /** Where to; what is absent stays as it is. */
  to: {
    environment?: Optional<string>;
    job?: Optional<string>;
    name?: Optional<string>;
    stateId?: Optional<string>;
  };
}

/**
 * Moves or renames a project, an environment or a plugin (to another name), a job (to another environment or name,
 * its schedules with it), a schedule (to another job or name), a service (to another environment or name) or a state
 * (to another state id or environment). Ids, runs and versions stay.
 *
 * @returns the id of what was moved
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function moveResource(
  { store }: Services,
  { resource, to }: MoveResourceInput,
): Promise<GlobalId> {
  const { project, environment, plugin, job, schedule, service, state } = resource;
  try {
    return await store.transaction((tx) => {
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
    // Somebody took the name between our look and our write.
    if (isDuplicate(error)) throw new AlreadyExists(state == null ? taken : takenByState, ['input', 'to']);
    throw error;
  }
}

const taken = 'Something has that name already.';
const takenByState =
  'The state id is taken, if only by the versions of a state that was cleared; `moveState` goes on from those.';

type Target = MoveResourceInput['to'];

// Every kind can go to some places only; another one is a mistake of the caller's that must not pass unseen.
function checkTarget(to: Target, allowed: readonly (keyof Target)[], kind: string): InputCheck {
  const check = new InputCheck();
  const given = Object.entries(to).filter(([, value]) => value != null);
  for (const [key] of given) {
    if (!allowed.includes(key as keyof Target)) {
      check.add(`to.${key}`, 'NOT_APPLICABLE', `A ${kind} cannot be moved to another \`${key}\`.`);
    }
  }
  if (given.length === 0) check.add('to', 'MISSING', `Say where to: ${allowed.join(' or ')}.`);
  return check;
}

function remember(tx: Statements, former: readonly FormerName[]): Promise<void> {
  return tx.rememberNames(former, new Date());
}

async function renameProject(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const name = checkNewName(to, 'project');
  const project = await findAndHoldProject(tx, reference, ['input', 'resource', 'project'], 'EXCLUSIVE');
  const present = await tx.projectByName(name);
  if (present && present.id !== project.id) throw projectExists(name, ['input', 'to']);
  if (!present) {
    await tx.updateProject(project.id, { name });
    await remember(tx, [{ type: 'Project', parentId: null, name: project.name, id: project.id }]);
  }
  return { type: 'Project', id: project.id };
}

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

// For what can be renamed, and cannot go anywhere else.
function checkNewName(to: Target, kind: string): string {
  const check = checkTarget(to, ['name'], kind);
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  return to.name ?? '';
}

async function moveJob(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['environment', 'name'], 'job');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const job = await findAndHoldJob(tx, reference, ['input', 'resource', 'job'], 'EXCLUSIVE');
  const own = job.environment;
  const environment =
    to.environment == null
      ? own
      : await findAndHoldEnvironment(tx, to.environment, ['input', 'to', 'environment'], 'SHARED');
  if (environment.projectId !== own.projectId) {
    throw new Conflict('A job cannot leave its project: its blocks name plugins of the project.', [
      'input',
      'to',
      'environment',
    ]);
  }
  const name = to.name ?? job.name;
  const present = await tx.jobByName(environment.id, name);
  if (present && present.id !== job.id) throw jobExists(name, environment.name, ['input', 'to']);
  await refuseUnfinished(tx, 'Job', job.id, ['input', 'resource', 'job']);
  if (present) return { type: 'Job', id: job.id };
  const former: FormerName[] = [{ type: 'Job', parentId: own.id, name: job.name, id: job.id }];
  if (environment.id !== own.id) {
    const [taken] = await tx.scheduleNamesTaken(job.id, environment.id);
    if (taken !== undefined) throw scheduleExists(taken, environment.name, ['input', 'to', 'environment']);
    const schedules = await tx.moveSchedulesOfJob(job.id, environment.id);
    for (const schedule of schedules) former.push({ type: 'Schedule', parentId: own.id, ...schedule });
  }
  await tx.updateJob(job.id, { environmentId: environment.id, name });
  await remember(tx, former);
  return { type: 'Job', id: job.id };
}

async function moveSchedule(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['job', 'name'], 'schedule');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const job = to.job == null ? null : await findAndHoldJob(tx, to.job, ['input', 'to', 'job'], 'SHARED');
  const schedule = await findAndHoldSchedule(tx, reference, ['input', 'resource', 'schedule']);
  const own = await environmentOf(tx, schedule.environmentId);
  const environment = job?.environment ?? own;
  if (own.projectId !== environment.projectId) {
    throw new Conflict('A schedule cannot leave its project.', ['input', 'to', 'job']);
  }
  const name = to.name ?? schedule.name;
  const present = await tx.scheduleByName(environment.id, name);
  if (present && present.id !== schedule.id) throw scheduleExists(name, environment.name, ['input', 'to']);
  if (!present) {
    await remember(tx, [{ type: 'Schedule', parentId: own.id, name: schedule.name, id: schedule.id }]);
  }
  await tx.updateSchedule(schedule.id, {
    environmentId: environment.id,
    name,
    ...(job ? { jobId: job.id, extractor: null, loader: null, transform: null } : {}),
  });
  return { type: 'Schedule', id: schedule.id };
}

async function moveService(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['environment', 'name'], 'service');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const target =
    to.environment == null
      ? null
      : await findAndHoldEnvironment(tx, to.environment, ['input', 'to', 'environment'], 'SHARED');
  const path = ['input', 'resource', 'service'];
  const service = await findAndHoldService(tx, reference, path);
  const environment = target ?? service.environment;
  if (environment.projectId !== service.environment.projectId) {
    throw new Conflict('A service cannot leave its project: its command names a plugin of the project.', [
      ...['input', 'to', 'environment'],
    ]);
  }
  if (environment.id !== service.environmentId && service.currentRunId !== null) {
    const message = 'The service runs in its environment; stop it, and move it when it has ended.';
    throw new Busy(message, service.currentRunId, path);
  }
  const name = to.name ?? service.name;
  const present = await tx.serviceByName(environment.id, name);
  if (present && present.id !== service.id) throw serviceExists(name, environment.name, ['input', 'to']);
  if (!present) {
    const { id, environmentId: parentId } = service;
    await remember(tx, [{ type: 'Service', parentId, name: service.name, id }]);
  }
  await tx.updateService(service.id, { environmentId: environment.id, name });
  return { type: 'Service', id: service.id };
}

async function moveState(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  checkTarget(to, ['environment', 'stateId'], 'state').done();
  const path = ['input', 'resource', 'state'];
  const state = await findState(tx, reference, path);
  const stateId = to.stateId ?? state.stateId;
  const { environment, own } = await findTarget(
    tx,
    { environment: to.environment, stateId },
    state.environmentId,
  );
  const from = placeIn(own, state.stateId, path);
  return holdingStates(tx, [from, placeIn(environment, stateId, ['input', 'to'])], async () => {
    const present = await tx.stateByStateId(environment.id, stateId);
    if (present && present.id !== state.id) {
      throw new AlreadyExists(
        `The environment "${environment.name}" has a state "${stateId}" already; copy over it, or choose another id.`,
        ['input', 'to'],
      );
    }
    if (!present) {
      const { id } = await heldState(tx, { ...from, id: state.id });
      await tx.rekeyStates([{ id, environmentId: environment.id, stateId }]);
      await remember(tx, [{ type: 'State', parentId: own.id, name: state.stateId, id: state.id }]);
    }
    return { type: 'State', id: state.id };
  });
}
