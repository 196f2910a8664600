import { builder } from '../builder.ts';
import { addCreatedAt, addEtag, addDeletedAt, addUpdatedAt } from '../fields.ts';
import { EnvironmentSchedules } from '../enums.ts';
import { byName } from '../look-up.ts';
import { byReference } from '../naming/by-reference.ts';
import { nameFilter, namedOrder } from '../named-lists.ts';
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
    importedSchedules: t.expose('importedSchedules', { type: EnvironmentSchedules, nullable: true }),
    envNames: t.exposeStringList('envNames'),
    pluginConfig: t.expose('pluginConfig', { type: 'JSON' }),
    project: t.readOne('project', { description: 'The project that it belongs to.' }),
  }),
});

addCreatedAt(Environment);
addUpdatedAt(Environment);
addEtag(Environment);
addDeletedAt(Environment);

export const environmentLists = {
  order: namedOrder('Environment'),
  filter: nameFilter('Environment'),
};

builder.prismaObjectFields(Project, (t) => ({
  environments: t.readMany('environments', {
    ...environmentLists,
    description: "The project's environments.",
  }),
  environment: t.readOneOf('environments', byName(t, 'Environment')),
}));

builder.queryField('environment', (t) => t.readOneOf('environments', byReference(t, 'Environment')));
