import {
  keptChanges,
  maxChanges,
  type Changes,
  type ObjectChange,
} from '../../domain/changes/follow-changes.ts';
import { encodeGlobalId } from '../../domain/naming/global-id.ts';
import { builder } from '../builder.ts';
import { ChangedType, ChangeKind } from '../enums.ts';
import { idOrPath } from '../naming/references.ts';
import { loadNode } from '../node.ts';
import { followPlaces, texts } from './follow-places.ts';

const Change = builder.objectRef<ObjectChange>('Change').implement({
  description: 'That an object was created, changed or deleted.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ChangeKind, description: 'What has become of the object.' }),
    type: t.expose('type', { type: ChangedType, description: 'Type of the object.' }),
    objectId: t.id({
      description: 'Id of the object.',
      resolve: ({ type, objectId: id }) => encodeGlobalId({ type, id }),
    }),
    etag: t.exposeString('etag', {
      nullable: true,
      description:
        'The etag that the object has after this change. When it is the one you know, you have the change already. Null for a run, which has none, and for what was deleted.',
    }),
    node: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description:
        'The object as it is now. A deleted object that `undelete` can bring back is still here. Null when it is gone.',
      resolve: ({ type, objectId: id }, _args, context, info) => loadNode(context, info, { type, id }),
    }),
  }),
});

const ChangesType = builder.objectRef<Changes>('Changes').implement({
  description: 'What has changed since the event before.',
  fields: (t) => ({
    nodes: t.field({
      type: [Change],
      description: `The objects that have changed, each once, those that changed last at the end. At most ${maxChanges}. Empty when there is nothing new, as in the first event of most subscriptions.`,
      extensions: { most: maxChanges },
      resolve: ({ changes }) => [...changes],
    }),
    isRefetchNeeded: t.exposeBoolean('isRefetchNeeded', { description: texts.isRefetchNeeded }),
    cursor: t.exposeString('cursor', { description: texts.cursor }),
  }),
});

builder.subscriptionField('changes', (t) =>
  t.field({
    type: ChangesType,
    description: [
      'What is created, changed and deleted, whoever does it and through whichever gateway. Does not end by itself.',
      texts.goesOn,
      'When an object is renamed or moved, only this object is a change, although everything in it gets another `path`, too. An object that leaves a project or an environment is also a change there.',
    ].join('\n\n'),
    args: {
      project: t.arg.id({ description: `${idOrPath('Project', 'a project')} Only changes in it.` }),
      environment: t.arg.id({
        description: `${idOrPath('Environment', 'an environment')} Only changes of it and in it.`,
      }),
      types: t.arg({
        type: [ChangedType],
        maxEntries: keptChanges.types,
        description: `Only objects of these types, at most ${keptChanges.types}. When absent or null, all; when empty, none.`,
      }),
      after: t.arg.string({ description: texts.after }),
    },
    subscribe: (_root, { types, after, ...places }, context) =>
      followPlaces(context, places, types == null ? {} : { types }, after),
    resolve: (changes, _args, { eventIds }) => {
      eventIds.next = changes.cursor;
      return changes;
    },
  }),
);
