import type { GlobalId } from '../../domain/naming/global-id.ts';
import { targetOfUndelete, undelete } from '../../domain/lifecycle/undelete.ts';
import { AlreadyExists, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { loadNode } from '../node.ts';
import { addResult, inputFields } from '../verb.ts';

const DeletedResource = builder.inputType('DeletedResource', {
  description:
    'What to bring back. Give exactly one of the fields. A deleted object has no path, so give its id. Lists show deleted objects with `showDeleted: true`.',
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
  description: 'What `undelete` answers when it succeeds.',
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
  description: [
    'Brings back an object that was deleted and not yet removed for good. It keeps its id, its runs and its states. What `force` deleted together with it comes back, too. What had been deleted before stays deleted.',
    'Refused when another object has its name now, when its parent is deleted, and when it is an environment or a plugin that `meltano.yml` no longer has.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    resource: t.field({ type: DeletedResource, required: true, description: 'What to bring back.' }),
  })),
  type: success,
  refusals: [NotFound, InvalidInput, AlreadyExists, Conflict],
  target: targetOfUndelete,
  resolve: undelete,
});
