import { orders, sources } from '../store/sources.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { Environment } from './environment.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from './fields.ts';
import { addLookUp } from './look-up.ts';
import { pathIn, leadsTo } from './rows.ts';

const JobTask = builder.objectRef<string[]>('JobTask').implement({
  description: 'A task of a job: blocks that run one after the other.',
  fields: (t) => ({
    blocks: t.stringList({
      description:
        'Names of extractors, mappings and loaders, and commands such as `dbt:run`, in their order.',
      resolve: (blocks) => blocks,
    }),
  }),
});

export const Job = builder.prismaNode('Job', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the job is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.string({
      description: 'Natural name, which stands wherever an id is asked for: `project/environment/job`.',
      ...pathIn('name'),
    }),
    tasks: t.field({
      type: [JobTask],
      description: 'The tasks. `meltano run` executes all their blocks one after the other.',
      ...needs('tasks'),
      resolve: ({ tasks }) => tasks as string[][],
    }),
    pairs: t.exposeStringList('pairs'),
    environment: t.field({
      type: Environment,
      description: 'The environment that it belongs to.',
      ...leadsTo('Environment', 'environmentId'),
    }),
  }),
});

addCreatedAt(Job);
addEtag(Job);
addDeleteTimes(Job);

addConnection({
  parent: Environment,
  field: 'jobs',
  description: "The environment's jobs.",
  name: 'Job',
  node: Job,
  source: sources.environmentJobs,
  order: orderInput('Job', {
    NAME: { columns: orders.name, description: 'The name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
  }),
  defaultOrder: { field: 'NAME', direction: 'ASC' },
});

addLookUp({ parent: Environment, field: 'job', node: Job, source: sources.environmentJobs, by: 'name' });
