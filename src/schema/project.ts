import { orders, sources } from '../store/sources.ts';
import { builder } from './builder.ts';
import { addConnection, orderInput } from './connection.ts';
import { ManifestMode } from './enums.ts';
import { addCreatedAt, addEtag, addDeleteTimes } from './fields.ts';
import { addLookUp } from './look-up.ts';

export const Project = builder.prismaNode('Project', {
  id: { field: 'id', description: 'Opaque id; it stays the same when the project is renamed.' },
  fields: (t) => ({
    name: t.exposeString('name'),
    path: t.exposeString('name', {
      description: 'Natural name of the project, which stands wherever an id is asked for: its `name`.',
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
addEtag(Project);
addDeleteTimes(Project);

const ProjectOrder = orderInput('Project', {
  NAME: { columns: orders.name, description: 'The name.' },
  CREATED_AT: { columns: orders.created, description: 'When the project was first imported or created.' },
});

addConnection({
  field: 'projects',
  description: 'All projects of this gateway.',
  name: 'Project',
  node: Project,
  source: sources.projects,
  order: ProjectOrder,
  defaultOrder: { field: 'NAME', direction: 'ASC' },
});

addLookUp({ field: 'project', node: Project, source: sources.projects, by: 'name' });
