import { builder } from '../builder.ts';
import { ManifestMode } from '../enums.ts';
import { addCreatedAt, addEtag, addDeletedAt, addUpdatedAt } from '../fields.ts';
import { byReference } from '../naming/by-reference.ts';
import { nameFilter, namedOrder } from '../named-lists.ts';

export const Project = builder.prismaNode('Project', {
  id: { field: 'id', description: 'Opaque id. It stays the same when the project is renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.exposeString('name', {
      description: "Natural name: the project's `name`. Give it wherever an argument takes an id or a path.",
    }),
    directory: t.exposeString('directory'),
    manifestMode: t.expose('manifestMode', { type: ManifestMode }),
    meltanoProjectId: t.exposeString('meltanoProjectId', { nullable: true }),
    defaultEnvironment: t.exposeString('defaultEnvironment', { nullable: true }),
    requiresMeltano: t.exposeString('requiresMeltano', { nullable: true }),
    envNames: t.exposeStringList('envNames'),
    dotEnvNames: t.exposeStringList('dotEnvNames'),
    importWarnings: t.exposeStringList('importWarnings'),
    importedAt: t.expose('importedAt', { type: 'DateTime', nullable: true }),
  }),
});

addCreatedAt(Project);
addUpdatedAt(Project);
addEtag(Project);
addDeletedAt(Project);

builder.queryFields((t) => ({
  projects: t.readMany('projects', {
    description: 'All projects of this gateway.',
    order: namedOrder('Project'),
    filter: nameFilter('Project'),
  }),
  project: t.readOneOf('projects', byReference(t, 'Project')),
}));
