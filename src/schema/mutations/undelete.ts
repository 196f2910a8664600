import type { GlobalId } from '../../domain/global-id.ts';
import { deletedSubject, undelete } from '../../domain/undelete.ts';
import { AlreadyExists, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { loadNode } from '../node.ts';
import { addResult, inputFields } from './verb.ts';

const DeletedResource = builder.inputType('DeletedResource', {
  description:
    'What to bring back: exactly one of the fields. What is deleted has no path, so it is named by its id, which lists show with `showDeleted: true`.',
  isOneOf: true,
  fields: (t) => ({
    project: t.id({ description: 'Id of a deleted project.' }),
    environment: t.id({ description: 'Id of a deleted environment.' }),
    plugin: t.id({ description: 'Id of a deleted plugin.' }),
    job: t.id({ description: 'Id of a deleted job.' }),
    schedule: t.id({ description: 'Id of a deleted schedule.' }),
    service: t.id({ description: 'Id of a deleted service.' }),
  }),
});

const success = builder.objectRef<GlobalId>('UndeleteSuccess').implement({
  description: '`undelete` has been done.',
  fields: (t) => ({
    resource: t.field({
      type: builder.nodeInterfaceRef(),
      description: 'What was brought back.',
      resolve: (globalId, _args, context, info) => loadNode(context, info, globalId),
    }),
  }),
});

addResult({
  name: 'undelete',
  description:
    'Brings back what was deleted and not yet removed for good, under its id, with its runs and states and all that was deleted together with it by `force`. What had been deleted before that stays deleted. Refused when its name was taken meanwhile, when what it belongs to is deleted, too, and for an environment or a plugin that `meltano.yml` no longer has. A verb of its own since no standard method acts on what is deleted.',
  input: inputFields((t) => ({
    resource: t.field({ type: DeletedResource, required: true, description: 'What to bring back.' }),
  })),
  type: success,
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  subject: deletedSubject,
  resolve: undelete,
});
