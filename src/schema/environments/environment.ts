import { orders } from '../../store/reading/orders.ts';
import { builder } from '../builder.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from '../fields.ts';
import { byName } from '../look-up.ts';
import { Project } from '../projects/project.ts';

export const Environment = builder.prismaNode('Environment', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the environment is renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.readAlong(['project'], {
      type: 'String',
      description: 'Natural name: `project/environment`. Give it wherever an argument takes an id or a path.',
      needs: ['name'],
      columns: ['name'],
      resolve: ({ name }, [project]) => [project?.name, name].join('/'),
    }),
    stateIdSuffix: t.exposeString('stateIdSuffix', { nullable: true }),
    envNames: t.exposeStringList('envNames'),
    pluginConfig: t.expose('pluginConfig', { type: 'JSON' }),
    project: t.readOne('project', { description: 'The project that it belongs to.' }),
  }),
});

addCreatedAt(Environment);
addEtag(Environment);
addDeleteTimes(Environment);

const EnvironmentOrder = builder.readOrder(
  'Environment',
  {
    NAME: { columns: orders.name, description: 'Name.' },
    CREATED_AT: { columns: orders.created, description: 'When it was first imported or created.' },
  },
  { field: 'NAME', direction: 'ASC' },
);

builder.prismaObjectFields(Project, (t) => ({
  environments: t.readMany('environments', {
    description: "The project's environments.",
    order: EnvironmentOrder,
  }),
  environment: t.readOneOf('environments', byName(t, 'Environment')),
}));
