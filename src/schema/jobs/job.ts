import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { RunPriority } from '../enums.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, addEtag, addDeletedAt, pathIn, addUpdatedAt } from '../fields.ts';
import { byName } from '../look-up.ts';
import { byReference } from '../naming/by-reference.ts';
import { nameFilter, namedOrder, scopes } from '../named-lists.ts';

const JobTask = builder.objectRef<string[]>('JobTask').implement({
  description: 'A task of a job: blocks that run one after the other.',
  fields: (t) => ({
    blocks: t.stringList({
      description:
        'Names of extractors, mappings and loaders, and commands such as `dbt:run`, in the order in which they run.',
      resolve: (blocks) => blocks,
    }),
  }),
});

export const Job = builder.prismaNode('Job', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the job is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: pathIn(
      t,
      'name',
      'Natural name: `project/environment/job`. Give it wherever an argument takes an id or a path.',
    ),
    tasks: t.field({
      type: [JobTask],
      description: 'The tasks. `meltano run` runs all their blocks one after the other.',
      ...needs('tasks'),
      resolve: ({ tasks }) => tasks as string[][],
    }),
    pairs: t.exposeStringList('pairs'),
    labels: t.exposeStringList('labels'),
    priority: t.expose('priority', { type: RunPriority, nullable: true }),
    environment: t.readOne('environment', { description: 'The environment that it belongs to.' }),
  }),
});

addCreatedAt(Job);
addUpdatedAt(Job);
addEtag(Job);
addDeletedAt(Job);

export const jobLists = {
  order: namedOrder('Job'),
  filter: nameFilter('Job'),
};

builder.prismaObjectFields(Environment, (t) => ({
  jobs: t.readMany('jobs', { ...jobLists, description: "The environment's jobs." }),
  job: t.readOneOf('jobs', byName(t, 'Job')),
}));

const { project, environment } = scopes;

builder.queryField('jobs', (t) =>
  t.readMany('jobs', {
    ...jobLists,
    description: 'The jobs of all projects, or of a project or an environment.',
    within: { project, environment },
  }),
);

builder.queryField('job', (t) => t.readOneOf('jobs', byReference(t, 'Job')));
