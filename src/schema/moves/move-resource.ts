import type { MoveTarget } from '../../domain/rules/changes.ts';
import { moveResource } from '../../domain/moves/move-resource.ts';
import type { MoveResourceInput } from '../../domain/moves/move-target.ts';
import type { GlobalId } from '../../domain/naming/global-id.ts';
import { mutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { builder } from '../builder.ts';
import { nameLimit } from '../fields.ts';
import { loadNode } from '../node.ts';
import { stateIdLimit } from '../states/state-limits.ts';
import { addResult, inputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const MovableResource = builder.inputType('MovableResource', {
  description: 'What to move. Give exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    project: t.id({ description: idOrPath('Project', 'a project') }),
    environment: t.id({
      description: idOrPath('Environment', 'an environment of a managed project'),
    }),
    plugin: t.id({ description: idOrPath('Plugin', 'a plugin of a managed project') }),
    job: t.id({ description: idOrPath('Job', 'a job') }),
    schedule: t.id({ description: idOrPath('Schedule', 'a schedule') }),
    service: t.id({ description: idOrPath('Service', 'a service') }),
    state: t.id({ description: idOrPath('State', 'a state') }),
  }),
});

const MoveTarget = builder.inputType('MoveTarget', {
  description: 'Where to move something. What is absent stays as it is. Give at least one field.',
  fields: (t) => ({
    environment: t.id({
      description: idOrPath('Environment', 'the new environment of a job, a service or a state'),
    }),
    job: t.id({ description: idOrPath('Job', 'the new job of a schedule') }),
    name: t.string({ ...nameLimit, description: 'For anything but a state: its new name.' }),
    stateId: t.string({ ...stateIdLimit, description: 'For a state: its new state id.' }),
  }),
});

const input = inputFields((t) => ({
  resource: t.field({ type: MovableResource, required: true, description: 'What to move.' }),
  to: t.field({ type: MoveTarget, required: true, description: 'Where to move it.' }),
}));

const success = builder.objectRef<GlobalId>('MoveResourceSuccess').implement({
  description: 'What `moveResource` answers when it succeeds.',
  fields: (t) => ({
    resource: t.field({
      type: builder.nodeInterfaceRef(),
      description: 'The object after the move.',
      resolve: (globalId, _args, context, info) => loadNode(context, info, globalId),
    }),
  }),
});

async function movedSubject(
  db: Statements,
  { resource: { project, environment, plugin, job, schedule, service, state } }: MoveResourceInput,
): Promise<MoveTarget> {
  const path = (field: string): string[] => ['input', 'resource', field];
  if (project != null) return mutationTarget(db, 'Project', project, path('project'));
  if (environment != null) return mutationTarget(db, 'Environment', environment, path('environment'));
  if (plugin != null) return mutationTarget(db, 'Plugin', plugin, path('plugin'));
  if (job != null) return mutationTarget(db, 'Job', job, path('job'));
  if (schedule != null) return mutationTarget(db, 'Schedule', schedule, path('schedule'));
  if (service != null) return mutationTarget(db, 'Service', service, path('service'));
  return mutationTarget(db, 'State', state ?? '', path('state'));
}

addResult({
  name: 'moveResource',
  description: [
    'Moves or renames something. Its id, its runs and its versions stay, and everything that refers to it follows.',
    [
      '- A project can get another name. The paths of everything in it change.',
      '- An environment or a plugin of a managed project can get another name. States that are named after it are renamed. Jobs, schedules, services and configuration use the new name of the plugin. Variables that are named after a plugin, as in `.env`, stay as they are.',
      '- A job can go to another environment or get another name. Its schedules go with it.',
      '- A schedule can go to another job or get another name.',
      '- A service can get another name. While it does not run, it can also go to another environment.',
      '- A state can get another state id or go to another environment.',
    ].join('\n'),
    'Refused when the name is taken, when the object would leave its project, and while a run uses it. `validate` lists what would change.',
    'For 30 days the former path still leads to the object, unless something else has that path now. The answer to a request that uses a former path lists it in `extensions.movedPaths`.',
    'A later import does not move the object back. There is one exception: a gateway that is started with a name for a project (`--project NAME=DIR`) gives the project that name again.',
  ].join('\n\n'),
  input,
  type: success,
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict, Busy],
  target: movedSubject,
  moves: movedSubject,
  resolve: moveResource,
});
