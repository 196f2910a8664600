import { moveResource } from '../../domain/move-resource.ts';
import type { GlobalId } from '../../domain/global-id.ts';
import { subjectOf } from '../../domain/subject.ts';
import { AlreadyExists, Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { loadNode } from '../node.ts';
import { addResult, inputFields } from './verb.ts';

const MovableResource = builder.inputType('MovableResource', {
  description: 'What to move: exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    project: t.id({ description: 'Id or path (its name) of a project.' }),
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
    name: t.string({ description: 'For a project, a job, a schedule or a service: its new name.' }),
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

addResult({
  name: 'moveResource',
  description:
    'Moves or renames something: a project to another name (the paths of all in it change), a job to another environment or name (its schedules go with it), a schedule to another job or name, a service to another name or, while it does not run, to another environment, a state to another state id or environment. Its id, its runs and its versions stay, and what refers to it follows. Refused when the name is taken, when it would leave its project, or while a run uses it. A verb of its own since it changes the names of several objects in one step. A later import does not move it back; only a gateway that is started with a name for a project (`--project NAME=DIR`) gives it that name again.',
  input,
  type: success,
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict, Busy],
  subject: async (db, { resource: { project, job, schedule, service, state } }) => {
    const path = (field: string): string[] => ['input', 'resource', field];
    if (project != null) return subjectOf(db, 'Project', project, path('project'));
    if (job != null) return subjectOf(db, 'Job', job, path('job'));
    if (schedule != null) return subjectOf(db, 'Schedule', schedule, path('schedule'));
    if (service != null) return subjectOf(db, 'Service', service, path('service'));
    return subjectOf(db, 'State', state, path('state'));
  },
  resolve: moveResource,
});
