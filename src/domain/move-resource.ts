import { AlreadyExists, Conflict, InputCheck, InvalidInput } from '../errors.ts';
import { isDuplicate } from '../store/duplicate.ts';
import type { Statements } from '../store/index.ts';
import { findTarget } from './copy-state.ts';
import type { GlobalId } from './global-id.ts';
import { holdingStates } from './hold-states.ts';
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
  findState,
} from './references.ts';
import { scheduleExists } from './schedule.ts';
import type { Services } from './services.ts';

type Optional<T> = T | null | undefined;

export interface MoveResourceInput {
  /** Exactly one of them: the id or path of what is to be moved. */
  resource: {
    project?: Optional<string>;
    job?: Optional<string>;
    schedule?: Optional<string>;
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
 * Moves or renames a project (to another name), a job (to another environment or name, its schedules with it),
 * a schedule (to another job or name) or a state (to another state id or environment). Ids, runs and versions
 * stay.
 *
 * @returns the id of what was moved
 * @throws NotFound, InvalidInput, AlreadyExists, Conflict, Busy
 */
export async function moveResource(
  { store }: Services,
  { resource, to }: MoveResourceInput,
): Promise<GlobalId> {
  const { project, job, schedule, state } = resource;
  try {
    return await store.transaction((tx) => {
      if (project != null) return renameProject(tx, project, to);
      if (job != null) return moveJob(tx, job, to);
      if (schedule != null) return moveSchedule(tx, schedule, to);
      if (state != null) return moveState(tx, state, to);
      throw new InvalidInput([
        {
          path: ['input', 'resource'],
          code: 'MISSING',
          message: 'Name a project, a job, a schedule or a state.',
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

async function renameProject(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['name'], 'project');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const project = await findAndHoldProject(tx, reference, ['input', 'resource', 'project'], 'EXCLUSIVE');
  const name = to.name ?? project.name;
  const present = await tx.projectByName(name);
  if (present && present.id !== project.id) throw projectExists(name, ['input', 'to']);
  if (!present) await tx.updateProject(project.id, { name });
  return { type: 'Project', id: project.id };
}

async function moveJob(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['environment', 'name'], 'job');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const job = await findAndHoldJob(tx, reference, ['input', 'resource', 'job'], 'EXCLUSIVE');
  const environment =
    to.environment == null
      ? job.environment
      : await findAndHoldEnvironment(tx, to.environment, ['input', 'to', 'environment'], 'SHARED');
  if (environment.projectId !== job.environment.projectId) {
    throw new Conflict('A job cannot leave its project: its blocks name plugins of the project.', [
      'input',
      'to',
      'environment',
    ]);
  }
  const name = to.name ?? job.name;
  const present = await tx.jobByName(environment.id, name);
  if (present && present.id !== job.id) throw jobExists(name, environment.name, ['input', 'to']);
  await refuseUnfinished(tx, 'job', job.id, ['input', 'resource', 'job']);
  if (environment.id !== job.environmentId) {
    const [taken] = await tx.scheduleNamesTaken(job.id, environment.id);
    if (taken !== undefined) throw scheduleExists(taken, environment.name, ['input', 'to', 'environment']);
    await tx.moveSchedulesOfJob(job.id, environment.id);
  }
  await tx.updateJob(job.id, { environmentId: environment.id, name });
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
  await tx.updateSchedule(schedule.id, {
    environmentId: environment.id,
    name,
    ...(job ? { jobId: job.id, extractor: null, loader: null, transform: null } : {}),
  });
  return { type: 'Schedule', id: schedule.id };
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
  const places = [
    { projectId: own.projectId, environmentId: own.id, stateId: state.stateId, path },
    { projectId: environment.projectId, environmentId: environment.id, stateId, path: ['input', 'to'] },
  ];
  return holdingStates(tx, places, async () => {
    const present = await tx.stateByStateId(environment.id, stateId);
    if (present && present.id !== state.id) {
      throw new AlreadyExists(
        `The environment "${environment.name}" has a state "${stateId}" already; copy over it, or choose another id.`,
        ['input', 'to'],
      );
    }
    // Read again, now that nobody can change it.
    if (!present) {
      const { id } = await findState(tx, reference, path);
      await tx.rekeyStates([{ id, environmentId: environment.id, stateId }]);
    }
    return { type: 'State', id: state.id };
  });
}
