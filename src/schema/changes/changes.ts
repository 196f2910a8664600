import {
  BadChangeCursor,
  followChanges,
  maxChanges,
  type Changes,
  type ObjectChange,
} from '../../domain/changes/follow-changes.ts';
import { encodeGlobalId } from '../../domain/naming/global-id.ts';
import { findEnvironment, findProject } from '../../domain/naming/references.ts';
import { BadRequest } from '../../reading/fields/bad-request.ts';
import { builder } from '../builder.ts';
import { ChangedType, ChangeKind } from '../enums.ts';
import { found } from '../found.ts';
import { idOrPath } from '../naming/references.ts';
import { loadNode } from '../node.ts';

const Change = builder.objectRef<ObjectChange>('Change').implement({
  description: 'That an object was created, changed or deleted.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ChangeKind, description: 'What has become of the object.' }),
    type: t.expose('type', { type: ChangedType, description: 'Type of the object.' }),
    id: t.id({
      description: 'Opaque id of the object.',
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
        'The object as it is now, so that a client with a cache of objects is up to date without a further request. Null when it is gone. An object that can be brought back is still here after its deletion.',
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
      resolve: ({ changes }) => [...changes],
    }),
    isRefetchNeeded: t.exposeBoolean('isRefetchNeeded', {
      description: `Whether changes are missing, so that you must read again all that you show. It is true when \`after\` is older than a day or than the last 20,000 changes, and when more than ${maxChanges} objects have changed at once or while you were away. The events that follow are complete again.`,
    }),
    cursor: t.exposeString('cursor', { description: 'Opaque position in the changes, for `after`.' }),
  }),
});

builder.subscriptionField('changes', (t) =>
  t.field({
    type: ChangesType,
    description: [
      'What is created, changed and deleted, whoever does it and through whichever gateway. Does not end by itself.',
      'The first event comes at once, with a `cursor` and, with `after`, with what has changed since. After a lost connection, subscribe again and give the last `cursor` as `after`; the `EventSource` of a browser does so by itself. To miss nothing, subscribe first, and read what you show when the first event has come. Nothing is missing; a change may come again after a reconnection.',
      'An object that is renamed or moved changes, and the objects in it do not, though their `path` does. An object that leaves a project or an environment is a change there, too.',
    ].join('\n\n'),
    args: {
      project: t.arg.id({ description: `${idOrPath('Project', 'a project')} Only changes in it.` }),
      environment: t.arg.id({
        description: `${idOrPath('Environment', 'an environment')} Only changes of it and in it.`,
      }),
      types: t.arg({
        type: [ChangedType],
        maxEntries: 8,
        description: 'Only objects of these types, at most 8. When absent or null, all; when empty, none.',
      }),
      after: t.arg.string({
        description: 'Start after this `cursor`. When absent or empty, with what happens from now on.',
      }),
    },
    subscribe: async (_root, { project, environment, types, after }, { store, eventIds }) => {
      const scope = {
        ...(project == null ? {} : { projectId: (await found(findProject(store, project, ['project']))).id }),
        ...(environment == null
          ? {}
          : { environmentId: (await found(findEnvironment(store, environment, ['environment']))).id }),
        ...(types == null ? {} : { types }),
      };
      const cursor = eventIds.last ?? after ?? '';
      try {
        return await followChanges(store, scope, cursor === '' ? null : cursor);
      } catch (error) {
        if (!(error instanceof BadChangeCursor)) throw error;
        const message = `"${cursor}" is not a cursor of changes. Take the last \`cursor\` of the same subscription.`;
        throw new BadRequest(message, 'BAD_CURSOR');
      }
    },
    resolve: (changes, _args, { eventIds }) => {
      eventIds.next = changes.cursor;
      return changes;
    },
  }),
);
