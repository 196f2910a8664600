import type { StoredPart, Storage } from '../../store/retention/storage.ts';
import { needs } from '../../reading/selection.ts';
import { builder } from '../builder.ts';
import { perRequest } from '../per-request.ts';
import { Project } from '../projects/project.ts';

const StorageKind = builder.enumType('StorageKind', {
  description: 'What the database keeps. More kinds may be added.',
  values: {
    RUNS: { description: 'Runs, with their blocks and metrics.' },
    LOGS: { description: 'Lines of runs.' },
    STATES: { description: 'States as they are.' },
    STATE_VERSIONS: { description: 'All versions of states, also those that are the state as it is.' },
    TICKS: { description: 'Ticks of schedules.' },
    CATALOGS: { description: 'Streams that extractors can read.' },
    FILES: { description: 'Files of managed projects.' },
    CHANGES: { description: 'What `changes` tells of.' },
    BULK_OPERATIONS: { description: 'Bulk operations, with their objects.' },
    OTHER: { description: 'All else, such as projects, jobs and the queue.' },
  } as const,
});

const StoragePart = builder.objectRef<StoredPart>('StoragePart').implement({
  description: 'How much the database keeps of one kind.',
  fields: (t) => ({
    kind: t.expose('kind', { type: StorageKind, description: 'What it is.' }),
    rows: t.exposeFloat('rows', {
      description: 'An estimate of the number of rows: runs, lines, streams, objects of bulk operations …',
    }),
    bytes: t.exposeFloat('bytes', {
      description:
        'Bytes on the disk, with indexes. Space of removed rows counts until others are written there.',
    }),
  }),
});

const StorageType = builder.objectRef<Storage>('Storage').implement({
  description: 'How much the database keeps, of all projects together or of one.',
  fields: (t) => ({
    bytes: t.exposeFloat('bytes', {
      description: 'Bytes on the disk: of the whole database, or of what belongs to the project.',
    }),
    parts: t.field({
      type: [StoragePart],
      description: 'How much of it is for what.',
      resolve: ({ parts }) => parts,
    }),
  }),
});

builder.queryField('storage', (t) =>
  t.field({
    type: StorageType,
    nullable: true,
    description:
      'What takes how much of the database, of all projects together. `setRetention` says for how long it is kept.',
    resolve: (_root, _args, { store }) => store.storage.read(),
  }),
);

const storageOfProject = perRequest<string, Storage>(
  ({ store }, ids) => store.storage.ofProjects(ids),
  (id) => id,
);

builder.prismaObjectField(Project, 'storage', (t) =>
  t.field({
    type: StorageType,
    description:
      'An estimate of what the project takes of the database. Of a small table, all rows are counted; of a large one a sample, so that a small project may show as nothing.',
    ...needs('id'),
    resolve: ({ id }, _args, context) => storageOfProject(context, id),
  }),
);
