import { workerStatus } from '../../domain/workers/worker-status.ts';
import { needs } from '../../reading/selection.ts';
import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { WorkerStatus } from '../enums.ts';
import { addCreatedAt, addEtag, addUpdatedAt } from '../fields.ts';
import { byGlobalId } from '../look-up.ts';

const runOrder = builder.readOrder(
  'Run',
  { CREATED_AT: { columns: orders.created, description: 'When the run was requested.' } },
  { field: 'CREATED_AT', direction: 'DESC' },
);

export const Worker = builder.prismaNode('Worker', {
  id: { field: 'id', description: 'Opaque id.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    status: t.field({
      type: WorkerStatus,
      description: 'What is known of it.',
      ...needs('heartbeatAt', 'drainingAt'),
      resolve: ({ heartbeatAt, drainingAt }) => workerStatus({ heartbeatAt, drainingAt }),
    }),
    host: t.exposeString('host'),
    bootId: t.exposeString('bootId', { nullable: true }),
    pidNamespace: t.exposeString('pidNamespace', { nullable: true }),
    processId: t.exposeInt('processId'),
    version: t.exposeString('version'),
    labels: t.exposeStringList('labels'),
    slots: t.exposeInt('slots'),
    serviceSlots: t.exposeInt('serviceSlots'),
    heartbeatAt: t.expose('heartbeatAt', { type: 'DateTime' }),
    drainingAt: t.expose('drainingAt', { type: 'DateTime', nullable: true }),
    isStopping: t.exposeBoolean('isStopping'),
    runs: t.readMany('runs', {
      order: runOrder,
      description:
        'The runs that it executes now, services among them, the newest first. Their number is counted anew in each answer.',
    }),
  }),
});

addCreatedAt(Worker);
addUpdatedAt(Worker, ', its signs of life aside');
addEtag(Worker);

builder.prismaObject('WorkerProject', {
  fields: (t) => ({
    directory: t.exposeString('directory'),
    filesDigest: t.exposeString('filesDigest', { nullable: true }),
    project: t.readOne('project', { description: 'The project.' }),
  }),
});

builder.prismaObjectField(Worker, 'projects', (t) =>
  t.readMany('projects', {
    description:
      'The projects whose files it has, ordered by their directories. It takes runs of those whose files are the same that were imported.',
    order: builder.readOrder(
      'WorkerProject',
      { DIRECTORY: { columns: orders.directory, description: 'The directory.' } },
      { field: 'DIRECTORY', direction: 'ASC' },
    ),
  }),
);

builder.queryFields((t) => ({
  workers: t.readMany('workers', {
    description: 'The workers that execute runs for all gateways on this database, the newest first.',
    order: builder.readOrder(
      'Worker',
      { CREATED_AT: { columns: orders.created, description: 'When it started.' } },
      { field: 'CREATED_AT', direction: 'DESC' },
    ),
  }),
  worker: t.readOneOf('workers', {
    ...byGlobalId(t, 'Worker', 'worker'),
    description: 'The worker with that id; null when there is none, and when the text is no id at all.',
  }),
}));
