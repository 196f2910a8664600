import { orders, sources } from '../store/sources.ts';
import { builder } from './builder.ts';
import { addConnection, orderInput } from './connection.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from './fields.ts';
import { addLookUp } from './look-up.ts';
import { Project } from './project.ts';
import { environmentPath, leadsTo } from './rows.ts';

export const Environment = builder.prismaNode('Environment', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the environment is renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.string({
      description: 'Natural name, which stands wherever an id is asked for: `project/environment`.',
      ...environmentPath(),
    }),
    stateIdSuffix: t.exposeString('stateIdSuffix', { nullable: true }),
    envNames: t.exposeStringList('envNames'),
    pluginConfig: t.expose('pluginConfig', { type: 'JSON' }),
    project: t.field({
      type: Project,
      description: 'The project that it belongs to.',
      ...leadsTo('Project', 'projectId'),
    }),
  }),
});

addCreatedAt(Environment);
addEtag(Environment);
addDeleteTimes(Environment);

addConnection({
  parent: Project,
  field: 'environments',
  description: "The project's environments.",
  name: 'Environment',
  node: Environment,
  source: sources.projectEnvironments,
  order: orderInput('Environment', {
    NAME: { columns: orders.name, description: 'The name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
  }),
  defaultOrder: { field: 'NAME', direction: 'ASC' },
});

addLookUp({
  parent: Project,
  field: 'environment',
  node: Environment,
  source: sources.projectEnvironments,
  by: 'name',
});
