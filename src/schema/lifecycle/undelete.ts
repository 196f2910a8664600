import type { GlobalId } from '../../domain/naming/global-id.ts';
import { targetOfUndelete, undelete } from '../../domain/lifecycle/undelete.ts';
import { AlreadyExists, Conflict, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { loadNode } from '../node.ts';
import { addResult, inputFields } from '../verb.ts';

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
    id: t.id({
      required: true,
      description:
        'Id of the deleted project, environment, plugin, job, schedule or service. It has no path. Lists show deleted objects with `showDeleted: true`.',
    }),
  })),
  type: success,
  refusals: [NotFound, AlreadyExists, Conflict],
  target: targetOfUndelete,
  resolve: undelete,
});
