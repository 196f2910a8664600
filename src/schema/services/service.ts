import type { StoredVariable } from '../../domain/definitions/environment-variables.ts';
import { filters } from '../../store/reading/filters.ts';
import type { ListFilter } from '../../reading/fields/global-types.ts';
import { builder } from '../builder.ts';
import { needs } from '../../reading/selection.ts';
import { DesiredServiceStatus, RestartPolicy, ServiceStatus } from '../enums.ts';
import { Environment } from '../environments/environment.ts';
import { addCreatedAt, addDeletedAt, addEtag, EnvironmentVariable, pathIn, addUpdatedAt } from '../fields.ts';
import { byName } from '../look-up.ts';
import { byReference } from '../naming/by-reference.ts';
import { namedOrder, patternConditions, patternField, scopes } from '../named-lists.ts';

export const Service = builder.prismaNode('Service', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the service is moved or renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: pathIn(
      t,
      'name',
      'Natural name: `project/environment/service`. Give it wherever an argument takes an id or a path.',
    ),
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
    nextStartAt: t.expose('nextStartAt', { type: 'DateTime', nullable: true }),
    environment: t.readOne('environment', { description: 'The environment that it belongs to.' }),
  }),
});

addCreatedAt(Service);
addUpdatedAt(Service);
addEtag(Service);
addDeletedAt(Service);

const ServiceFilter = builder.inputType('ServiceFilter', {
  description: 'Which services to list.',
  fields: (t) => ({
    pattern: patternField(t, 'Services'),
    statuses: t.field({
      type: [ServiceStatus],
      description: 'Services with any of these statuses. All statuses when absent; none when empty.',
    }),
  }),
});

const serviceLists = {
  order: namedOrder('Service', 'When it was created.'),
  filter: {
    type: ServiceFilter,
    conditions: ({ pattern, statuses }) => ({
      where: [...patternConditions(pattern), ...(statuses ? [filters.serviceStatuses(statuses)] : [])],
    }),
  } satisfies ListFilter<typeof ServiceFilter.$inferInput>,
};

builder.prismaObjectFields(Environment, (t) => ({
  services: t.readMany('services', {
    ...serviceLists,
    description: "The environment's services: long-running commands of plugins that workers keep running.",
  }),
  service: t.readOneOf('services', byName(t, 'Service')),
}));

const { project, environment } = scopes;

builder.queryField('services', (t) =>
  t.readMany('services', {
    ...serviceLists,
    description: 'The services of all projects, or of a project or an environment.',
    within: { project, environment },
  }),
);

builder.queryField('service', (t) => t.readOneOf('services', byReference(t, 'Service')));
