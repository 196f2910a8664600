import type { StoredVariable } from '../domain/environment-variables.ts';
import { filters, orders, sources, type Conditions } from '../store/sources.ts';
import { builder } from './builder.ts';
import { needs } from './columns.ts';
import { addConnection, orderInput } from './connection.ts';
import { DesiredServiceStatus, RestartPolicy, ServiceStatus } from './enums.ts';
import { Environment } from './environment.ts';
import { addCreatedAt, addDeleteTimes, addEtag, EnvironmentVariable } from './fields.ts';
import { addLookUp } from './look-up.ts';
import { leadsTo, pathIn } from './rows.ts';

export const Service = builder.prismaNode('Service', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the service is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.string({
      description: 'Natural name, which stands wherever an id is asked for: `project/environment/service`.',
      ...pathIn('name'),
    }),
    command: t.exposeString('command'),
    args: t.exposeStringList('args'),
    env: t.field({
      type: [EnvironmentVariable],
      description: 'Environment variables for its runs.',
      ...needs('env'),
      resolve: ({ env }) => env as unknown as StoredVariable[],
    }),
    desiredStatus: t.expose('desiredStatus', { type: DesiredServiceStatus }),
    status: t.expose('status', { type: ServiceStatus }),
    statusReason: t.exposeString('statusReason', { nullable: true }),
    restartPolicy: t.expose('restartPolicy', { type: RestartPolicy }),
    maxRestarts: t.exposeInt('maxRestarts', { nullable: true }),
    backoffInitialSeconds: t.exposeInt('backoffInitialSeconds'),
    backoffMaxSeconds: t.exposeInt('backoffMaxSeconds'),
    stableAfterSeconds: t.exposeInt('stableAfterSeconds'),
    restartCount: t.exposeInt('restartCount'),
    nextStartTime: t.expose('nextStartTime', { type: 'DateTime', nullable: true }),
    environment: t.field({
      type: Environment,
      description: 'The environment that it belongs to.',
      ...leadsTo('Environment', 'environmentId'),
    }),
  }),
});

addCreatedAt(Service);
addEtag(Service);
addDeleteTimes(Service);

const ServiceFilter = builder.inputType('ServiceFilter', {
  description: 'Which services to list.',
  fields: (t) => ({
    statuses: t.field({ type: [ServiceStatus], description: 'Services in any of these statuses.' }),
  }),
});

addConnection({
  parent: Environment,
  field: 'services',
  description: "The environment's services: long-lived commands of plugins that are kept running.",
  name: 'Service',
  node: Service,
  source: sources.environmentServices,
  order: orderInput('Service', {
    NAME: { columns: orders.name, description: 'The name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was created.' },
  }),
  defaultOrder: { field: 'NAME', direction: 'ASC' },
  filter: {
    type: ServiceFilter,
    conditions: ({ statuses }): Conditions =>
      statuses ? { where: [filters.serviceStatuses(statuses)] } : {},
  },
});

addLookUp({
  parent: Environment,
  field: 'service',
  node: Service,
  source: sources.environmentServices,
  by: 'name',
});
