import type { MovedSubject } from '../../domain/changes.ts';
import { moveResource, type MoveResourceInput } from '../../domain/move-resource.ts';
import type { GlobalId } from '../../domain/global-id.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { builder } from '../builder.ts';
import { loadNode } from '../node.ts';
import { addResult, inputFields } from './verb.ts';

const MovableResource = builder.inputType('MovableResource', {
  description: 'What to move: exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    project: t.id({ description: 'Id or path (its name) of a project.' }),
    environment: t.id({
      description: 'Id or path (`project/environment`) of an environment of a managed project.',
    }),
    plugin: t.id({ description: 'Id of a plugin of a managed project.' }),
    job: t.id({ description: 'Id or path (`project/environment/job`) of a job.' }),
    schedule: t.id({ description: 'Id or path (`project/environment/schedule`) of a schedule.' }),
    service: t.id({ description: 'Id or path (`project/environment/service`) of a service.' }),
    state: t.id({ description: 'Id or path (`project/environment/<state id>`) of a state.' }),
  }),
});

const MoveTarget = builder.inputType('MoveTarget', {
  description: 'Where to move something. What is absent stays as it is; at least one field is needed.',
  fields: (t) => ({
    environment: t.id({
      description:
        'For a job, a service or a state: id or path (`project/environment`) of its new environment.',
    }),
    job: t.id({ description: 'For a schedule: id or path (`project/environment/job`) of its new job.' }),
    name: t.string({ description: 'For anything but a state: its new name.' }),
    stateId: t.string({ description: 'For a state: its new state id.' }),
  }),
});

const input = inputFields((t) => ({
  resource: t.field({ type: MovableResource, required: true, description: 'What to move.' }),
  to: t.field({ type: MoveTarget, required: true, description: 'Where to.' }),
}));

const success = builder.objectRef<GlobalId>('MoveResourceSuccess').implement({
  description: '`moveResource` has been done.',
  fields: (t) => ({
    resource: t.field({
      type: builder.nodeInterfaceRef(),
      description: 'What was moved, in its new place.',
      resolve: (globalId, _args, context, info) => loadNode(context, info, globalId),
    }),
  }),
});

async function movedSubject(
  db: Statements,
  { resource: { project, environment, plugin, job, schedule, service, state } }: MoveResourceInput,
): Promise<MovedSubject> {
  const path = (field: string): string[] => ['input', 'resource', field];
  if (project != null) return subjectOf(db, 'Project', project, path('project'));
  if (environment != null) return subjectOf(db, 'Environment', environment, path('environment'));
  if (plugin != null) return subjectOf(db, 'Plugin', plugin, path('plugin'));
  if (job != null) return subjectOf(db, 'Job', job, path('job'));
  if (schedule != null) return subjectOf(db, 'Schedule', schedule, path('schedule'));
  if (service != null) return subjectOf(db, 'Service', service, path('service'));
  return subjectOf(db, 'State', state ?? '', path('state'));
}

addResult({
  name: 'moveResource',
  description:
    'Moves or renames something: a project to another name (the paths of all in it change), an environment or a plugin of a managed project to another name (the states that are named after it follow, and jobs, schedules, services and configuration name the plugin as it is called then; variables named after a plugin, as in `.env`, do not), a job to another environment or name (its schedules go with it), a schedule to another job or name, a service to another name or, while it does not run, to another environment, a state to another state id or environment. Its id, its runs and its versions stay, and what refers to it follows. Refused when the name is taken, when it would leave its project, or while a run uses it. A verb of its own since it changes the names of several objects in one step. For 30 days its former path leads to it, too, save where something else has that name now: the answer to a request that uses one says so in `extensions.movedPaths`. `validateOnly` lists what would change. A later import does not move it back; only a gateway that is started with a name for a project (`--project NAME=DIR`) gives it that name again.',
  input,
  type: success,
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict, Busy],
  subject: movedSubject,
  moves: movedSubject,
  resolve: moveResource,
});
